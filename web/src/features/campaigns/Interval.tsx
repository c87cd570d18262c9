import { useTranslation } from "react-i18next";
import styles from "./campaigns.module.css";
import { intervalScale, type Verdict } from "./plan";

/** An interval drawn on a line with zero in sight: whether it spans zero is what one has to see. */
export function Interval({
  low,
  value,
  high,
  format,
  verdict,
}: {
  low: number;
  value: number;
  high: number;
  format: (value: number) => string;
  verdict: Verdict;
}) {
  const { t } = useTranslation("campaigns");
  const place = intervalScale(low, value, high);
  return (
    <div
      className={styles.interval}
      data-verdict={verdict}
      role="img"
      aria-label={t("result.interval_label", { value: format(value), low: format(low), high: format(high) })}
    >
      <div className={styles.intervalLine}>
        <span className={styles.zero} style={{ left: `${place.zero}%` }} />
        <span className={styles.band} style={{ left: `${place.low}%`, width: `${place.high - place.low}%` }} />
        <span className={styles.point} style={{ left: `${place.value}%` }} />
      </div>
      <div className={styles.intervalEnds}>
        <span style={{ left: `${place.low}%` }}>{format(low)}</span>
        <span style={{ left: `${place.high}%` }}>{format(high)}</span>
      </div>
      <div className={styles.intervalZero}>
        <span style={{ left: `${place.zero}%` }}>{t("result.interval_zero")}</span>
      </div>
    </div>
  );
}
