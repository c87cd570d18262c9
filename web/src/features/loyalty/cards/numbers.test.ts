import { expect, test } from "vitest";
import { bare, grouped, oneIn, pattern } from "./numbers";

test("a number is printed in groups of four and read without them", () => {
  expect(grouped("880000000013")).toBe("8800 0000 0013");
  expect(grouped("88000000018")).toBe("8800 0000 018");
  expect(bare(" 8800 0000-0013 ")).toBe("880000000013");
});

test("the pattern shows what is fixed", () => {
  expect(pattern("8800", 12)).toBe("8800 •••• ••••");
  expect(pattern("", 8)).toBe("•••• ••••");
});

test("how thin numbers lie", () => {
  expect(oneIn("8800", 16, 100_000)).toBe(1_000_000);
  expect(oneIn("8800", 12, 100_000)).toBe(100);
  expect(oneIn("88000000", 8, 1)).toBe(1);
});
