import { describe, expect, test } from "vitest";
import type { Lift } from "./api";
import {
  addArm,
  evenShares,
  intervalScale,
  minorOfMicros,
  newPlan,
  planOf,
  shareSum,
  storablePlan,
  verdictOf,
} from "./plan";

describe("a plan", () => {
  test("is stored without its arms until every one has a template and they make a whole", () => {
    const draft = newPlan({ name: " 春季回访 ", segment: 3 });
    expect(storablePlan(draft)).toMatchObject({ name: "春季回访", segment_id: 3, arms: [] });
    const [arm] = draft.arms;
    if (!arm) throw new Error("a plan begins with one arm");
    const chosen = { ...draft, arms: [{ ...arm, template_id: 7 }] };
    expect(storablePlan(chosen).arms).toEqual([{ name: "", share_bp: 10_000, template_id: 7, offer_id: null }]);
    expect(storablePlan({ ...chosen, arms: [{ ...arm, template_id: 7, share_bp: 9_000 }] }).arms).toEqual([]);
  });

  test("shares arms evenly to the last basis point", () => {
    const three = addArm(addArm(newPlan({ name: "", offer: 4 }).arms));
    expect(three.map(({ share_bp }) => share_bp)).toEqual([3334, 3333, 3333]);
    expect(shareSum(three)).toBe(10_000);
    expect(three.map(({ offer_id }) => offer_id)).toEqual([4, 4, 4]);
    expect(new Set(three.map(({ key }) => key)).size).toBe(3);
    expect(evenShares(three.slice(0, 1))[0]?.share_bp).toBe(10_000);
  });

  test("of a stored draft without arms begins with one to fill in", () => {
    const stored = { ...newPlan({ name: "x" }), arms: [] } as unknown as Parameters<typeof planOf>[0];
    expect(planOf(stored).arms).toHaveLength(1);
  });
});

test.each([
  [3_456_789, 2, 346],
  [-3_455_000, 2, -346],
  [1_500_000, 0, 2],
  [1_234_500, 3, 1235],
])("%d micros with %d decimals are %d minor units", (micros, exponent, minor) => {
  expect(minorOfMicros(micros, exponent)).toBe(minor);
});

describe("an interval", () => {
  const lift = (low: number | null, high: number | null) =>
    ({ interval_low_micros: low, interval_high_micros: high }) as Lift;

  test("above zero is a gain, below it a loss, across it no answer", () => {
    expect(verdictOf(lift(1, 9))).toBe("up");
    expect(verdictOf(lift(-9, -1))).toBe("down");
    expect(verdictOf(lift(-1, 9))).toBe("unclear");
    expect(verdictOf(lift(0, 9))).toBe("unclear");
    expect(verdictOf(lift(null, null))).toBe("unclear");
  });

  test("is drawn with zero in sight and room at both ends", () => {
    const { zero, low, value, high } = intervalScale(2, 5, 8);
    expect(zero).toBeGreaterThan(0);
    expect([zero < low, low < value, value < high, high < 100]).toEqual([true, true, true, true]);
    const loss = intervalScale(-8, -5, -2);
    expect(loss.zero).toBeLessThan(100);
    expect(loss.high).toBeLessThan(loss.zero);
  });

  test("of no width at zero is drawn in the middle", () => {
    expect(intervalScale(0, 0, 0)).toEqual({ low: 50, value: 50, high: 50, zero: 50 });
  });
});
