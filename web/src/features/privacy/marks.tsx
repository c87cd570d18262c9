import { useTranslation } from "react-i18next";
import { Day, None } from "@/components/figures";
import { Tag, type Tone } from "@/components/Tag";
import type { PrivacyRequest } from "./api";

const TONES: Partial<Record<PrivacyRequest["state"], Tone>> = {
  open: "accent",
  running: "accent",
  failed: "bad",
  done: "good",
};
const SOON_DAYS = 3;

export function StateTag({ state }: { state: PrivacyRequest["state"] }) {
  const { t } = useTranslation("privacy");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}

/** How long is left to answer, in words and colour. */
export function Due({ request }: { request: PrivacyRequest }) {
  const { t } = useTranslation("privacy");
  const { days_left } = request;
  if (days_left === null) return <None />;
  if (days_left < 0) return <Tag tone="bad">{t("due.late", { count: -days_left })}</Tag>;
  if (days_left === 0) return <Tag tone="warning">{t("due.today")}</Tag>;
  return (
    <span title={request.due_on}>
      {days_left <= SOON_DAYS ? (
        <Tag tone="warning">{t("due.left", { count: days_left })}</Tag>
      ) : (
        <>
          {t("due.left", { count: days_left })} (<Day on={request.due_on} />)
        </>
      )}
    </span>
  );
}
