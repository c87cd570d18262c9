import { describe, expect, test } from "vitest";
import { dayEnd, dayStart, lastDay, percentToBasisPoints, tenthsPaid } from "./terms";

test.each([
  [10, 1000],
  [0.01, 1],
  [100, 10_000],
  [33.33, 3333],
  [0, null],
  [100.01, null],
  [null, null],
])("%d percent off is %d basis points", (percent, points) => {
  expect(percentToBasisPoints(percent)).toBe(points);
});

test.each([
  [1000, "9"],
  [1500, "8.5"],
  [3333, "6.667"],
])("%d basis points off is %s 折", (points, tenths) => {
  expect(tenthsPaid(points)).toBe(tenths);
});

describe("days of an offer", () => {
  test("begin and end at midnight of the operator's zone", () => {
    expect(dayStart("2026-11-01", "Asia/Shanghai")).toBe("2026-10-31T16:00:00Z");
    expect(dayEnd("2026-11-30", "Asia/Shanghai")).toBe("2026-11-30T16:00:00Z");
  });

  test("are read back as they were chosen", () => {
    expect(lastDay(dayEnd("2026-11-30", "America/New_York"), "America/New_York")).toBe("2026-11-30");
  });
});
