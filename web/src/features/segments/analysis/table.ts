import type { Node } from "@/api/rule";
import type { components } from "@/api/schema";
import { conditionOf } from "./rules";

type Schemas = components["schemas"];
export type CrossFigures = Schemas["SegmentsFiguresOut"];
export type Entry = Omit<Schemas["EntryOut"], "condition"> & { readonly condition: Node | null };
export type DimensionTold = Schemas["DimensionOut"];
export type CrossTable = Omit<Schemas["CrossOut"], "axes"> & { readonly axes: readonly (readonly Entry[])[] };

export const MEASURES = ["people", "share", "row_share", "index", "revenue", "average_order", "frequency"] as const;
export type Measure = (typeof MEASURES)[number];

/** Under so many expected people "more than expected" says nothing (Cochran 1954). */
export const FEWEST_EXPECTED = 5;

const NOBODY: CrossFigures = {
  customers: 0,
  orders: 0,
  revenue_minor: 0,
  average_order_minor: null,
  frequency: null,
};

/** One place of the table: its figures, the row and the whole it is measured against, and whom it opens. */
export interface Place {
  readonly figures: CrossFigures;
  readonly ofRow: CrossFigures;
  readonly expected: number | null;
  /** Null where no rule chooses exactly these people. */
  readonly conditions: readonly Node[] | null;
}

export interface Grid {
  readonly whole: CrossFigures;
  readonly rows: readonly { readonly entry: Entry; readonly total: Place; readonly cells: readonly Place[] }[];
  readonly columns: readonly { readonly entry: Entry; readonly total: Place }[];
}

/** The table of two attributes row by row. Where there is nobody the server sends no cell; here it is a zero. */
export function gridOf(table: CrossTable): Grid {
  const { whole, dimensions, cells } = table;
  const [rowAxis = [], columnAxis = []] = table.axes;
  const [rowHasSeveral = false, columnHasSeveral = false] = dimensions.map(({ has_several }) => has_several);
  const found = new Map(cells.map(({ at, figures }) => [at.join(), figures]));
  const rowOf = rowAxis.map((entry) => conditionOf(entry, rowAxis, rowHasSeveral));
  const columnOf = columnAxis.map((entry) => conditionOf(entry, columnAxis, columnHasSeveral));
  const single = (condition: Node | null | undefined) => (condition ? [condition] : null);
  return {
    whole,
    columns: columnAxis.map((entry, column) => ({
      entry,
      total: { figures: entry.figures, ofRow: whole, expected: null, conditions: single(columnOf[column]) },
    })),
    rows: rowAxis.map((entry, row) => ({
      entry,
      total: { figures: entry.figures, ofRow: entry.figures, expected: null, conditions: single(rowOf[row]) },
      cells: columnAxis.map((other, column) => {
        const [mine, its] = [rowOf[row], columnOf[column]];
        return {
          figures: found.get(`${row},${column}`) ?? NOBODY,
          ofRow: entry.figures,
          expected: whole.customers > 0 ? (entry.figures.customers * other.figures.customers) / whole.customers : null,
          conditions: mine && its ? [mine, its] : null,
        };
      }),
    })),
  };
}

/** What stands at a place; null where there is nothing to divide by, or too few to say. Amounts in minor units. */
export function measured(measure: Measure, { figures, ofRow, expected }: Place, whole: CrossFigures): number | null {
  const ratio = (part: number, of: number) => (of > 0 ? part / of : null);
  switch (measure) {
    case "people":
      return figures.customers;
    case "share":
      return ratio(figures.customers, whole.customers);
    case "row_share":
      return ratio(figures.customers, ofRow.customers);
    case "index":
      return expected === null || expected < FEWEST_EXPECTED ? null : figures.customers / expected;
    case "revenue":
      return figures.revenue_minor;
    case "average_order":
      return figures.average_order_minor;
    case "frequency":
      return figures.frequency;
  }
}

export interface Heat {
  /** Below is what an index under 1 is; the others have only more of it or less. */
  readonly side: "more" | "less";
  /** 0 to 1. */
  readonly strength: number;
}

/** A third more or less than expected is half of the full colour; thrice as many, or a third, all of it. */
export function heatOfIndex(index: number | null): Heat | null {
  if (index === null) return null;
  const strength = index === 0 ? 1 : Math.min(Math.abs(Math.log(index)) / Math.log(3), 1);
  return { side: index >= 1 ? "more" : "less", strength };
}

/** By how much of the largest it is. */
export function heatOfAmount(value: number | null, largest: number): Heat | null {
  if (value === null || largest <= 0 || value <= 0) return null;
  return { side: "more", strength: Math.min(value / largest, 1) };
}

export function heatOf(measure: Measure, value: number | null, largest: number): Heat | null {
  return measure === "index" ? heatOfIndex(value) : heatOfAmount(value, largest);
}

/** The largest of all cells, which takes the full colour. */
export function largestOf(grid: Grid, measure: Measure): number {
  const values = grid.rows.flatMap(({ cells }) => cells.map((cell) => measured(measure, cell, grid.whole) ?? 0));
  return Math.max(0, ...values);
}

type CsvCell = string | number | null;

/** The table as it is shown, for a spreadsheet: amounts in whole units, shares as fractions. */
export function csvRows(
  grid: Grid,
  measure: Measure,
  say: { corner: string; total: string; row: (entry: Entry) => string; column: (entry: Entry) => string },
  exponent: number,
): readonly (readonly CsvCell[])[] {
  const isMoney = measure === "revenue" || measure === "average_order";
  const written = (place: Place): CsvCell => {
    const value = measured(measure, place, grid.whole);
    if (value === null) return null;
    return isMoney ? Number((value / 10 ** exponent).toFixed(exponent)) : Number(value.toFixed(6));
  };
  const all: Place = { figures: grid.whole, ofRow: grid.whole, expected: null, conditions: [] };
  return [
    [say.corner, ...grid.columns.map(({ entry }) => say.column(entry)), say.total],
    ...grid.rows.map(({ entry, cells, total }) => [say.row(entry), ...cells.map(written), written(total)]),
    [say.total, ...grid.columns.map(({ total }) => written(total)), written(all)],
  ];
}
