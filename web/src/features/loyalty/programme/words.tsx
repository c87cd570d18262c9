import { useTranslation } from "react-i18next";
import { type GoodsKind, useGoodsNames } from "@/components/goods";
import { useReading } from "@/components/reading";
import { Tag } from "@/components/Tag";
import { exactCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import type { Difference, Earning, Programme } from "./api";
import styles from "./programme.module.css";

export const CHANNELS = ["pos", "web", "app", "wechat", "marketplace", "group_buy", "phone", "company"] as const;
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const TENDERS = ["points", "stored_value", "coupon", "voucher", "cash", "card", "wallet", "other"] as const;

const TONES = { draft: "neutral", active: "good", paused: "warning" } as const;

export function ProgrammeStateTag({ state }: { state: Programme["state"] }) {
  const { t } = useTranslation("programme");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}

/** 15,000 hundredths of a percent are 1.5 times. */
export function times(factorBp: number): string {
  return String(factorBp / 10_000);
}

/** A minute of the day as a clock shows it. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

export function minuteOf(clock: string): number {
  const [hours = "0", minutes = "0"] = clock.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** The rule of earning, a few words for each part of it. */
export function useEarningWords(currency: string): (earning: Earning) => readonly string[] {
  const { t } = useTranslation("programme");
  const { language, currency: homeCurrency } = useReading();
  const money = (amount_minor: number) => exactMoney({ amount_minor, currency }, { language, homeCurrency });
  return (earning) => [
    t("sentence.base", { unit: money(earning.unit_minor), points: earning.points_per_unit }),
    t(`sentence.rounding_${earning.rounding}`),
    ...(earning.least_spend_minor > 0 ? [t("sentence.least", { amount: money(earning.least_spend_minor) })] : []),
    ...(["per_order", "per_day", "per_month"] as const).flatMap((cap) => {
      const points = earning.caps[cap];
      return points === null ? [] : [t(`sentence.cap_${cap}`, { points })];
    }),
    earning.pending_days > 0 ? t("sentence.pending", { count: earning.pending_days }) : t("sentence.at_once"),
  ];
}

/** What a part of the terms is called; a thing of a list has a name of its own. */
export function usePartName(): (part: string) => string {
  const { t } = useTranslation("programme");
  const fields: Readonly<Record<string, string>> = t("field", { returnObjects: true });
  const conditions: Readonly<Record<string, string>> = t("condition", { returnObjects: true });
  return (part) => fields[part] ?? conditions[part] ?? part;
}

const GOODS: Readonly<Record<string, GoodsKind>> = {
  category_ids: "categories",
  product_ids: "products",
  brand_ids: "brands",
  store_ids: "stores",
};
// Fields whose values are of a list; where their words stand.
const CHOICES = {
  rounding: "editor.rounding",
  rounded_per: "editor.per",
  combination: "editor.combine",
  matures: "editor.matures",
} as const;

/** What differs between two versions, each where it stands, what it was and what it is. */
export function Differences({ differences, currency }: { differences: readonly Difference[]; currency: string }) {
  const { t } = useTranslation("programme");
  const named = usePartName();
  if (differences.length === 0) return <p className={styles.soft}>{t("versions.none")}</p>;
  return (
    <ul className={styles.changes}>
      {differences.map(({ where, before, after }) => {
        const whole = isThing(before) || isThing(after);
        const field = where.at(-1) ?? "";
        return (
          <li key={where.join("/")}>
            <span>{where.map(named).join(" · ")}</span>
            {whole ? (
              <strong>{before === null ? t("versions.added") : t("versions.removed")}</strong>
            ) : (
              <span>
                <span className={styles.before}>
                  <Said field={field} value={before} currency={currency} />
                </span>
                {" → "}
                <strong>
                  <Said field={field} value={after} currency={currency} />
                </strong>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A value of the terms as it is told. */
function Said({ field, value, currency }: { field: string; value: unknown; currency: string }) {
  const { t } = useTranslation("programme");
  const { t: terms } = useTranslation("terms");
  const { language, currency: homeCurrency } = useReading();
  const list = Array.isArray(value) ? value : [];
  const kind = GOODS[field];
  const goods = useGoodsNames(kind ?? "stores", kind ? list.map(Number) : []);
  const one = (text: string): string => {
    if (field in CHOICES) return t(`${CHOICES[field as keyof typeof CHOICES]}_${text}` as "editor.rounding_down");
    if (field === "channels") return t(`channel.${text as "pos"}`);
    if (field === "tenders") return t(`tender.${text as "points"}`);
    if (field === "gone") return terms(`returns.${text as "owed"}`);
    if (field === "kind") return terms(`lapse.${text as "never"}`);
    if (["spends", "pays_out"].includes(field)) return terms(`stored_value.${text as "paid_first"}`);
    if (field === "bonus_gone") return terms(`stored_value.bonus_${text as "kept"}`);
    if (field === "period") return t(`editor.per.${text as "day"}`);
    if (field === "birthday") return t(`condition.birthday_${text as "day"}`);
    if (field === "weekdays") return t(`weekday.${WEEKDAYS[Number(text) - 1] ?? "mon"}`);
    return text;
  };
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    return <>{t("versions.nothing")}</>;
  }
  if (typeof value === "number" && field.endsWith("_minor")) {
    return <>{exactMoney({ amount_minor: value, currency }, { language, homeCurrency })}</>;
  }
  if (typeof value === "number" && field.endsWith("factor_bp")) return <>{times(value)}</>;
  if (typeof value === "number" && field.endsWith("_bp")) return <>{value / 100}%</>;
  if (typeof value === "number" && field.endsWith("_minute")) return <>{clockOf(value)}</>;
  if (typeof value === "number") return <>{exactCount(value, language)}</>;
  if (typeof value === "boolean") return <>{value ? "✓" : "✗"}</>;
  if (Array.isArray(value)) {
    const names = list.map((each) => (kind ? goods(Number(each)) : one(String(each))));
    return <>{new Intl.ListFormat(language, { type: "unit", style: "short" }).format(names)}</>;
  }
  return <>{typeof value === "object" ? "…" : one(String(value))}</>;
}

function isThing(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
