import { endOfDay, isoDay } from "@/format/when";

/** Pure rules of how shares and days of an offer are typed and what the API takes. */

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
