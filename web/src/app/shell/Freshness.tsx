import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useFreshness } from "@/api/freshness";
import { useNow, useReading } from "@/components/reading";
import { relativeTime } from "@/format/when";
import styles from "./TopBar.module.css";

/** Beyond this, what segments and reports say is no longer "now", and the dot says so. */
const STALE_SECONDS = 60;

/** Up to when segments and reports know everything: a quiet dot while it is now, a sentence when it is not. */
export function Freshness() {
  const { t } = useTranslation();
  const { language, timezone } = useReading();
  const now = useNow();
  const { data } = useFreshness();
  if (!data) return null;
  const stale = data.lag_seconds === null || data.lag_seconds > STALE_SECONDS;
  const time = data.as_of ? relativeTime(new Date(data.as_of), { now, timezone, language }) : "";
  const words = !data.as_of ? t("fresh.never") : stale ? t("fresh.stale", { time }) : t("fresh.now");
  return (
    <Tooltip title={stale ? t("fresh.explain_stale") : t("fresh.explain")}>
      <button type="button" aria-label={words} className={styles.fresh} data-stale={stale || undefined}>
        <span className={styles.dot} aria-hidden="true" />
        <span className={styles.freshWords}>{words}</span>
      </button>
    </Tooltip>
  );
}
