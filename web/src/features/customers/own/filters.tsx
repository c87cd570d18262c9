import type { TFunction } from "i18next";
import { choiceFilter, type Filter, typedFilter } from "@/components/filters";
import { currencyExponent, decimalToMinor, minorToDecimal } from "@/format/money";
import type { OwnField } from "./api";

/** What a filter needs to know of a field, built in or the operator's own. */
export interface FilteredField {
  readonly key: string;
  readonly name: string;
  readonly type: OwnField["type"] | "line" | "word";
  readonly currency?: string | null;
  readonly options: readonly { readonly key: string; readonly name: string }[];
}

/** How a text is asked for: own fields inside, built-in ones by their beginning, items of a list whole. */
const TEXT_OPS = { text: "contains", line: "starts_with", word: "eq" } as const;

/** The filter of one of the operator's own fields, kept in the address as `key:op:value`. */
export function ownFilter(
  field: FilteredField,
  where: readonly string[],
  onChange: (where: readonly string[]) => void,
  t: TFunction<"file">,
): Filter {
  const mine = where.find((text) => text.startsWith(`${field.key}:`)) ?? "";
  const [, op = "", ...rest] = mine.split(":");
  const told = rest.join(":");
  const put = (next: string) => {
    const others = where.filter((text) => text !== mine);
    onChange(next === "" ? others : [...others, `${field.key}:${next}`]);
  };
  const named = { key: `field:${field.key}`, label: field.name };
  const presence = ["is_set", "is_not_set"] as const;
  if (field.type === "choice" || field.type === "multi_choice" || field.type === "reference") {
    return choiceFilter({
      ...named,
      value: op === "eq" ? `eq:${told}` : op,
      options: [
        ...field.options.map(({ key, name }) => ({ value: `eq:${key}`, label: name })),
        ...presence.map((value) => ({ value, label: t(`own.filter.${value}`) })),
      ],
      onChange: put,
    });
  }
  if (field.type === "text" || field.type === "line" || field.type === "word") {
    const textOp = TEXT_OPS[field.type];
    return typedFilter({
      ...named,
      value: told,
      show: (value) => `${t(`own.filter.${op === "starts_with" || op === "eq" ? op : textOp}`)} ${value}`,
      onChange: (value) => put(value === "" ? "" : `${textOp}:${value}`),
    });
  }
  return typedFilter({
    ...named,
    value: shownFigure(field, op, told),
    placeholder: field.type === "date" ? "≥ 2026-01-01" : "≥ 10",
    check: (text) =>
      storedFigure(field, text) === null ? `${t("own.filter.gte")} ≥ · ${t("own.filter.lte")} ≤` : null,
    onChange: (text) => put(text === "" ? "" : (storedFigure(field, text) ?? "")),
  });
}

const SIGNS = { gte: "≥", lte: "≤", eq: "=" } as const;

function shownFigure(field: FilteredField, op: string, told: string): string {
  const sign = SIGNS[op as keyof typeof SIGNS];
  if (!sign) return "";
  const value = field.type === "money" ? minorToDecimal(Number(told), currencyExponent(field.currency ?? "CNY")) : told;
  return `${sign} ${value}`;
}

/** `≥ 10`, `<= 5`, `= 3` or just `10`, as the address holds it; null where that is no figure of this field. */
function storedFigure(field: FilteredField, text: string): string | null {
  const found = /^(>=|≥|<=|≤|=)?\s*(.+)$/.exec(text.trim());
  if (!found?.[2]) return null;
  const op = found[1] === "<=" || found[1] === "≤" ? "lte" : found[1] === "=" ? "eq" : "gte";
  const value = found[2].trim();
  if (field.type === "date") return /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${op}:${value}` : null;
  if (field.type === "number") return /^-?\d+(\.\d{1,3})?$/.test(value) ? `${op}:${value}` : null;
  const minor = decimalToMinor(value, field.currency ?? "CNY");
  return minor === null ? null : `${op}:${minor}`;
}
