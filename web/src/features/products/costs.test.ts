import { expect, test } from "vitest";
import { readCosts } from "./costs";

const read = (text: string) => readCosts(text, { currency: "CNY", day: "2026-11-30" });
const cost = (sku: string, amount_minor: number, starts_on = "2026-11-30") => ({
  sku,
  cost: { amount_minor, currency: "CNY" },
  starts_on,
});

test("columns copied from a spreadsheet are read, and headings left out", () => {
  expect(read("编码\t成本\t从哪天起\nTIN\t30.00\t2026-09-01\r\nCUP\t5\t2026/9/2\nBAG\t0\n\n")).toEqual({
    costs: [cost("TIN", 3_000, "2026-09-01"), cost("CUP", 500, "2026-09-02"), cost("BAG", 0)],
    refused: [],
  });
});

test("commas and semicolons part columns too, and thousands may be grouped between tabs", () => {
  expect(read('"TIN",30.5\nCUP;5.00;2026-09-01').costs).toEqual([cost("TIN", 3_050), cost("CUP", 500, "2026-09-01")]);
  expect(read("TIN\t1,234.50").costs).toEqual([cost("TIN", 123_450)]);
});

test("a line that says no cost is told by its number", () => {
  expect(read("TIN,-1\nCUP,5.001\n,5\nBAG,\nPOT,1,2026-02-30\nOK,1").refused).toEqual([1, 2, 3, 4, 5]);
});
