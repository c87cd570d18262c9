import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Measure, Operator, Period, Picked } from "@/api/rule";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import { calendarDate, dayOf } from "@/format/when";
import type { Family, Words } from "./catalogue";

/** The words a rule is edited with in one language, and how values are written in it. */
export interface RuleWords {
  readonly field: (key: string) => string;
  readonly operator: (family: Family, op: Operator) => string;
  /** A value of a field as people know it: a store's name, "female". */
  readonly choice: (field: string, value: Picked) => string;
  readonly number: (value: number) => string;
  readonly money: (minor: number, currency: string | undefined) => string;
  readonly day: (value: string) => string;
  readonly bool: (value: boolean) => string;
  readonly month: (value: number) => string;
  readonly period: (period: Period) => string;
  readonly unit: (measure: Measure) => string;
  /** Between several things told one after the other. */
  readonly list: string;
}

/** Labels of picked values (a store's name for its number), learnt from the value pickers as they are opened. */
const learnt = new Map<string, string>();

export function learnLabel(field: string, value: Picked, label: string): void {
  if (label !== "" && label !== String(value)) learnt.set(`${field}\n${value}`, label);
}

/** What fields and their choices are called in both languages, learnt from the catalogue. */
const learntWords = new Map<string, Words>();

export function learnField(field: string, words: Words): void {
  learntWords.set(field, words);
}

export function learnChoice(field: string, value: Picked, words: Words): void {
  learntWords.set(`${field}\n${value}`, words);
}

/** With a capital: every condition of a rule begins with its field. */
function begun(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The server's words for something, in the reader's language. */
export function useNamed(): (words: Words) => string {
  const { language } = useReading();
  return (words) => (language === "zh-CN" ? words.zh : words.en);
}

/** The words of a rule in the reader's language. Keys come from the server's catalogue, so they are looked up, not typed. */
export function useRuleWords(): RuleWords {
  const { t, i18n } = useTranslation("segments");
  const { language, timezone, currency: homeCurrency } = useReading();
  return useMemo(() => {
    const say = (key: string): string | null =>
      i18n.exists(key, { ns: "segments" })
        ? (i18n.t as (key: string, options: object) => string)(key, { ns: "segments" })
        : null;
    const called = (key: string) => learntWords.get(key)?.[language === "zh-CN" ? "zh" : "en"];
    return {
      field: (key) => begun(called(key) ?? key),
      operator: (family: Family, op: Operator) => say(`op.${family}.${op}`) ?? op,
      choice: (field, value) => called(`${field}\n${value}`) ?? learnt.get(`${field}\n${value}`) ?? String(value),
      month: (month) => new Intl.DateTimeFormat(language, { month: "long" }).format(new Date(2024, month - 1, 1)),
      period: ({ which, unit }) => t(`birthday.${which}_${unit}`),
      number: (value) => exactCount(value, language),
      money: (minor, currency) =>
        exactMoney({ amount_minor: minor, currency: currency ?? homeCurrency }, { language, homeCurrency }),
      day: (value) =>
        value.length > 10 ? dayOf(new Date(value), { timezone, language }) : calendarDate(value, language),
      bool: (value) => t(value ? "bool.yes" : "bool.no"),
      unit: (measure) => say(`bought.unit.${measure}`) ?? "",
      list: t("joint.list"),
    };
  }, [t, i18n, language, timezone, homeCurrency]);
}
