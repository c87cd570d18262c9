import type { ImportField, ImportKind, Mapping } from "./api";

/**
 * A mapping says for each field which column it is read from; the screen asks the other way round, column by column.
 * A column means at most one field, and a field comes from at most one column.
 */
export function fieldOfColumn(mapping: Mapping, column: string): string | null {
  return Object.entries(mapping).find(([, name]) => name === column)?.[0] ?? null;
}

/** The mapping after saying that `column` means `field`; whatever stood in either place before gives way. */
export function withColumn(mapping: Mapping, column: string, field: string | null): Mapping {
  const next: Record<string, string | null> = {};
  for (const [key, name] of Object.entries(mapping)) next[key] = name === column ? null : name;
  if (field !== null) next[field] = column;
  return next;
}

/** Groups of fields of which at least one has to come from the file. */
const NEEDED_TOGETHER: Record<ImportKind, readonly (readonly string[])[]> = {
  orders: [
    ["sku", "description"],
    ["unit_price", "line_amount", "paid_amount"],
  ],
  lines: [["sku", "description"]],
  customers: [["external_id", "card_number", "phone", "email"]],
};

/** What is still missing before the file can be checked: each entry lists fields of which one must be found. */
export function missingFields(
  kind: ImportKind,
  fields: readonly Pick<ImportField, "key" | "required">[],
  mapping: Mapping,
): readonly (readonly string[])[] {
  const has = (key: string) => mapping[key] !== null && mapping[key] !== undefined;
  return [
    ...fields.filter(({ key, required }) => required && !has(key)).map(({ key }) => [key]),
    ...NEEDED_TOGETHER[kind].filter((group) => !group.some(has)),
  ];
}
