import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { type Freshness as Fresh, useFreshness } from "@/api/freshness";
import { asProblem } from "@/api/problem";
import { useNow, useReading } from "@/components/reading";
import { relativeTime } from "@/format/when";
import styles from "./TopBar.module.css";

/** Beyond this, what segments and reports say is no longer "now", and the dot says so. */
const STALE_SECONDS = 60;

type Standing = "now" | "stale" | "never" | "cut";

/** Up to when segments and reports know everything: a quiet dot while it is now, a sentence when it is not. */
export function Freshness() {
  const { t } = useTranslation();
  const { language, timezone } = useReading();
  const now = useNow();
  const { data, error } = useFreshness();
  if (!data) return null;
  const standing = error && asProblem(error).isPassing ? "cut" : standingOf(data);
  const time = data.as_of ? relativeTime(new Date(data.as_of), { now, timezone, language }) : "";
  const words = t(`fresh.${standing}`, { time });
  return (
    <Tooltip title={t(EXPLAINED[standing])}>
      <button type="button" aria-label={words} className={styles.fresh} data-standing={standing}>
        <span className={styles.dot} aria-hidden="true" />
        <span className={styles.freshWords}>{words}</span>
      </button>
    </Tooltip>
  );
}

const EXPLAINED = {
  now: "fresh.explain",
  never: "fresh.explain_stale",
  stale: "fresh.explain_stale",
  cut: "fresh.explain_cut",
} as const;

function standingOf({ as_of, lag_seconds }: Fresh): Standing {
  if (as_of === null) return "never";
  return lag_seconds === null || lag_seconds > STALE_SECONDS ? "stale" : "now";
}
