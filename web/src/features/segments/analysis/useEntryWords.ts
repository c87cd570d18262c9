import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { useRuleWords } from "../useRuleWords";
import type { DimensionTold } from "./table";

interface Said {
  readonly key?: string | number | boolean | null;
  readonly label?: string | null;
  readonly is_others?: boolean;
}

/** What attributes, their values and their bands are called. */
export function useEntryWords() {
  const { t } = useTranslation("analysis");
  const words = useRuleWords();
  const { language } = useReading();
  return useMemo(() => {
    const figure = (value: number, { type, currency }: DimensionTold): string =>
      type === "money"
        ? words.money(Math.round(value), currency ?? undefined)
        : new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
    // Edges are round: nothing is lost with the zeros of their cents.
    const edge = (value: number | null, dimension: DimensionTold): string | null =>
      value === null ? null : figure(value, dimension).replace(/\.0+$/, "");
    const range = (low: number | null, high: number | null, dimension: DimensionTold): string => {
      const [from, to] = [edge(low, dimension), edge(high, dimension)];
      if (from === null) return t("band.under", { to: to ?? "" });
      return to === null ? t("band.over", { from }) : t("band.between", { from, to });
    };
    /** For the axis of a chart. */
    const shortRange = (low: number | null, high: number | null, dimension: DimensionTold): string => {
      const [from, to] = [edge(low, dimension), edge(high, dimension)];
      if (from === null) return t("band.short_under", { to: to ?? "" });
      return to === null ? t("band.short_over", { from }) : t("band.short_between", { from, to });
    };
    const period = (key: number, name: string | null | undefined): string => {
      if (name === "year") return t("period.year", { year: key });
      if (name === "quarter") return t("period.quarter", { year: Math.floor(key / 10), part: key % 10 });
      const month = new Date(Math.floor(key / 100), (key % 100) - 1, 1);
      return new Intl.DateTimeFormat(language, { year: "numeric", month: "short" }).format(month);
    };
    const entry = ({ key, label, is_others = false }: Said, dimension: DimensionTold): string => {
      if (is_others) return t("entry.others");
      if (key === null || key === undefined) return t("entry.unknown");
      if (typeof key === "boolean") return words.bool(key);
      const { type, edges, period: by, field } = dimension;
      if (type === "number" || type === "money")
        return range(edges[Number(key) - 1] ?? null, edges[Number(key)] ?? null, dimension);
      if (type === "date" || type === "instant") return period(Number(key), by);
      const said = words.choice(field, key);
      return said === String(key) && label ? label : said;
    };
    return { field: words.field, figure, range, shortRange, entry };
  }, [t, words, language]);
}

export type EntryWords = ReturnType<typeof useEntryWords>;
