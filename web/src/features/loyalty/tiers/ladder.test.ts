import { expect, test } from "vitest";
import type { Tier } from "./api";
import { FIRST_LADDER, faultsOf, nextTier, shownAmount, typedAmount } from "./ladder";

const entry: Tier = { ...nextTier([]), name: "普卡" };
const silver: Tier = { ...nextTier([entry]), name: "银卡" };
const gold: Tier = { ...nextTier([entry, silver]), name: "金卡" };

test("the first tier asks for nothing, each further one for more than those below", () => {
  expect([entry, silver, gold].map(({ key, qualify }) => [key, qualify.thresholds[0]?.at_least])).toEqual([
    ["tier_1", undefined],
    ["tier_2", 100_000],
    ["tier_3", 500_000],
  ]);
  expect(faultsOf({ ...FIRST_LADDER, tiers: [entry, silver, gold] })).toEqual([]);
});

test("a key that was used stays with its tier when another is put in its place", () => {
  expect(nextTier([entry, gold]).key).toBe("tier_4");
  expect(nextTier([silver]).key).toBe("tier_3");
});

test("what does not hold together is told with its tier", () => {
  const nameless = { ...silver, name: " " };
  const lower: Tier = { ...gold, qualify: silver.qualify };
  const strict: Tier = {
    ...gold,
    keep: { match: "any", thresholds: [{ metric: "net", at_least: 500_001 }] },
  };
  const asksNothing: Tier = { ...gold, qualify: { match: "any", thresholds: [] } };
  expect(faultsOf({ ...FIRST_LADDER, tiers: [entry, nameless, lower] })).toEqual([
    { rank: 1, code: "name_missing" },
    { rank: 2, code: "not_rising" },
  ]);
  expect(faultsOf({ ...FIRST_LADDER, tiers: [entry, silver, strict] })).toEqual([
    { rank: 2, code: "keep_above_qualify" },
  ]);
  expect(faultsOf({ ...FIRST_LADDER, tiers: [entry, asksNothing] })).toEqual([{ rank: 1, code: "entry_not_lowest" }]);
});

test("money is typed in whole units and exact, numbers as they are", () => {
  expect(shownAmount("net", 123_450, "CNY")).toBe("1234.50");
  expect(typedAmount("net", "1234.5", "CNY")).toBe(123_450);
  expect(typedAmount("orders", "3", "CNY")).toBe(3);
  expect(typedAmount("orders", "3.5", "CNY")).toBeNull();
});
