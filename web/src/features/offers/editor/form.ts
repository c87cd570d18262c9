import type { components } from "@/api/schema";
import { percentToBasisPoints } from "../terms";

/** The editor's form and the document it stands for: nothing here knows the screen or the network. */

type Schemas = components["schemas"];

export type OfferDocument = Schemas["OfferDocument"];
export type Effect = OfferDocument["effect"];
export type Kind = NonNullable<Effect["kind"]>;
export type Goods = Required<Schemas["Goods"]>;
export type Channel = Schemas["SalesChannel"];
export type BudgetOf = Schemas["BudgetOf"];
export type BudgetPeriod = Schemas["BudgetPeriod"];

export const KINDS: readonly Kind[] = [
  "percent",
  "amount",
  "fixed_price",
  "buy_get",
  "bundle",
  "gift",
  "sample",
  "points",
  "free_delivery",
];
export const BUDGETS_OF: readonly BudgetOf[] = ["offer", "customer", "store"];
export const PERIODS: readonly BudgetPeriod[] = ["ever", "day", "week", "month", "year"];
export const MOST_BUDGETS = 10;
export const MOST_PARTS = 10;

export const ALL_GOODS: Goods = {
  product_ids: [],
  category_ids: [],
  brand_ids: [],
  except_product_ids: [],
  except_category_ids: [],
  except_brand_ids: [],
  on_reduced: true,
};

/** So many units of goods, while they are typed. */
export interface Portion {
  readonly goods: Goods;
  readonly quantity: number | null;
}

/** `limits` says which of the two the budget counts; an amount in minor units. */
export interface Budget {
  readonly of: BudgetOf;
  readonly period: BudgetPeriod;
  readonly uses: number | null;
  readonly amountMinor: number | null;
}

/**
 * Everything that may be typed, empty fields null. The numbers of all kinds stand side by side, so that trying another
 * kind loses nothing; the document takes those of the kind that is chosen.
 */
export interface Form {
  readonly name: string;
  readonly kind: Kind;
  readonly percent: number | null;
  readonly amountMinor: number | null;
  readonly everyMinor: number | null;
  readonly mostMinor: number | null;
  readonly priceMinor: number | null;
  readonly mostTimes: number | null;
  readonly mostUnits: number | null;
  readonly goods: Goods;
  readonly buyQuantity: number | null;
  readonly getQuantity: number | null;
  /** What is got, where it is other goods than those bought. */
  readonly get: Goods | null;
  readonly parts: readonly Portion[];
  readonly productId: number | null;
  readonly quantity: number | null;
  readonly worthMinor: number | null;
  readonly times: number | null;
  readonly feeProductIds: readonly number[];
  readonly spendMinor: number | null;
  readonly spendGoods: Goods;
  readonly leastUnits: number | null;
  readonly leastGoods: Goods;
  readonly contains: readonly Portion[];
  readonly without: Goods;
  readonly customer: Required<Schemas["CustomerConditions"]>;
  readonly storeIds: readonly number[];
  readonly channels: readonly Channel[];
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly weekdays: readonly number[];
  readonly hours: { readonly from: number | null; readonly until: number | null } | null;
  readonly stands: "with_all" | "one_of_group" | "alone";
  readonly group: string;
  readonly priority: number;
  readonly budgets: readonly Budget[];
  readonly givenBack: boolean;
  readonly applies: Schemas["Applies"];
  readonly validDays: number | null;
  readonly uses: number | null;
  readonly transfer: Schemas["Transfer"];
  readonly onReturn: Schemas["OnReturn"];
  readonly remindDays: readonly number[];
}

const EMPTY: Form = {
  name: "",
  kind: "percent",
  percent: 10,
  amountMinor: null,
  everyMinor: null,
  mostMinor: null,
  priceMinor: null,
  mostTimes: null,
  mostUnits: null,
  goods: ALL_GOODS,
  buyQuantity: 2,
  getQuantity: 1,
  get: null,
  parts: [
    { goods: ALL_GOODS, quantity: 1 },
    { goods: ALL_GOODS, quantity: 1 },
  ],
  productId: null,
  quantity: 1,
  worthMinor: null,
  times: 2,
  feeProductIds: [],
  spendMinor: null,
  spendGoods: ALL_GOODS,
  leastUnits: null,
  leastGoods: ALL_GOODS,
  contains: [],
  without: ALL_GOODS,
  customer: { known: false, is_new: false, is_member: false, tiers: [], segment_ids: [], not_segment_ids: [] },
  storeIds: [],
  channels: [],
  startsAt: null,
  endsAt: null,
  weekdays: [],
  hours: null,
  stands: "with_all",
  group: "",
  priority: 0,
  budgets: [],
  givenBack: false,
  applies: "coupon",
  validDays: 14,
  uses: 1,
  transfer: "none",
  onReturn: "stays",
  remindDays: [],
};

const goodsOf = (goods: Schemas["Goods"] | null | undefined): Goods => ({ ...ALL_GOODS, ...goods });

const portionOf = ({ goods, quantity }: Schemas["Portion"]): Portion => ({
  goods: goodsOf(goods),
  quantity: quantity ?? 1,
});

/** The form of a stored offer, or the one a new offer begins with. */
export function formOf(offer: { readonly name: string; readonly terms: OfferDocument } | null): Form {
  if (offer === null) return EMPTY;
  const { effect, when, where, cart, customer, stacking, coupon, ...rest } = offer.terms;
  const hours = when?.hours;
  return {
    ...EMPTY,
    ...numbersOf(effect),
    name: offer.name,
    spendMinor: cart?.spend?.amount_minor ?? null,
    spendGoods: goodsOf(cart?.spend?.goods),
    leastUnits: cart?.quantity?.quantity ?? null,
    leastGoods: goodsOf(cart?.quantity?.goods),
    contains: (cart?.contains ?? []).map(portionOf),
    without: goodsOf(cart?.without),
    customer: { ...EMPTY.customer, ...customer },
    storeIds: where?.store_ids ?? [],
    channels: where?.channels ?? [],
    startsAt: when?.starts_at ?? null,
    endsAt: when?.ends_at ?? null,
    weekdays: when?.weekdays ?? [],
    hours: hours ? { from: hours.from_minute, until: hours.until_minute } : null,
    stands: stacking?.exclusive ? "alone" : stacking?.group ? "one_of_group" : "with_all",
    group: stacking?.group ?? "",
    priority: stacking?.priority ?? 0,
    budgets: (rest.budgets ?? []).map((budget) => ({
      of: budget.of ?? "offer",
      period: budget.period ?? "ever",
      uses: budget.uses ?? null,
      amountMinor: budget.amount_minor ?? null,
    })),
    givenBack: rest.given_back_on_return ?? false,
    applies: rest.applies ?? "coupon",
    validDays: coupon?.valid_days ?? null,
    uses: coupon?.uses ?? 1,
    transfer: coupon?.transfer ?? "none",
    onReturn: coupon?.on_return ?? "stays",
    remindDays: coupon?.remind_days ?? [],
  };
}

function numbersOf(effect: Effect): Partial<Form> {
  switch (effect.kind) {
    case "amount":
      return {
        kind: "amount",
        amountMinor: effect.amount_minor,
        everyMinor: effect.every_minor ?? null,
        mostTimes: effect.most_times ?? null,
        goods: goodsOf(effect.goods),
      };
    case "fixed_price":
      return {
        kind: "fixed_price",
        priceMinor: effect.price_minor,
        mostUnits: effect.most_units ?? null,
        goods: goodsOf(effect.goods),
      };
    case "buy_get":
      return {
        kind: "buy_get",
        goods: goodsOf(effect.buy),
        buyQuantity: effect.buy_quantity ?? 1,
        get: effect.get ? goodsOf(effect.get) : null,
        getQuantity: effect.get_quantity ?? 1,
        percent: (effect.percent_bp ?? 10_000) / 100,
        mostTimes: effect.most_times ?? null,
      };
    case "bundle":
      return {
        kind: "bundle",
        parts: effect.parts.map(portionOf),
        priceMinor: effect.price_minor,
        mostTimes: effect.most_times ?? null,
      };
    case "gift":
    case "sample":
      return {
        kind: effect.kind,
        productId: effect.product_id,
        quantity: effect.quantity ?? 1,
        worthMinor: effect.worth_minor || null,
      };
    case "points":
      return {
        kind: "points",
        times: effect.factor_bp / 10_000,
        goods: goodsOf(effect.goods),
        worthMinor: effect.worth_minor || null,
      };
    case "free_delivery":
      return {
        kind: "free_delivery",
        feeProductIds: effect.fee_product_ids ?? [],
        mostMinor: effect.most_minor ?? null,
        worthMinor: effect.worth_minor || null,
      };
    default:
      return {
        kind: "percent",
        percent: effect.percent_bp / 100,
        mostMinor: effect.most_minor ?? null,
        goods: goodsOf(effect.goods),
      };
  }
}

export function namesSomething({ product_ids, category_ids, brand_ids }: Goods): boolean {
  return product_ids.length + category_ids.length + brand_ids.length > 0;
}

/** Whether an offer asks for anything of its buyer. */
export function asksWho(customer: Form["customer"]): boolean {
  const { known, is_new, is_member, tiers, segment_ids, not_segment_ids } = customer;
  return known || is_new || is_member || tiers.length + segment_ids.length + not_segment_ids.length > 0;
}

/** Where something is missing or wrong, and what; the key of a list's item carries its place. */
export type FaultCode =
  | "name_needed"
  | "percent_needed"
  | "amount_needed"
  | "price_needed"
  | "quantity_needed"
  | "product_needed"
  | "times_needed"
  | "every_below_amount"
  | "window_disordered"
  | "hours_needed"
  | "group_needed"
  | "limit_needed"
  | "named_twice"
  | "uses_needed";
export type Faults = Readonly<Record<string, FaultCode>>;

export function faultsOf(form: Form): Faults {
  const faults: Record<string, FaultCode> = {};
  const needs = (field: string, holds: boolean, code: FaultCode) => {
    if (!holds) faults[field] = code;
  };
  const given = (number: number | null) => number !== null && number >= 1;
  needs("name", form.name.trim() !== "", "name_needed");
  switch (form.kind) {
    case "percent":
      needs("percent", percentToBasisPoints(form.percent) !== null, "percent_needed");
      break;
    case "amount":
      needs("amount", given(form.amountMinor), "amount_needed");
      needs("every", form.everyMinor === null || form.everyMinor >= (form.amountMinor ?? 0), "every_below_amount");
      break;
    case "fixed_price":
      needs("price", form.priceMinor !== null, "price_needed");
      break;
    case "buy_get":
      needs("buy", given(form.buyQuantity), "quantity_needed");
      needs("get", given(form.getQuantity), "quantity_needed");
      needs("percent", percentToBasisPoints(form.percent) !== null, "percent_needed");
      break;
    case "bundle":
      needs("price", form.priceMinor !== null, "price_needed");
      form.parts.forEach(({ quantity }, place) => {
        needs(`parts.${place}`, given(quantity), "quantity_needed");
      });
      break;
    case "gift":
    case "sample":
      needs("product", form.productId !== null, "product_needed");
      needs("quantity", given(form.quantity), "quantity_needed");
      break;
    case "points":
      needs("times", form.times !== null && form.times > 1 && form.times <= 100, "times_needed");
      break;
    case "free_delivery":
      break;
  }
  form.contains.forEach(({ quantity }, place) => {
    needs(`contains.${place}`, given(quantity), "quantity_needed");
  });
  const { startsAt, endsAt, hours } = form;
  needs("window", !startsAt || !endsAt || Date.parse(startsAt) < Date.parse(endsAt), "window_disordered");
  needs(
    "hours",
    hours === null || (hours.from !== null && hours.until !== null && hours.from !== hours.until),
    "hours_needed",
  );
  needs("group", form.stands !== "one_of_group" || form.group.trim() !== "", "group_needed");
  form.budgets.forEach(({ of, period, uses, amountMinor }, place) => {
    needs(`budgets.${place}`, given(uses) || given(amountMinor), "limit_needed");
    const first = form.budgets.findIndex((other) => other.of === of && other.period === period);
    needs(`budgets.${place}`, first === place, "named_twice");
  });
  needs("uses", form.applies === "automatic" || given(form.uses), "uses_needed");
  return faults;
}

/**
 * The document a form without faults stands for. `home` is the currency of amounts where `before`, what was stored,
 * names none.
 */
export function documentOf(
  form: Form,
  { home, before }: { home: string; before: OfferDocument | null },
): OfferDocument {
  const effect = effectOf(form);
  const { hours } = form;
  const document: OfferDocument = {
    applies: form.applies,
    currency: before?.currency ?? null,
    effect,
    when: {
      starts_at: form.startsAt,
      ends_at: form.endsAt,
      weekdays: [...form.weekdays],
      hours:
        hours && hours.from !== null && hours.until !== null
          ? { from_minute: hours.from, until_minute: hours.until }
          : null,
    },
    where: { store_ids: [...form.storeIds], channels: [...form.channels] },
    cart: {
      spend: form.spendMinor ? { amount_minor: form.spendMinor, goods: form.spendGoods } : null,
      quantity: form.leastUnits ? { quantity: form.leastUnits, goods: form.leastGoods } : null,
      contains: form.contains.map(told),
      without: namesSomething(form.without) ? form.without : null,
    },
    customer: form.customer,
    budgets: form.budgets.map(({ of, period, uses, amountMinor }) => ({ of, period, uses, amount_minor: amountMinor })),
    given_back_on_return: form.givenBack,
    stacking: {
      group: form.stands === "one_of_group" ? form.group.trim() : null,
      exclusive: form.stands === "alone",
      priority: form.priority,
    },
    coupon: {
      valid_days: form.validDays,
      uses: form.uses ?? 1,
      transfer: form.transfer,
      on_return: form.onReturn,
      remind_days: [...form.remindDays],
    },
  };
  return namesAnAmount(document) ? { ...document, currency: document.currency ?? home } : document;
}

function told({ goods, quantity }: Portion): Schemas["Portion"] {
  return { goods, quantity: quantity ?? 1 };
}

function effectOf(form: Form): Effect {
  const { goods } = form;
  const worth_minor = form.worthMinor ?? 0;
  switch (form.kind) {
    case "percent":
      return {
        kind: "percent",
        percent_bp: percentToBasisPoints(form.percent) ?? 0,
        goods,
        most_minor: form.mostMinor || null,
      };
    case "amount":
      return {
        kind: "amount",
        amount_minor: form.amountMinor ?? 0,
        goods,
        every_minor: form.everyMinor || null,
        // How often counts only where it is taken off again and again.
        most_times: form.everyMinor ? form.mostTimes : null,
      };
    case "fixed_price":
      return { kind: "fixed_price", price_minor: form.priceMinor ?? 0, goods, most_units: form.mostUnits };
    case "buy_get":
      return {
        kind: "buy_get",
        buy: goods,
        buy_quantity: form.buyQuantity ?? 1,
        get: form.get,
        get_quantity: form.getQuantity ?? 1,
        percent_bp: percentToBasisPoints(form.percent) ?? 0,
        most_times: form.mostTimes,
      };
    case "bundle":
      return {
        kind: "bundle",
        parts: form.parts.map(told),
        price_minor: form.priceMinor ?? 0,
        most_times: form.mostTimes,
      };
    case "gift":
    case "sample":
      return { kind: form.kind, product_id: form.productId ?? 0, quantity: form.quantity ?? 1, worth_minor };
    case "points":
      return { kind: "points", factor_bp: Math.round((form.times ?? 0) * 10_000), goods, worth_minor };
    case "free_delivery":
      return {
        kind: "free_delivery",
        fee_product_ids: [...form.feeProductIds],
        most_minor: form.mostMinor || null,
        worth_minor,
      };
  }
}

function namesAnAmount({ effect, cart, budgets }: OfferDocument): boolean {
  const inEffect =
    effect.kind === "fixed_price" ||
    effect.kind === "bundle" ||
    effect.kind === "amount" ||
    ("most_minor" in effect && Boolean(effect.most_minor)) ||
    ("worth_minor" in effect && Boolean(effect.worth_minor));
  return inEffect || Boolean(cart?.spend) || (budgets ?? []).some(({ amount_minor }) => amount_minor);
}

/** Which field of the form a refused part of the document is (`body.terms.budgets.0.uses`); null where none is. */
export function fieldOf(where: string): string | null {
  const path = where.replace(/^body\./, "");
  if (path === "name") return "name";
  const known: readonly (readonly [RegExp, string])[] = [
    [/\beffect\b.*\bpercent_bp$/, "percent"],
    [/\beffect\b.*\bamount_minor$/, "amount"],
    [/\beffect\b.*\bprice_minor$/, "price"],
    [/\beffect\b.*\bproduct_id$/, "product"],
    [/\beffect\b.*\bfactor_bp$/, "times"],
    [/\bwhen\.hours\b/, "hours"],
    [/\bwhen\b/, "window"],
    [/\bstacking\.group\b/, "group"],
    [/\bcoupon\.uses\b/, "uses"],
    [/\bcoupon\.valid_days\b/, "validDays"],
    [/\bcoupon\.remind_days\b/, "remindDays"],
  ];
  const list = /\b(budgets|contains|parts)\.(\d+)/.exec(path);
  if (list) return `${list[1]}.${list[2]}`;
  return known.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
