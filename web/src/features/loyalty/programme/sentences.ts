import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { exactMoney } from "@/format/money";
import type { Terms } from "./api";
import { useEarningWords } from "./words";

/** The parts of the terms that are told in sentences. */
export const TOLD = [
  "joining",
  "earning",
  "bonuses",
  "spending",
  "lapse",
  "returns",
  "stored_value",
  "count_cards",
  "adjusting",
] as const;
export type Told = (typeof TOLD)[number];

const YEARS = ["end_of_this_year", "end_of_next_year"] as const;

/** A part of the terms, a few words for each thing it says. */
export function useTermsWords(currency: string): (terms: Terms, part: Told) => readonly string[] {
  const { t } = useTranslation("terms");
  const { t: programme } = useTranslation("programme");
  const { language, currency: homeCurrency } = useReading();
  const earning = useEarningWords(currency);
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const money = (amount_minor: number) => exactMoney({ amount_minor, currency }, { language, homeCurrency });
  const tell: Record<Told, (terms: Terms) => readonly string[]> = {
    joining: ({ joining }) => [
      t(`says.${joining.every_buyer ? "every_buyer" : "joined"}`),
      joining.earns_back_days > 0 ? t("says.earns_back", { count: joining.earns_back_days }) : t("says.earns_from_day"),
    ],
    earning: (terms) => earning(terms.earning),
    bonuses: ({ earning: { bonuses } }) => {
      const fields = bonuses.profile_completed?.fields ?? [];
      const asked = list.format(fields.map((field) => programme(`profile.${field}`)));
      const given = (["sign_up", "profile_completed", "review", "check_in"] as const).flatMap((name) => {
        const bonus = bonuses[name];
        return bonus ? [t(`says.bonus_${name}`, { points: bonus.points, fields: asked })] : [];
      });
      const { referral } = bonuses;
      const both = referral
        ? [
            t("says.referral", { referrer: referral.referrer_points, friend: referral.friend_points }),
            t(referral.least_order_minor ? "says.referral_from" : "says.referral_any", {
              days: referral.within_days ?? 90,
              amount: money(referral.least_order_minor ?? 0),
            }),
            ...(referral.needs_order_kept ? [t("says.referral_kept")] : []),
          ]
        : [];
      return given.length + both.length === 0 ? [t("says.no_bonuses")] : [...given, ...both];
    },
    spending: ({ spending }) => [
      t("says.worth", { points: spending.points, amount: money(spending.worth_minor) }),
      ...(spending.least_points > 0 ? [t("says.least", { points: spending.least_points })] : []),
      spending.most_share_bp === 10_000
        ? t("says.whole_order")
        : t("says.share", { share: spending.most_share_bp / 100 }),
    ],
    lapse: ({ lapse }) => [
      lapse.kind === "never"
        ? t("says.never")
        : lapse.kind === "after_months"
          ? t("says.after_months", { count: lapse.months })
          : t(`says.${YEARS[lapse.years] ?? "end_of_year"}`, { count: lapse.years }),
      ...(lapse.kind !== "never" && lapse.warn_days > 0 ? [t("says.warned", { count: lapse.warn_days })] : []),
    ],
    returns: ({ returns }) => [t(`says.gone_${returns.gone}`)],
    stored_value: ({ stored_value }) => [
      ...stored_value.plans.map(({ name, pay_minor, bonus_minor }) =>
        t(bonus_minor > 0 ? "says.plan" : "says.plan_without", {
          name: name || t("stored_value.plan"),
          pay: money(pay_minor),
          bonus: money(bonus_minor),
        }),
      ),
      ...(stored_value.any_amount
        ? [
            stored_value.most_minor === null
              ? t("says.any_amount", { least: money(stored_value.least_minor) })
              : t("says.any_amount_to", {
                  least: money(stored_value.least_minor),
                  most: money(stored_value.most_minor),
                }),
          ]
        : stored_value.plans.length === 0
          ? [t("says.no_top_ups")]
          : [t("says.plans_only")]),
      t(`says.spends_${stored_value.spends}`),
    ],
    count_cards: ({ count_cards }) =>
      count_cards.cards.length === 0
        ? [t("says.no_count_cards")]
        : count_cards.cards.map(({ name, uses, valid_days }) =>
            t(valid_days === null ? "says.count_card" : "says.count_card_until", {
              name: name || t("count_cards.card"),
              uses,
              days: valid_days ?? 0,
            }),
          ),
    adjusting: ({ adjusting }) => [
      adjusting.alone_points === null
        ? t("says.alone_always")
        : t("says.alone_points", { points: adjusting.alone_points }),
      ...(adjusting.alone_minor === null ? [] : [t("says.alone_minor", { amount: money(adjusting.alone_minor) })]),
    ],
  };
  return (terms, part) => tell[part](terms);
}
