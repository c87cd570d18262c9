import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { exactMoney } from "@/format/money";
import { dateAndTime } from "@/format/when";
import type { TriedOffer } from "./api";
import type { BudgetOf, BudgetPeriod, Channel } from "./form";
import { listIn, numberIn, outdoneBy, textIn, whyOf } from "./verdict";

/** What became of an offer, in lines: what it takes off and gives besides, or why it does not hold and what is missing. */
export function useVerdictWords(currency: string): (offer: TriedOffer, name: string) => readonly string[] {
  const { t } = useTranslation("offer_editor");
  const { language, timezone, currency: homeCurrency } = useReading();
  const money = (amount_minor: number) => exactMoney({ amount_minor, currency }, { language, homeCurrency });
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const instant = (text: string) => (text === "" ? "" : dateAndTime(new Date(text), { timezone, language }));
  const clock = (minute: number | null) =>
    minute === null
      ? ""
      : `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

  function gives({ given, discount_minor }: TriedOffer): readonly string[] {
    const off = discount_minor > 0 ? [t("gives.off", { amount: money(discount_minor) })] : [];
    if (!given) return off;
    if (given.kind === "points") {
      return [
        ...off,
        t("gives.points", {
          factor: String((given.factor_bp ?? 0) / 10_000),
          lines: list.format(given.line_numbers.map(String)),
        }),
      ];
    }
    if (given.kind === "free_delivery") {
      return [
        ...off,
        given.most_minor === null ? t("gives.delivery") : t("gives.delivery_most", { amount: money(given.most_minor) }),
      ];
    }
    const product = given.product_name || given.sku || "";
    return [
      ...off,
      t("gives.product", { product, count: given.quantity }),
      ...(given.to_add > 0 ? [t("gives.to_add", { count: given.to_add })] : []),
    ];
  }

  function why(offer: TriedOffer, name: string): string {
    const { params } = offer;
    const reason = whyOf(offer);
    switch (reason) {
      case "not_started":
        return t("why.not_started", { at: instant(textIn(params, "starts_at")) });
      case "over":
        return t("why.over", { at: instant(textIn(params, "ended_at")) });
      case "wrong_hour":
        return t("why.wrong_hour", {
          from: clock(numberIn(params, "from_minute")),
          until: clock(numberIn(params, "until_minute")),
        });
      case "wrong_day":
        return t("why.wrong_day", {
          days: list.format(listIn<1 | 2 | 3 | 4 | 5 | 6 | 7>(params, "weekdays").map((day) => t(`weekday.d${day}`))),
        });
      case "wrong_channel":
        return t("why.wrong_channel", {
          channels: list.format(listIn<Channel>(params, "channels").map((one) => t(`channel.${one}`))),
        });
      case "wrong_currency":
        return t("why.wrong_currency", { currency: textIn(params, "currency") });
      case "min_spend":
        return t("why.min_spend", { amount: money(numberIn(params, "missing_minor") ?? 0), name });
      case "min_quantity":
      case "missing_goods":
        return t(`why.${reason}`, { count: numberIn(params, "missing") ?? 1 });
      case "buy_more":
        return t(textIn(params, "lacks") === "gotten" ? "why.get_more" : "why.buy_more", {
          count: numberIn(params, "missing") ?? 1,
        });
      case "budget_used_up":
        return t("why.budget_used_up", {
          of: t(`budget.of_${(textIn(params, "of") || "offer") as BudgetOf}`),
          period: t(`budget.period_${(textIn(params, "period") || "ever") as BudgetPeriod}`),
        });
      case "outdone": {
        const by = outdoneBy(params).map((one) => one || t("trial.this"));
        return by.length > 0 ? t("why.outdone", { names: list.format(by) }) : t("why.outdone_by_some");
      }
      default:
        return t(`why.${reason}`);
    }
  }

  return (offer, name) => (offer.applied ? gives(offer) : [why(offer, name)]);
}
