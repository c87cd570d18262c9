import { endOfDay, isoDay } from "@/format/when";

/** Pure rules of the editor: what is typed, what the API takes, and what a till would do with it. */

/** `"10"` is 1000 basis points; null when it is no share of a price. */
export function percentToBasisPoints(percent: number | null): number | null {
  if (percent === null || !Number.isFinite(percent)) return null;
  const points = Math.round(percent * 100);
  return points >= 1 && points <= 10_000 ? points : null;
}

/** 10 % off is 9 折, 15 % off is 8.5 折: tenths of the price that are still paid. */
export function tenthsPaid(percentBp: number): string {
  return String((10_000 - percentBp) / 1000);
}

/** The first instant of a day, which is where an offer begins. */
export function dayStart(isoDate: string, timezone: string): string {
  return secondAfter(endOfDay(previousDay(isoDate), timezone));
}

/** The first instant after a day, which is where an offer ends: `ends_at` is not part of it any more. */
export function dayEnd(isoDate: string, timezone: string): string {
  return secondAfter(endOfDay(isoDate, timezone));
}

/** The last day on which an offer with this end still holds. */
export function lastDay(endsAt: string, timezone: string): string {
  return isoDay(new Date(Date.parse(endsAt) - 1000), timezone);
}

function secondAfter(instant: string): string {
  return new Date(Date.parse(instant) + 1000).toISOString().replace(".000Z", "Z");
}

function previousDay(isoDate: string): string {
  return new Date(Date.parse(`${isoDate}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

export interface CartLine {
  readonly price_minor: number;
  readonly quantity: number;
}

export interface CartTerms {
  readonly percent_bp: number;
  readonly min_spend_minor: number;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
}

export type Verdict =
  | { readonly kind: "applied" }
  | { readonly kind: "short"; readonly missing_minor: number }
  | { readonly kind: "not_started" }
  | { readonly kind: "ended" };

export interface Evaluated {
  readonly subtotal_minor: number;
  readonly discount_minor: number;
  readonly pay_minor: number;
  readonly verdict: Verdict;
}

/** What a till would take off this cart at this moment; half a minor unit goes to the even side. */
export function evaluateCart(lines: readonly CartLine[], terms: CartTerms, now: Date): Evaluated {
  const subtotal = lines.reduce((sum, { price_minor, quantity }) => sum + price_minor * quantity, 0);
  const verdict = judge(subtotal, terms, now);
  const discount = verdict.kind === "applied" ? percentOf(subtotal, terms.percent_bp) : 0;
  return { subtotal_minor: subtotal, discount_minor: discount, pay_minor: subtotal - discount, verdict };
}

function judge(subtotal: number, { min_spend_minor, starts_at, ends_at }: CartTerms, now: Date): Verdict {
  if (starts_at !== null && now.getTime() < Date.parse(starts_at)) return { kind: "not_started" };
  if (ends_at !== null && now.getTime() >= Date.parse(ends_at)) return { kind: "ended" };
  return subtotal < min_spend_minor
    ? { kind: "short", missing_minor: min_spend_minor - subtotal }
    : { kind: "applied" };
}

function percentOf(amountMinor: number, percentBp: number): number {
  const scaled = amountMinor * percentBp;
  const whole = Math.floor(scaled / 10_000);
  const rest = scaled - whole * 10_000;
  return rest > 5_000 || (rest === 5_000 && whole % 2 === 1) ? whole + 1 : whole;
}
