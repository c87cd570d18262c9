import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { Tag } from "@/components/Tag";
import { exactCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import type { Difference, Earning, Programme } from "./api";
import styles from "./programme.module.css";

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

/** What differs between two versions, each where it stands, what it was and what it is. */
export function Differences({ differences, currency }: { differences: readonly Difference[]; currency: string }) {
  const { t } = useTranslation("programme");
  const named = usePartName();
  const { language, currency: homeCurrency } = useReading();
  if (differences.length === 0) return <p className={styles.soft}>{t("versions.none")}</p>;
  const said = (where: readonly string[], value: unknown): string => {
    const last = where.at(-1) ?? "";
    if (value === null || value === undefined) return t("versions.nothing");
    if (typeof value === "number" && last.endsWith("_minor")) {
      return exactMoney({ amount_minor: value, currency }, { language, homeCurrency });
    }
    if (typeof value === "number" && last === "factor_bp") return times(value);
    if (typeof value === "number") return exactCount(value, language);
    if (typeof value === "boolean") return value ? "✓" : "✗";
    if (Array.isArray(value))
      return value.length === 0
        ? t("versions.nothing")
        : new Intl.ListFormat(language, { type: "unit", style: "short" }).format(value.map(String));
    return typeof value === "object" ? "…" : String(value);
  };
  return (
    <ul className={styles.changes}>
      {differences.map((difference) => {
        const whole = isThing(difference.before) || isThing(difference.after);
        return (
          <li key={difference.where.join("/")}>
            <span>{difference.where.map(named).join(" · ")}</span>
            {whole ? (
              <strong>{difference.before === null ? t("versions.added") : t("versions.removed")}</strong>
            ) : (
              <span>
                <span className={styles.before}>{said(difference.where, difference.before)}</span>
                {" → "}
                <strong>{said(difference.where, difference.after)}</strong>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function isThing(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
