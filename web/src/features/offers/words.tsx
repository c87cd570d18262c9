import { useTranslation } from "react-i18next";
import { None } from "@/components/figures";
import { useReading } from "@/components/reading";
import { Tag, type Tone } from "@/components/Tag";
import { exactMoney, type MoneyAmount } from "@/format/money";
import { calendarDate, isoDay } from "@/format/when";
import type { OfferState, OfferTerms } from "./api";
import { lastDay, tenthsPaid } from "./terms";

const OFFER_TONES: Record<OfferState, Tone> = { draft: "neutral", active: "good", paused: "warning", ended: "neutral" };

export function OfferStateTag({ state }: { state: OfferState }) {
  const { t } = useTranslation("offers");
  return <Tag tone={OFFER_TONES[state]}>{t(`state.${state}`)}</Tag>;
}

/** The terms of an offer, each a few words: 「9折」「满 ¥199 可用」. */
export function useTermsWords(): (terms: Omit<OfferTerms, "name">) => readonly string[] {
  const { t } = useTranslation("offers");
  const { language, timezone, currency } = useReading();
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
  return ({ percent_bp, min_spend, valid_days, starts_at, ends_at }) => [
    t("terms.percent", { discount: tenthsPaid(percent_bp), percent: percent.format(percent_bp / 10_000) }),
    min_spend
      ? t("terms.min_spend", { amount: exactMoney(min_spend, { language, homeCurrency: currency }) })
      : t("terms.any_spend"),
    ...(valid_days ? [t("terms.valid_days", { days: valid_days })] : []),
    ...(starts_at && Date.parse(starts_at) > Date.now()
      ? [t("terms.from", { day: calendarDate(isoDay(new Date(starts_at), timezone), language) })]
      : []),
    ends_at ? t("terms.until", { day: calendarDate(lastDay(ends_at, timezone), language) }) : t("terms.always"),
  ];
}

/** Amounts in several currencies, never added up. */
export function Amounts({ amounts }: { amounts: readonly MoneyAmount[] }) {
  const { language, currency } = useReading();
  if (amounts.length === 0) return <None />;
  return (
    <span className="hk-tabular">
      {amounts.map((one) => exactMoney(one, { language, homeCurrency: currency })).join(" + ")}
    </span>
  );
}
