import { useTranslation } from "react-i18next";
import { None } from "@/components/figures";
import { useReading } from "@/components/reading";
import { Tag, type Tone } from "@/components/Tag";
import { exactMoney, type MoneyAmount } from "@/format/money";
import { calendarDate, isoDay } from "@/format/when";
import type { OfferDocument, OfferState } from "./api";
import { lastDay, tenthsPaid } from "./terms";

const OFFER_TONES: Record<OfferState, Tone> = { draft: "neutral", active: "good", paused: "warning", ended: "neutral" };

export function OfferStateTag({ state }: { state: OfferState }) {
  const { t } = useTranslation("offers");
  return <Tag tone={OFFER_TONES[state]}>{t(`state.${state}`)}</Tag>;
}

/** What an offer gives, in a few words: 「9折」「每满 ¥100 减 ¥15」「买 2 件得 1 件」. */
export function useEffectWords(): (terms: OfferDocument) => string {
  const { t } = useTranslation("offers");
  const { language, currency: homeCurrency } = useReading();
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
  return ({ effect, currency }) => {
    const money = (amount_minor: number) =>
      exactMoney({ amount_minor, currency: currency ?? homeCurrency }, { language, homeCurrency });
    switch (effect.kind) {
      case "amount":
        return effect.every_minor
          ? t("terms.amount_every", { amount: money(effect.amount_minor), every: money(effect.every_minor) })
          : t("terms.amount", { amount: money(effect.amount_minor) });
      case "fixed_price":
        return t("terms.fixed_price", { amount: money(effect.price_minor) });
      case "buy_get": {
        const share = effect.percent_bp ?? 10_000;
        const counts = { buy: effect.buy_quantity ?? 1, got: effect.get_quantity ?? 1 };
        return share === 10_000
          ? t("terms.buy_get", counts)
          : t("terms.buy_get_less", {
              ...counts,
              discount: tenthsPaid(share),
              percent: percent.format(share / 10_000),
            });
      }
      case "bundle":
        return t("terms.bundle", { amount: money(effect.price_minor) });
      case "gift":
      case "sample":
        return t(`terms.${effect.kind}`, { count: effect.quantity ?? 1 });
      case "points":
        return t("terms.points", { factor: String(effect.factor_bp / 10_000) });
      case "free_delivery":
        return t("terms.free_delivery");
      default:
        return t("terms.percent", {
          discount: tenthsPaid(effect.percent_bp),
          percent: percent.format(effect.percent_bp / 10_000),
        });
    }
  };
}

/** The terms of an offer, each a few words: 「9折」「满 ¥199 可用」. */
export function useTermsWords(): (terms: OfferDocument) => readonly string[] {
  const { t } = useTranslation("offers");
  const { language, timezone, currency: homeCurrency } = useReading();
  const effect = useEffectWords();
  return (terms) => {
    const { starts_at, ends_at } = terms.when ?? {};
    const spend = terms.cart?.spend;
    const days = terms.applies === "automatic" ? null : terms.coupon?.valid_days;
    const minimum = spend && { amount_minor: spend.amount_minor, currency: terms.currency ?? homeCurrency };
    return [
      effect(terms),
      minimum
        ? t("terms.min_spend", { amount: exactMoney(minimum, { language, homeCurrency }) })
        : t("terms.any_spend"),
      ...(terms.applies === "automatic" ? [t("terms.automatic")] : []),
      ...(days ? [t("terms.valid_days", { days })] : []),
      ...(starts_at && Date.parse(starts_at) > Date.now()
        ? [t("terms.from", { day: calendarDate(isoDay(new Date(starts_at), timezone), language) })]
        : []),
      ends_at ? t("terms.until", { day: calendarDate(lastDay(ends_at, timezone), language) }) : t("terms.always"),
    ];
  };
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
