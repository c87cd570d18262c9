import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import type { Metric, Tier } from "./api";
import styles from "./tiers.module.css";

/** A tier by its name with a spot of its colour. */
export function TierName(tier: { name: string; name_en: string; color: string }) {
  const { language } = useReading();
  const { color } = tier;
  const name = (language === "en" && tier.name_en) || tier.name;
  return (
    <span className={styles.tier}>
      <span className={styles.spot} style={{ background: color }} aria-hidden="true" />
      {name}
    </span>
  );
}

/** The choices of a field that takes tiers. */
export function useTierOptions(
  tiers: readonly { key: string; name: string; name_en?: string }[],
): { value: string; label: string }[] {
  const { language } = useReading();
  return tiers.map(({ key, name, name_en }) => ({ value: key, label: (language === "en" && name_en) || name || key }));
}

/** An amount of a metric in words: ¥1,000, 300 points, 5 orders. */
export function useAmountWords(currency: string): (metric: Metric, amount: number) => string {
  const { t } = useTranslation("tiers");
  const { language, currency: homeCurrency } = useReading();
  return (metric, amount) =>
    metric === "net"
      ? exactMoney({ amount_minor: amount, currency }, { language, homeCurrency })
      : t(`amount.${metric}`, { amount: exactCount(amount, language) });
}

/** What leads to a tier, in one line. */
export function useConditionWords(currency: string): (condition: Tier["qualify"]) => string {
  const { t } = useTranslation("tiers");
  const words = useAmountWords(currency);
  return ({ match, thresholds }) =>
    thresholds.length === 0
      ? t("asks_nothing")
      : thresholds
          .map(({ metric, at_least }) => t(`asks.${metric}`, { amount: words(metric, at_least) }))
          .join(t(match === "any" ? "or" : "and"));
}
