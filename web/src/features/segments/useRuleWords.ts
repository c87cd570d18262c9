import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Operator, Picked } from "@/api/rule";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import { calendarDate, dayOf } from "@/format/when";
import type { Family, Words } from "./catalogue";
import type { RuleWords } from "./sentence";

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
      language,
      field: (key) => begun(called(key) ?? key),
      operator: (family: Family, op: Operator) => say(`op.${family}.${op}`) ?? op,
      choice: (field, value) => called(`${field}\n${value}`) ?? learnt.get(`${field}\n${value}`) ?? String(value),
      month: (month) => new Intl.DateTimeFormat(language, { month: "long" }).format(new Date(2024, month - 1, 1)),
      period: ({ which, unit }) => t(`birthday.${which}_${unit}`),
      circle: ({ latitude, longitude, km }) =>
        t("place.around", { point: `${latitude ?? "…"}, ${longitude ?? "…"}`, km: km ?? "…" }),
      number: (value) => exactCount(value, language),
      money: (minor, currency) =>
        exactMoney({ amount_minor: minor, currency: currency ?? homeCurrency }, { language, homeCurrency }),
      day: (value) =>
        value.length > 10 ? dayOf(new Date(value), { timezone, language }) : calendarDate(value, language),
      bool: (value) => t(value ? "bool.yes" : "bool.no"),
      span: (direction, n, unit) => t(`span.${direction}`, { n, unit: t(`unit.${unit}`) }),
      window: (window) => {
        if ("last" in window) return t("window.last", { n: window.last.n, unit: t(`unit.${window.last.unit}`) });
        if ("next" in window) return t("span.next", { n: window.next.n, unit: t(`unit.${window.next.unit}`) });
        if ("ago" in window) {
          return t("window.ago", { from: window.ago.from_n, to: window.ago.to_n, unit: t(`unit.${window.ago.unit}`) });
        }
        if ("calendar" in window) return t(`window.calendar.${window.calendar.which}_${window.calendar.unit}`);
        if ("between" in window) {
          const from = window.between.from && calendarDate(window.between.from, language);
          const to = window.between.to && calendarDate(window.between.to, language);
          if (from && to) return t("window.between", { from, to });
          return from ? t("window.since", { day: from }) : t("window.until_day", { day: to ?? "" });
        }
        return t("window.ever");
      },
      says: (measure) => t(`bought.says.${measure}`),
      unit: (measure) => say(`bought.unit.${measure}`) ?? "",
      nothing: t("bought.nothing"),
      something: t("bought.something"),
      only: t("bought.where"),
      joint: {
        and: t("joint.and"),
        or: t("joint.or"),
        list: t("joint.list"),
        to: t("joint.to"),
        not: t("joint.not"),
        open: t("joint.open"),
        close: t("joint.close"),
      },
    };
  }, [t, i18n, language, timezone, homeCurrency]);
}
