import { describe, expect, test } from "vitest";
import type { Node, Rule } from "@/api/rule";
import { trimmed } from "./DistributionTab";
import { numberOf, printAsked, readAsked, typedEdges } from "./dimension";
import { conditionOf, narrowed, secondOnly } from "./rules";
import {
  type CrossFigures,
  type CrossTable,
  csvRows,
  type Entry,
  gridOf,
  heatOfAmount,
  heatOfIndex,
  largestOf,
  measured,
} from "./table";
import { leaningOf, strengthOf, verdictOf } from "./verdict";

const FEMALE: Node = { field: "gender", op: "eq", value: "female" };
const UNKNOWN_GENDER: Node = { field: "gender", op: "is_not_set" };
const LEEDS: Node = { field: "city", op: "eq", value: "Leeds" };
const YORK: Node = { field: "city", op: "eq", value: "York" };
const UNKNOWN_CITY: Node = { field: "city", op: "is_not_set" };

function figures(customers: number, orders = 0, revenue_minor = 0): CrossFigures {
  return {
    customers,
    orders,
    revenue_minor,
    average_order_minor: orders > 0 ? revenue_minor / orders : null,
    frequency: customers > 0 ? orders / customers : null,
  };
}

function entry(key: string | null, told: CrossFigures, condition: Node | null, is_others = false): Entry {
  return { key, label: null, is_others, figures: told, share: told.customers / 100, condition };
}

/** 100 people: 60 women and 40 of whom it is not known; 50 of Leeds, 30 of York, 20 elsewhere. */
const TABLE: CrossTable = {
  dimensions: [
    { field: "gender", type: "choice", edges: [], period: null, currency: null, has_several: false },
    { field: "city", type: "text", edges: [], period: null, currency: null, has_several: false },
  ],
  axes: [
    [entry("female", figures(60, 120, 123_456), FEMALE), entry(null, figures(40), UNKNOWN_GENDER)],
    [
      entry("Leeds", figures(50, 80, 100_000), LEEDS),
      entry("York", figures(30, 40, 23_456), YORK),
      entry(null, figures(20), null, true),
    ],
  ],
  cells: [
    { at: [0, 0], figures: figures(40, 80, 100_000), share: 0.4, expected: 30, index: 40 / 30 },
    { at: [0, 1], figures: figures(20, 40, 23_456), share: 0.2, expected: 18, index: 20 / 18 },
    { at: [1, 0], figures: figures(10), share: 0.1, expected: 20, index: 0.5 },
    { at: [1, 1], figures: figures(10), share: 0.1, expected: 12, index: 10 / 12 },
    { at: [1, 2], figures: figures(20), share: 0.2, expected: 8, index: 2.5 },
  ],
  whole: figures(100, 120, 123_456),
  currency: "GBP",
  as_of: "2026-01-01T00:00:00Z",
  fresh_at: null,
};

describe("whom a figure opens", () => {
  const base: Rule = {
    version: 1,
    as_of: "2026-01-01T00:00:00Z",
    root: { all: [{ field: "member", op: "eq", value: true }] },
  };

  test("of everybody: those who meet the conditions", () => {
    expect(narrowed(null, [FEMALE, LEEDS])).toEqual({ version: 1, as_of: null, root: { all: [FEMALE, LEEDS] } });
  });

  test("of a rule: its own conditions first, judged at its own moment", () => {
    expect(narrowed(base, [LEEDS])).toEqual({
      version: 1,
      as_of: "2026-01-01T00:00:00Z",
      root: { all: [{ field: "member", op: "eq", value: true }, LEEDS] },
    });
  });

  test("a rule that asks for any of several stays whole inside", () => {
    const either: Rule = { version: 1, as_of: null, root: { any: [LEEDS, YORK] } };
    expect(narrowed(either, [FEMALE]).root).toEqual({ all: [{ any: [LEEDS, YORK] }, FEMALE] });
  });

  test("the second of two groups is without the first; everybody else too", () => {
    expect(secondOnly(base, { version: 1, as_of: null, root: LEEDS }).root).toEqual({
      all: [LEEDS, { not: base.root }],
    });
    expect(secondOnly(base, null).root).toEqual({ all: [{ not: base.root }] });
  });

  test("the others are those with none of the values named and not those unknown", () => {
    const axis = [
      { is_others: false, condition: LEEDS },
      { is_others: false, condition: YORK },
      { is_others: true, condition: null },
      { is_others: false, condition: UNKNOWN_CITY },
    ];
    const others = { is_others: true, condition: null };
    expect(conditionOf(others, axis, false)).toEqual({
      not: { any: [{ field: "city", op: "in", value: ["Leeds", "York"] }, UNKNOWN_CITY] },
    });
    expect(conditionOf(others, axis, true)).toBeNull();
    expect(conditionOf({ is_others: false, condition: YORK }, axis, false)).toBe(YORK);
  });
});

describe("the table", () => {
  const grid = gridOf(TABLE);

  test("a cell opens the people of its row and its column", () => {
    expect(grid.rows[0]?.cells[1]?.conditions).toEqual([FEMALE, YORK]);
    expect(grid.rows[1]?.total.conditions).toEqual([UNKNOWN_GENDER]);
    expect(grid.columns[0]?.total.conditions).toEqual([LEEDS]);
  });

  test("where nobody is there is a zero, with what was expected", () => {
    const nobody = grid.rows[0]?.cells[2];
    expect(nobody?.figures.customers).toBe(0);
    expect(nobody?.expected).toBe(12);
    expect(nobody && measured("index", nobody, grid.whole)).toBe(0);
    expect(nobody && measured("average_order", nobody, grid.whole)).toBeNull();
  });

  test("measures of a cell", () => {
    const cell = grid.rows[0]?.cells[0];
    if (!cell) throw new Error("no cell");
    const told = (["people", "share", "row_share", "index", "revenue", "average_order", "frequency"] as const).map(
      (measure) => measured(measure, cell, grid.whole),
    );
    expect(told).toEqual([40, 0.4, 40 / 60, 40 / 30, 100_000, 1250, 2]);
    expect(measured("index", { ...cell, expected: 4.99 }, grid.whole)).toBeNull();
    expect(largestOf(grid, "people")).toBe(40);
  });

  test("as a file: what is shown, with its totals, amounts in whole units", () => {
    const name = ({ key, is_others }: Entry) => (is_others ? "Others" : String(key ?? "Not known"));
    const say = { corner: "Gender", total: "Total", row: name, column: name };
    expect(csvRows(grid, "people", say, 2)).toEqual([
      ["Gender", "Leeds", "York", "Others", "Total"],
      ["female", 40, 20, 0, 60],
      ["Not known", 10, 10, 20, 40],
      ["Total", 50, 30, 20, 100],
    ]);
    expect(csvRows(grid, "revenue", say, 2)[1]).toEqual(["female", 1000, 234.56, 0, 1234.56]);
    expect(csvRows(grid, "revenue", say, 0)[1]).toEqual(["female", 100_000, 23_456, 0, 123_456]);
    expect(csvRows(grid, "index", say, 2)[1]).toEqual(["female", 1.333333, 1.111111, 0, null]);
  });

  test("colours: amounts by the largest, an index by how far it is from 1", () => {
    expect(heatOfAmount(20, 40)).toEqual({ side: "more", strength: 0.5 });
    expect(heatOfAmount(0, 40)).toBeNull();
    expect(heatOfAmount(-5, 40)).toBeNull();
    expect(heatOfIndex(1)).toEqual({ side: "more", strength: 0 });
    expect(heatOfIndex(3)).toEqual({ side: "more", strength: 1 });
    expect(heatOfIndex(9)).toEqual({ side: "more", strength: 1 });
    expect(heatOfIndex(0)).toEqual({ side: "less", strength: 1 });
    expect(heatOfIndex(1 / 3)?.side).toBe("less");
    expect(heatOfIndex(1 / 3)?.strength).toBeCloseTo(1);
    expect(heatOfIndex(null)).toBeNull();
  });
});

describe("statistics in words", () => {
  test.each([
    [0, "sure"],
    [0.000_99, "sure"],
    [0.001, "very_likely"],
    [0.01, "likely"],
    [0.05, "chance"],
    [1, "chance"],
    [null, "too_few"],
  ] as const)("p of %s", (p, verdict) => {
    expect(verdictOf(p)).toBe(verdict);
  });

  test("a difference leans one way only when it is no chance", () => {
    expect([leaningOf(0.1, 0.01), leaningOf(-0.1, 0.01)]).toEqual(["over", "under"]);
    expect([leaningOf(0.5, 0.05), leaningOf(0.5, null), leaningOf(0, 0)]).toEqual(["same", "same", "same"]);
  });

  test("rho by its size, and none where it may be chance", () => {
    expect([0.5, -0.49, 0.29, 0.09].map((rho) => strengthOf(rho, 0.001))).toEqual(["strong", "clear", "weak", "none"]);
    expect([strengthOf(0.9, 0.05), strengthOf(0.9, null)]).toEqual(["none", "none"]);
  });
});

test("attributes go through the address with what days are put together by", () => {
  for (const text of ["gender", "created_at~year", "created_at~quarter", "created_at~month"])
    expect(printAsked(readAsked(text) ?? { field: "" })).toBe(text);
  expect(readAsked("")).toBeNull();
  expect(readAsked("created_at~decade")).toEqual({ field: "created_at" });
  expect(readAsked("spent~-50_0_12.5")).toEqual({ field: "spent", edges: [-50, 0, 12.5] });
  // What is no bands is none of the link's making: the server parts them.
  for (const broken of [
    "3_1",
    "1_1",
    "1__2",
    "_1",
    "x",
    "0x10",
    "1e999",
    "9007199254740993",
    Array.from({ length: 51 }, (_, n) => n).join("_"),
  ])
    expect(readAsked(`spent~${broken}`)).toEqual({ field: "spent" });
});

test("a histogram has no empty ends, but keeps what is empty between", () => {
  const bins = [0, 3, 0, 5, 0].map((customers) => ({ customers }));
  expect(trimmed(bins).map(({ customers }) => customers)).toEqual([3, 0, 5]);
  expect(trimmed([{ customers: 0 }])).toEqual([]);
});

test("edges are typed with commas or spaces, and what is no band is said", () => {
  const read = numberOf;
  expect(typedEdges("100，500、 1000", read)).toEqual({ edges: [100, 500, 1000] });
  expect(typedEdges(" ", read)).toEqual({ edges: [] });
  expect(typedEdges("1, two", read)).toEqual({ fault: "not_numbers" });
  expect(typedEdges("1 99999999999999999", read)).toEqual({ fault: "not_numbers" });
  expect(typedEdges("5, 5", read)).toEqual({ fault: "not_rising" });
  expect(typedEdges(Array.from({ length: 51 }, (_, n) => n).join(" "), read)).toEqual({ fault: "too_many" });
});
