import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { usePageTitle } from "@/components/PageHeader";
import { EmptyState, ErrorState } from "@/components/states";

/** A page that broke while drawing itself; the frame around it stays. */
export function PageFault() {
  const error = useRouteError();
  return (
    <ErrorState
      error={isStaleBundle(error) ? new TypeError("fetch failed") : error}
      onRetry={() => window.location.reload()}
    />
  );
}

/** After an upgrade the pages of the old version are gone: fetching one fails, and reloading gives the new version. */
function isStaleBundle(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}

export function NotFound() {
  const { t } = useTranslation();
  usePageTitle(t("not_found.title"));
  return (
    <EmptyState
      asPage
      title={t("not_found.title")}
      purpose={t("not_found.words")}
      action={<Link to="/">{t("not_found.home")}</Link>}
    />
  );
}
