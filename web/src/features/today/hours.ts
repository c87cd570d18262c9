import type { Today } from "./api";

type Hour = Today["series"][number];

/**
 * The hours for a line to go through. The hour under way is left out of today's: half an hour's sales beside whole hours
 * would look like a fall that is none. The headline figure counts it.
 */
export function wholeHours(series: readonly Hour[], asOf: Date, timezone: string): readonly Hour[] {
  const format = new Intl.DateTimeFormat("en", { timeZone: timezone, hour: "numeric", hourCycle: "h23" });
  const underWay = Number(format.format(asOf));
  return series.map((hour) => (hour.hour >= underWay ? { ...hour, revenue_minor: null, orders: null } : hour));
}
