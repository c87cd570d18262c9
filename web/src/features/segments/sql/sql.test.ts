import { describe, expect, test } from "vitest";
import { Problem } from "@/api/problem";
import { isFigure, peopleIn, shownCell, tabbed } from "./answer";
import { faultOf, placeOf } from "./fault";

function invalid(message: string, place: Record<string, number> = {}): Problem {
  return new Problem({
    status: 422,
    code: "sql.invalid",
    title: "",
    fields: [{ where: "sql", code: "sql.unreadable", params: { message, ...place } }],
  });
}

describe("what is wrong with a question", () => {
  test("a column that is not there is told with those that are alike", () => {
    const problem = invalid('Referenced column "nett" not found in FROM clause!\nCandidate bindings: "net", "kind"', {
      line: 3,
      column: 7,
    });
    expect(faultOf(problem)).toEqual({
      code: "no_column_but",
      params: { name: "nett", candidates: "net, kind" },
      place: { line: 3, column: 7 },
    });
  });

  test.each([
    ['syntax error at or near "FORM"', "near", { near: "FORM" }],
    ["syntax error at end of input", "end", {}],
    ['column "city" must appear in the GROUP BY clause or must be part of an aggregate', "ungrouped", { name: "city" }],
    ['Ambiguous reference to column name "net" (use: "o.net" or "l.net")', "ambiguous", { name: "net" }],
    ["Could not convert string 'a' to INT32", "cast", { value: "a", type: "INT32" }],
    ["something new", "engine", { message: "something new" }],
  ])("%s", (message, code, params) => {
    expect(faultOf(invalid(message))).toEqual({ code, params, place: null });
  });

  test("what is refused is no mistake of writing, but has its place", () => {
    const problem = new Problem({
      status: 422,
      code: "sql.refused",
      title: "",
      fields: [{ where: "sql", code: "sql.table", params: { name: "x", line: 2, column: 6 } }],
    });
    expect(faultOf(problem)).toBeNull();
    expect(placeOf(problem)).toEqual({ line: 2, column: 6 });
  });
});

describe("an answer", () => {
  test("shows decimals without zeros nobody asked for", () => {
    const shown = ["12.500", "12.510", "12.512", "3.000", "-0.010", "100"].map((cell) =>
      shownCell(cell, "DECIMAL(22,3)"),
    );
    expect(shown).toEqual(["12.50", "12.51", "12.512", "3.00", "-0.01", "100"]);
    expect(shownCell("3.000", "VARCHAR")).toBe("3.000");
    expect(shownCell(false, "BOOLEAN")).toBe("false");
  });

  test("knows what stands on the right", () => {
    expect(["BIGINT", "UINTEGER", "INTEGER", "DECIMAL(22,3)", "DOUBLE", "HUGEINT"].every(isFigure)).toBe(true);
    expect(["VARCHAR", "INTEGER[]", "DATE", "BOOLEAN", "INTERVAL"].some(isFigure)).toBe(false);
  });

  test("names its people once each, where it has their numbers", () => {
    const columns = [
      { name: "city", type: "VARCHAR" },
      { name: "customer_id", type: "BIGINT" },
    ];
    expect(
      peopleIn({
        columns,
        rows: [
          ["a", 3],
          ["b", null],
          ["c", 3],
          ["d", 5],
        ],
      }),
    ).toEqual([3, 5]);
    expect(peopleIn({ columns: columns.slice(0, 1), rows: [["a"]] })).toBeNull();
  });

  test("is copied as a spreadsheet takes it, and runs no formula there", () => {
    const columns = [
      { name: "name", type: "VARCHAR" },
      { name: "net", type: "DECIMAL(22,3)" },
    ];
    expect(
      tabbed({
        columns,
        rows: [
          ["=1+1\tx", "-12.500"],
          [null, null],
        ],
      }),
    ).toBe("name\tnet\n'=1+1 x\t-12.50\n\t");
  });
});
