import { describe, expect, test } from "vitest";
import { dayEnd, dayStart, evaluateCart, lastDay, percentToBasisPoints, tenthsPaid } from "./terms";

const NOW = new Date("2026-11-22T04:00:00Z");
const TERMS = { percent_bp: 1000, min_spend_minor: 19_900, starts_at: null, ends_at: null };

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

describe("a cart at the till", () => {
  test("pays less when the minimum is reached", () => {
    const lines = [
      { price_minor: 12_900, quantity: 1 },
      { price_minor: 3_505, quantity: 2 },
    ];
    expect(evaluateCart(lines, TERMS, NOW)).toEqual({
      subtotal_minor: 19_910,
      discount_minor: 1_991,
      pay_minor: 17_919,
      verdict: { kind: "applied" },
    });
  });

  test.each([
    [25, 2],
    [35, 4],
    [26, 3],
    [24, 2],
  ])("%d at 10 %% off takes %d: halves go to the even side, as at the till", (price_minor, taken) => {
    const evaluated = evaluateCart([{ price_minor, quantity: 1 }], { ...TERMS, min_spend_minor: 0 }, NOW);
    expect(evaluated.discount_minor).toBe(taken);
  });

  test("pays in full, and is told what is missing, when it is not", () => {
    const evaluated = evaluateCart([{ price_minor: 19_899, quantity: 1 }], TERMS, NOW);
    expect(evaluated.pay_minor).toBe(19_899);
    expect(evaluated.verdict).toEqual({ kind: "short", missing_minor: 1 });
  });

  test("pays in full before the first and from the last instant on", () => {
    const lines = [{ price_minor: 50_000, quantity: 1 }];
    expect(evaluateCart(lines, { ...TERMS, starts_at: "2026-11-22T04:00:01Z" }, NOW).verdict.kind).toBe("not_started");
    expect(evaluateCart(lines, { ...TERMS, starts_at: "2026-11-22T04:00:00Z" }, NOW).verdict.kind).toBe("applied");
    expect(evaluateCart(lines, { ...TERMS, ends_at: "2026-11-22T04:00:00Z" }, NOW).verdict.kind).toBe("ended");
  });
});
