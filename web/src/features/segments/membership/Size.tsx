import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import type { Membership } from "./api";
import styles from "./membership.module.css";
import { Sparkline } from "./Sparkline";

/** How many there are, which way it goes, and by how many since a week ago. */
export function Size({ count, membership }: { count: number | null; membership: Membership | undefined }) {
  return (
    <span className={styles.size}>
      <Sparkline values={membership?.sizes} />
      <span className={styles.sizeFigures}>
        <Count value={count} short />
        {membership?.week_change ? <WeekChange by={membership.week_change} /> : null}
      </span>
    </span>
  );
}

/** Neither good nor bad: a larger segment of lost customers is no success. */
export function WeekChange({ by }: { by: number }) {
  const { t } = useTranslation("memberships");
  const { language } = useReading();
  const size = exactCount(Math.abs(by), language);
  return <span className={styles.change}>{t(by > 0 ? "week_more" : "week_fewer", { size })}</span>;
}
