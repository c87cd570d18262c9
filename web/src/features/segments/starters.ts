import {
  type Catalogue,
  findActivity,
  findField,
  newBought,
  newField,
  newHappened,
  newSequence,
  newWhere,
} from "./catalogue";
import { type Draft, type DraftRule, newGroup } from "./draft";

export const STARTERS = [
  "new",
  "regular",
  "lapsing",
  "lost",
  "vip",
  "birthday",
  "cart_left",
  "a_not_b",
  "coupon_expiring",
  "group_short",
  "voucher_expiring",
  "single",
] as const;
export type Starter = (typeof STARTERS)[number];

/** What "spent most" means until she says otherwise: in the operator's own currency, in whole units. */
const HIGH_VALUE_UNITS = 2000;

export interface Here {
  /** The operator's own currency, and how many decimals it has. */
  readonly currency: string;
  readonly exponent: number;
}

/** A common rule to begin with; null when this server's catalogue cannot ask it. */
export function starterRule(starter: Starter, catalogue: Catalogue, here: Here): DraftRule | null {
  const conditions = starterConditions(starter, catalogue, here);
  return conditions && { asOf: null, root: newGroup("all", conditions) };
}

function starterConditions(starter: Starter, catalogue: Catalogue, here: Here): Draft[] | null {
  switch (starter) {
    case "new":
      return [newBought({ measure: "first_at", op: "last_n", value: { n: 30, unit: "days" }, window: { ever: true } })];
    case "regular":
      return [newBought({ op: "gte", value: 3, window: { last: { n: 180, unit: "days" } } })];
    case "lapsing":
      return [
        newBought({ op: "gte", value: 2, window: { ever: true } }),
        newBought({ op: "eq", value: 0, window: { last: { n: 90, unit: "days" } } }),
      ];
    case "lost":
      return [
        newBought({ op: "gte", value: 1, window: { ever: true } }),
        newBought({ op: "eq", value: 0, window: { last: { n: 365, unit: "days" } } }),
      ];
    case "cart_left":
      // Whoever bought before she left the cart still has it open, so it is asked in order.
      return findActivity(catalogue, "cart")
        ? [
            newSequence({
              first: { kind: "cart", verb: "abandoned" },
              followed: false,
              window: { last: { n: 7, unit: "days" } },
            }),
          ]
        : null;
    case "a_not_b": {
      const product = findField(catalogue.whereFields, "product");
      if (!product) return null;
      const limit = { where: [newWhere(product)], window: { ever: true } } as const;
      return [newBought({ op: "gte", value: 1, ...limit }), newBought({ op: "eq", value: 0, ...limit })];
    }
    case "coupon_expiring":
      return findActivity(catalogue, "coupon")
        ? [
            newHappened("coupon", {
              verb: "expires",
              where: [{ field: "state", op: "in", value: ["issued"] }],
              window: { next: { n: 7, unit: "days" } },
            }),
          ]
        : null;
    case "group_short":
      return findActivity(catalogue, "group")
        ? [
            newHappened("group", {
              verb: "closes",
              where: [{ field: "missing", op: "lte", value: 2 }],
              window: { next: { n: 6, unit: "hours" } },
            }),
          ]
        : null;
    case "voucher_expiring":
      return findActivity(catalogue, "voucher")
        ? [newHappened("voucher", { verb: "expires", window: { next: { n: 7, unit: "days" } } })]
        : null;
    case "vip":
      return [
        newBought({
          measure: "net",
          op: "gte",
          value: HIGH_VALUE_UNITS * 10 ** here.exponent,
          currency: here.currency,
          window: { last: { n: 365, unit: "days" } },
        }),
      ];
    case "birthday": {
      const field = findField(catalogue.fields, "birthday");
      return field ? [newField(field)] : null;
    }
    case "single":
      return [newBought({ op: "eq", value: 1, window: { ever: true } })];
  }
}
