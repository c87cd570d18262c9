import type { TFunction } from "i18next";
import type { Filter } from "@/components/filters";
import { type FilteredField, ownFilter } from "./filters";

/** Built-in fields of a file that the list is narrowed by as by the operator's own: in the order of the file. */
const FIELDS = [
  { key: "gender", type: "choice", options: ["female", "male", "other"] },
  { key: "birth_on", type: "date", options: [] },
  { key: "province", type: "line", options: [] },
  { key: "district", type: "line", options: [] },
  { key: "occupation", type: "line", options: [] },
  { key: "income", type: "choice", options: ["under_5k", "5k_10k", "10k_20k", "20k_50k", "over_50k"] },
  { key: "education", type: "choice", options: ["school", "vocational", "bachelor", "master", "doctor"] },
  { key: "interests", type: "word", options: [] },
  { key: "spent", type: "money", options: [] },
  { key: "returns_count", type: "number", options: [] },
  { key: "first_order_at", type: "date", options: [] },
  { key: "member_since_at", type: "date", options: [] },
  { key: "created_at", type: "date", options: [] },
  { key: "source_campaign", type: "line", options: [] },
] as const;

export function builtInFilters(
  where: readonly string[],
  onChange: (where: readonly string[]) => void,
  currency: string,
  t: TFunction<"file">,
): Filter[] {
  return FIELDS.map(({ key, type, options }) => {
    const field: FilteredField = {
      key,
      type,
      name: t(`list.${key}`),
      currency,
      options: options.map((option) => ({ key: option, name: t(`list.option.${option}`) })),
    };
    return ownFilter(field, where, onChange, t);
  });
}
