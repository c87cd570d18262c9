import type { Tried, TriedOffer } from "./api";

/** What became of each offer on a cart, in the order one asks: the one that is written, what stands beside it, the rest. */
export interface Arranged {
  readonly own: TriedOffer | null;
  /** What became of each coupon code, as they were typed. */
  readonly codes: readonly TriedOffer[];
  readonly standing: readonly TriedOffer[];
  /** Those that lack only something in the cart come first, the least money before more. */
  readonly others: readonly TriedOffer[];
}

export function arranged(offers: readonly TriedOffer[], offerId: number | null): Arranged {
  const own = offers.find((offer) => offer.code === null && offer.offer_id === offerId) ?? null;
  const codes = offers.filter(({ code }) => code !== null);
  const rest = offers.filter((offer) => offer !== own && offer.code === null);
  return {
    own,
    codes,
    standing: rest.filter(({ applied }) => applied),
    others: rest.filter(({ applied }) => !applied).sort((one, other) => distance(one) - distance(other)),
  };
}

const NEAR = ["offer.min_quantity", "offer.missing_goods", "offer.buy_more", "offer.outdone"];
const FAR = 2 ** 50;

function distance({ reason_code, params }: TriedOffer): number {
  if (reason_code === "offer.min_spend") return numberIn(params, "missing_minor") ?? FAR;
  const near = NEAR.indexOf(reason_code ?? "");
  return FAR + (near === -1 ? NEAR.length : near);
}

/** What comes off one line, by which offer. */
export function takenOff(
  { offers }: Pick<Tried, "offers">,
  place: number,
): readonly { readonly offer: TriedOffer; readonly minor: number }[] {
  return offers
    .map((offer) => ({ offer, minor: offer.line_discounts_minor[place] ?? 0 }))
    .filter(({ offer, minor }) => offer.applied && minor > 0);
}

export const WHYS = [
  "not_active",
  "not_started",
  "over",
  "wrong_hour",
  "wrong_day",
  "wrong_store",
  "wrong_channel",
  "wrong_currency",
  "needs_customer",
  "needs_store",
  "new_customers_only",
  "members_only",
  "wrong_tier",
  "wrong_segment",
  "without_goods",
  "missing_goods",
  "min_quantity",
  "min_spend",
  "no_goods",
  "buy_more",
  "budget_used_up",
  "outdone",
  "nothing_left",
] as const;
/** What lies in the coupon itself. */
export const COUPON_WHYS = [
  "not_found",
  "void",
  "already_redeemed",
  "locked",
  "expired",
  "not_yours",
  "same_offer_twice",
] as const;
export type Why = (typeof WHYS)[number] | `coupon_${(typeof COUPON_WHYS)[number]}` | "other";

/** Why an offer or a coupon does not hold, by the name of its words. */
export function whyOf({ reason_code }: Pick<TriedOffer, "reason_code">): Why {
  const ofCoupon = COUPON_WHYS.find((why) => reason_code === `coupon.${why}`);
  if (ofCoupon) return `coupon_${ofCoupon}`;
  return WHYS.find((why) => reason_code === `offer.${why}`) ?? "other";
}

export function numberIn(params: TriedOffer["params"], name: string): number | null {
  const value = params[name];
  return typeof value === "number" ? value : null;
}

export function textIn(params: TriedOffer["params"], name: string): string {
  const value = params[name];
  return typeof value === "string" ? value : "";
}

export function listIn<T extends string | number>(params: TriedOffer["params"], name: string): readonly T[] {
  const value = params[name];
  return Array.isArray(value) ? value : [];
}

/** The offers that stand in its stead; a draft that is new has no name. */
export function outdoneBy(params: TriedOffer["params"]): readonly string[] {
  const value = params.by;
  if (!Array.isArray(value)) return [];
  return value.map((one: { name?: unknown }) => (typeof one.name === "string" ? one.name : ""));
}
