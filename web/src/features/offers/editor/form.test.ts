import { describe, expect, test } from "vitest";
import { ALL_GOODS, documentOf, type Effect, faultsOf, fieldOf, formOf, type OfferDocument } from "./form";

const TEA = { ...ALL_GOODS, product_ids: [7], except_brand_ids: [3], on_reduced: false };

const REST: Omit<OfferDocument, "effect"> = {
  applies: "automatic",
  currency: "CNY",
  when: {
    starts_at: "2026-10-31T16:00:00Z",
    ends_at: "2026-11-30T16:00:00Z",
    weekdays: [6, 7],
    hours: { from_minute: 1_320, until_minute: 120 },
  },
  where: { store_ids: [1, 2], channels: ["pos", "wechat"] },
  cart: {
    spend: { amount_minor: 19_900, goods: TEA },
    quantity: { quantity: 3, goods: ALL_GOODS },
    contains: [{ goods: TEA, quantity: 2 }],
    without: { ...ALL_GOODS, category_ids: [9] },
  },
  customer: { known: true, is_new: true, is_member: false, tiers: ["gold"], segment_ids: [4], not_segment_ids: [5] },
  budgets: [
    { of: "offer", period: "ever", uses: 1_000, amount_minor: null },
    { of: "customer", period: "month", uses: 1, amount_minor: 5_000 },
  ],
  given_back_on_return: true,
  stacking: { group: "autumn", exclusive: false, priority: 100 },
  coupon: { valid_days: 30, uses: 3, transfer: "once", on_return: "comes_back", remind_days: [7, 1] },
};

const EFFECTS: readonly Effect[] = [
  { kind: "percent", percent_bp: 1_250, goods: TEA, most_minor: 5_000 },
  { kind: "amount", amount_minor: 1_500, goods: TEA, every_minor: 10_000, most_times: 3 },
  { kind: "fixed_price", price_minor: 990, goods: TEA, most_units: 4 },
  {
    kind: "buy_get",
    buy: TEA,
    buy_quantity: 2,
    get: { ...ALL_GOODS, brand_ids: [8] },
    get_quantity: 1,
    percent_bp: 5_000,
    most_times: 2,
  },
  { kind: "buy_get", buy: TEA, buy_quantity: 1, get: null, get_quantity: 1, percent_bp: 10_000, most_times: null },
  { kind: "bundle", parts: [{ goods: TEA, quantity: 2 }], price_minor: 5_000, most_times: 1 },
  { kind: "gift", product_id: 11, quantity: 2, worth_minor: 800 },
  { kind: "sample", product_id: 12, quantity: 1, worth_minor: 0 },
  { kind: "points", factor_bp: 15_000, goods: TEA, worth_minor: 0 },
  { kind: "free_delivery", fee_product_ids: [20, 21], most_minor: 1_200, worth_minor: 600 },
];

test.each(EFFECTS)("what is stored comes back as it was: $kind", (effect) => {
  const terms: OfferDocument = { ...REST, effect };
  const form = formOf({ name: "Autumn", terms });
  expect(faultsOf(form)).toEqual({});
  expect(documentOf(form, { home: "USD", before: terms })).toEqual(terms);
});

test("a document that leaves everything out means what the server takes it for", () => {
  const terms: OfferDocument = { effect: { kind: "percent", percent_bp: 1_000 } };
  const document = documentOf(formOf({ name: "Ten", terms }), { home: "CNY", before: terms });
  expect(document.applies).toBe("coupon");
  expect(document.currency).toBeNull();
  expect(document.effect).toEqual({ kind: "percent", percent_bp: 1_000, goods: ALL_GOODS, most_minor: null });
  expect(document.cart).toEqual({ spend: null, quantity: null, contains: [], without: null });
  expect(document.coupon).toEqual({
    valid_days: null,
    uses: 1,
    transfer: "none",
    on_return: "stays",
    remind_days: [],
  });
});

describe("the currency of a new offer", () => {
  const form = { ...formOf(null), name: "Ten" };
  const currency = (change: Partial<typeof form>) =>
    documentOf({ ...form, ...change }, { home: "CNY", before: null }).currency;

  test("is named only where an amount is", () => {
    expect(currency({})).toBeNull();
    expect(currency({ mostMinor: 5_000 })).toBe("CNY");
    expect(currency({ spendMinor: 100 })).toBe("CNY");
    expect(currency({ kind: "gift", productId: 1 })).toBeNull();
    expect(currency({ kind: "gift", productId: 1, worthMinor: 1 })).toBe("CNY");
    expect(currency({ kind: "fixed_price", priceMinor: 0 })).toBe("CNY");
    expect(currency({ budgets: [{ of: "offer", period: "ever", uses: 5, amountMinor: null }] })).toBeNull();
    expect(currency({ budgets: [{ of: "offer", period: "ever", uses: null, amountMinor: 5 }] })).toBe("CNY");
  });
});

test("another kind keeps what was typed, and its document takes only its own numbers", () => {
  const form = { ...formOf(null), amountMinor: 1_500, mostTimes: 3 };
  expect(documentOf({ ...form, kind: "amount" }, { home: "CNY", before: null }).effect).toEqual({
    kind: "amount",
    amount_minor: 1_500,
    goods: ALL_GOODS,
    every_minor: null,
    most_times: null,
  });
});

describe("faults stand at their fields", () => {
  const form = { ...formOf(null), name: "Ten" };

  test.each([
    [{ name: " " }, { name: "name_needed" }],
    [{ percent: 100.01 }, { percent: "percent_needed" }],
    [{ kind: "amount" as const }, { amount: "amount_needed" }],
    [{ kind: "amount" as const, amountMinor: 200, everyMinor: 199 }, { every: "every_below_amount" }],
    [{ kind: "gift" as const }, { product: "product_needed" }],
    [{ kind: "points" as const, times: 1 }, { times: "times_needed" }],
    [
      { kind: "bundle" as const, priceMinor: 1, parts: [{ goods: ALL_GOODS, quantity: null }] },
      { "parts.0": "quantity_needed" },
    ],
    [{ startsAt: "2026-11-02T00:00:00Z", endsAt: "2026-11-02T00:00:00Z" }, { window: "window_disordered" }],
    [{ hours: { from: 600, until: 600 } }, { hours: "hours_needed" }],
    [{ stands: "one_of_group" as const }, { group: "group_needed" }],
    [{ uses: null }, { uses: "uses_needed" }],
  ])("%o", (change, faults) => {
    expect(faultsOf({ ...form, ...change })).toEqual(faults);
  });

  test("of two budgets of the same, the second is the one too many", () => {
    const budget = { of: "store", period: "day", uses: 1, amountMinor: null } as const;
    expect(faultsOf({ ...form, budgets: [budget, budget] })).toEqual({ "budgets.1": "named_twice" });
  });

  test("an automatic offer asks nothing of coupons", () => {
    expect(faultsOf({ ...form, applies: "automatic", uses: null })).toEqual({});
  });

  test.each([
    ["body.name", "name"],
    ["terms.effect.percent.percent_bp", "percent"],
    ["terms.budgets.2.uses", "budgets.2"],
    ["terms.when.hours.from_minute", "hours"],
    ["terms.when", "window"],
    ["terms.customer.tiers", null],
  ])("what the server refuses at %s is shown at %s", (where, field) => {
    expect(fieldOf(where)).toBe(field);
  });
});
