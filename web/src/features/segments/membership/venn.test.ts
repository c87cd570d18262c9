import { expect, test } from "vitest";
import { circlesOf, regionAt, regionsOf, spotOf } from "./venn";

test.each([1, 2, 3])("each number of a picture of %i sets stands in its own region", (sets) => {
  const regions = regionsOf(sets, "union");
  expect(regions).toHaveLength(2 ** sets - 1);
  for (const region of regions) expect(regionAt(sets, spotOf(sets, region))).toBe(region);
});

test("outside of every circle is no region", () => {
  expect(regionAt(3, { x: 2, y: 2 })).toBe("");
  expect(circlesOf(4)).toEqual([]);
});

test("what is common is inside of all, what is left over inside of the first alone", () => {
  expect(regionsOf(3, "intersection")).toEqual(["012"]);
  expect(regionsOf(3, "difference")).toEqual(["0"]);
});
