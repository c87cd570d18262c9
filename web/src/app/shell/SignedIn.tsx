import { lazy, Suspense, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { MeProvider, useMeQuery } from "@/api/me";
import { ReadingProvider } from "@/components/reading";
import { ErrorState } from "@/components/states";
import { nearestLanguage } from "@/format/language";
import { speak } from "../i18n/i18n";
import { Frame } from "./Frame";
import styles from "./Frame.module.css";

const SignInPage = lazy(() => import("@/features/session/SignInPage"));

/** The signed-in part of the product; whoever is not signed in gets the sign-in page at the same address. */
export function SignedIn() {
  const me = useMeQuery();
  const { t, i18n } = useTranslation();
  const preferred = me.data?.language;

  useEffect(() => {
    if (preferred) void speak(nearestLanguage(preferred));
  }, [preferred]);

  const language = nearestLanguage(i18n.language);
  const operator = me.data?.operator;
  const reading = useMemo(
    () => ({ language, timezone: operator?.timezone ?? "UTC", currency: operator?.currency ?? "CNY" }),
    [language, operator?.timezone, operator?.currency],
  );

  if (me.data === undefined) {
    return me.error ? (
      <ErrorState error={me.error} onRetry={() => void me.refetch()} />
    ) : (
      <output className={styles.starting}>{t("starting")}</output>
    );
  }
  if (me.data === null) {
    return (
      <Suspense fallback={<output className={styles.starting}>{t("starting")}</output>}>
        <SignInPage />
      </Suspense>
    );
  }
  return (
    <MeProvider value={me.data}>
      <ReadingProvider value={reading}>
        <Frame />
      </ReadingProvider>
    </MeProvider>
  );
}
