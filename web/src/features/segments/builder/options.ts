import type { ActivityKey, Happened, Where } from "@/api/rule";
import {
  type Catalogue,
  findActivity,
  findField,
  newBought,
  newField,
  newHappened,
  newSequence,
  newWhere,
} from "../catalogue";
import { type Draft, newId } from "../draft";

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

/** Ready questions about what else happened, by the section they are looked for in. */
export const ASKS = {
  activities: [
    "did",
    "viewed",
    "cart_left",
    "cart_began",
    "checked_in",
    "opened",
    "not_opened",
    "clicked",
    "coupon_expiring",
    "coupon_used",
    "group_short",
    "group_formed",
    "group_failed",
    "voucher_unused",
    "voucher_expiring",
    "points_expiring",
    "stored_value_expiring",
    "goods_used_up",
    "sample_used_up",
  ],
  sequences: ["cart_not_bought", "one_then_other"],
  shares: ["segment", "reach_email", "reach_sms", "bucket"],
} as const;
export type Ask = (typeof ASKS)[keyof typeof ASKS][number];

/** What the tracking spec calls a look at a product. */
const PRODUCT_VIEWED = "Product Viewed";

/** A fresh condition; null when the catalogue does not have it. */
export function newCondition(key: string, catalogue: Catalogue, currency: string): Draft | null {
  if (key.startsWith("field:")) {
    const field = findField(catalogue.fields, key.slice("field:".length));
    return field ? newField(field) : null;
  }
  if (key.startsWith("ask:")) return newAsk(key.slice("ask:".length) as Ask, catalogue);
  return newShortcut(key.slice("bought:".length) as Shortcut, catalogue, currency);
}

function newAsk(ask: Ask, catalogue: Catalogue): Draft | null {
  const branch = { id: newId(), negated: false };
  const happened = (key: ActivityKey, more: Partial<Happened>) =>
    findActivity(catalogue, key) ? newHappened(key, more) : null;
  const where = (one: Where) => ({ where: [one] });
  switch (ask) {
    case "did":
      return happened("did", { verb: "did", ...where({ field: "event", op: "in", value: [] }) });
    case "viewed":
      return happened("did", { verb: "did", ...where({ field: "event", op: "in", value: [PRODUCT_VIEWED] }) });
    case "cart_left":
      return happened("cart", { verb: "abandoned", window: { last: { n: 7, unit: "days" } } });
    case "cart_began":
      return happened("cart", { verb: "began" });
    case "checked_in":
      return happened("check_in", { verb: "checked_in" });
    case "opened":
    case "clicked":
      return happened("message", { verb: ask });
    case "not_opened":
      return happened("message", {
        verb: "sent",
        window: { last: { n: 30, unit: "days" } },
        ...where({ field: "opened", op: "eq", value: false }),
      });
    case "coupon_expiring":
      return happened("coupon", {
        verb: "expires",
        window: { next: { n: 7, unit: "days" } },
        ...where({ field: "state", op: "in", value: ["issued"] }),
      });
    case "coupon_used":
      return happened("coupon", { verb: "redeemed" });
    case "group_short":
      return happened("group", {
        verb: "closes",
        window: { next: { n: 6, unit: "hours" } },
        ...where({ field: "missing", op: "lte", value: 2 }),
      });
    case "group_formed":
      return happened("group", { verb: "formed", window: { last: { n: 30, unit: "days" } } });
    case "group_failed":
      return happened("group", { verb: "failed", window: { last: { n: 30, unit: "days" } } });
    case "voucher_unused":
      return happened("voucher", {
        verb: "issued",
        window: { ever: true },
        ...where({ field: "state", op: "in", value: ["issued"] }),
      });
    case "voucher_expiring":
      return happened("voucher", { verb: "expires", window: { next: { n: 7, unit: "days" } } });
    case "points_expiring":
      return happened("points", {
        verb: "expires",
        measure: "sum",
        of: "amount",
        op: "gte",
        value: 100,
        window: { next: { n: 30, unit: "days" } },
      });
    case "stored_value_expiring":
      return happened("stored_value", { verb: "expires", window: { next: { n: 30, unit: "days" } } });
    case "goods_used_up":
      return happened("supply", {
        verb: "used_up",
        window: { next: { n: 7, unit: "days" } },
        ...where({ field: "product", op: "in", value: [] }),
      });
    case "sample_used_up":
      return happened("supply", {
        verb: "used_up",
        window: { last: { n: 7, unit: "days" } },
        where: [
          { field: "sample_of", op: "in", value: [] },
          { field: "bought", op: "eq", value: false },
        ],
      });
    case "one_then_other":
      return newSequence();
    case "cart_not_bought":
      return findActivity(catalogue, "cart")
        ? newSequence({
            first: { kind: "cart", verb: "began" },
            followed: false,
            within: { n: 1, unit: "days" },
            window: { last: { n: 30, unit: "days" } },
          })
        : null;
    case "segment":
      return { ...branch, kind: "segment", segment: null };
    case "reach_email":
      return { ...branch, kind: "consent", channel: "email", purpose: "marketing" };
    case "reach_sms":
      return { ...branch, kind: "consent", channel: "sms", purpose: "marketing" };
    case "bucket":
      return { ...branch, kind: "bucket", salt: "", from: 0, to: 10 };
  }
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

export interface Findable {
  readonly label: string;
  /** All that it is found by, its label among it. */
  readonly search: string;
}

/**
 * What fits the letters typed: first what is called just so, then what begins with them, has them in its name, is found by
 * them otherwise; the sections in the order of their best.
 */
export function ranked<Option extends Findable, Group extends { readonly options: readonly Option[] }>(
  groups: readonly Group[],
  typed: string,
): readonly Group[] {
  const letters = typed.trim().toLowerCase();
  if (letters === "") return groups;
  const distance = ({ label, search }: Findable): number => {
    const name = label.toLowerCase();
    if (name === letters) return 0;
    if (name.startsWith(letters)) return 1;
    if (name.includes(letters)) return 2;
    return search.toLowerCase().includes(letters) ? 3 : Number.POSITIVE_INFINITY;
  };
  return groups
    .map((group) => {
      const near = group.options.map((option) => ({ option, away: distance(option) }));
      const found = near.filter(({ away }) => Number.isFinite(away)).sort((a, b) => a.away - b.away);
      return { group: { ...group, options: found.map(({ option }) => option) }, away: found[0]?.away ?? -1 };
    })
    .filter(({ away }) => away >= 0)
    .sort((a, b) => a.away - b.away)
    .map(({ group }) => group);
}

/** The groups of fields in the order a person looks for them; unknown groups come last. */
const GROUP_ORDER = ["purchases", "person", "own", "place", "circles", "care", "loyalty", "reach", "origin"];

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
