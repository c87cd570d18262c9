import { expect, test } from "vitest";
import { wholeHours } from "./hours";

const series = [11, 12, 13].map((hour) => ({
  hour,
  revenue_minor: hour <= 12 ? 100 * hour : null,
  orders: hour <= 12 ? 1 : null,
  last_week_revenue_minor: 900,
  last_week_orders: 3,
}));

test("the hour under way is not drawn, in the operator's own zone", () => {
  const at = new Date("2026-05-09T04:30:00Z"); // 12:30 in Shanghai
  expect(wholeHours(series, at, "Asia/Shanghai").map(({ revenue_minor }) => revenue_minor)).toEqual([1100, null, null]);
  expect(wholeHours(series, at, "Asia/Shanghai").map((hour) => hour.last_week_revenue_minor)).toEqual([900, 900, 900]);
  expect(wholeHours(series, at, "Asia/Tokyo").map(({ revenue_minor }) => revenue_minor)).toEqual([1100, 1200, null]);
});
