import { type Catalogue, findField, newBought, newField, newWhere } from "../catalogue";
import type { Draft } from "../rule";

/** Ready questions about purchases, in the order people ask for them. */
export const SHORTCUTS = [
  "orders",
  "nothing",
  "net",
  "category",
  "product",
  "store",
  "channel",
  "last_at",
  "first_at",
  "average_order",
  "distinct_products",
] as const;
export type Shortcut = (typeof SHORTCUTS)[number];

/** Something that can be added: a question about purchases, or a field of the file. */
export type ConditionKey = `bought:${Shortcut}` | `field:${string}`;

/** A fresh condition; null when the catalogue does not have it. */
export function newCondition(key: string, catalogue: Catalogue, currency: string): Draft | null {
  if (key.startsWith("field:")) {
    const field = findField(catalogue.fields, key.slice("field:".length));
    return field ? newField(field) : null;
  }
  return newShortcut(key.slice("bought:".length) as Shortcut, catalogue, currency);
}

function newShortcut(shortcut: Shortcut, catalogue: Catalogue, currency: string): Draft | null {
  switch (shortcut) {
    case "orders":
      return newBought({ value: 2 });
    case "nothing":
      return newBought({ op: "eq", value: 0 });
    case "net":
    case "average_order":
      return newBought({ measure: shortcut, value: null, currency });
    case "distinct_products":
      return newBought({ measure: shortcut, value: 2 });
    case "last_at":
    case "first_at":
      return newBought({ measure: shortcut, op: "last_n", value: { n: 30, unit: "days" }, window: { ever: true } });
    default: {
      const field = findField(catalogue.whereFields, shortcut);
      return field ? newBought({ where: [newWhere(field)] }) : null;
    }
  }
}

/** The groups of fields in the order a person looks for them; unknown groups come last. */
const GROUP_ORDER = ["purchases", "person", "own", "place", "circles", "care", "reach", "origin"];

export function groupedFields(
  catalogue: Catalogue,
): readonly { readonly group: string; readonly keys: readonly string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { group, key } of catalogue.fields) groups.set(group, [...(groups.get(group) ?? []), key]);
  return [...groups].map(([group, keys]) => ({ group, keys })).sort((a, b) => placeOf(a.group) - placeOf(b.group));
}

function placeOf(group: string): number {
  const place = GROUP_ORDER.indexOf(group);
  return place < 0 ? GROUP_ORDER.length : place;
}
