import type { SqlAnswer } from "./api";

export type Cell = string | number | boolean | null;

export const PAGE_ROWS = 100;

/** Figures stand on the right. */
export function isFigure(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/.test(type);
}

const FEWEST_DECIMALS = 2;

/** A decimal without more zeros than a column of amounts needs: `12.500` is `12.50`, `3.000` is `3.00`. */
export function shownCell(value: Cell, type: string): string {
  if (value === null) return "";
  const text = String(value);
  const point = type.startsWith("DECIMAL") ? text.indexOf(".") : -1;
  if (point < 0) return text;
  const kept = text.slice(0, point + 1 + FEWEST_DECIMALS);
  return kept + text.slice(kept.length).replace(/0+$/, "");
}

/** The numbers of the customers in an answer, each once; null where it has no such column. */
export function peopleIn({ columns, rows }: Pick<SqlAnswer, "columns" | "rows">): number[] | null {
  const at = columns.findIndex(({ name, type }) => name === "customer_id" && isFigure(type));
  if (at < 0) return null;
  const found = new Set<number>();
  for (const row of rows) {
    const value = (row as Cell[])[at];
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) found.add(value);
  }
  return [...found];
}

/** The answer as a spreadsheet takes it from the clipboard: cells by tabs, rows by lines. */
export function tabbed({ columns, rows }: Pick<SqlAnswer, "columns" | "rows">): string {
  const clean = (text: string) => {
    const flat = text.replace(/[\t\r\n]+/g, " ");
    // A spreadsheet takes what begins like this for a formula.
    return /^[=+\-@]/.test(flat) && !/^-?\d+(\.\d+)?$/.test(flat) ? `'${flat}` : flat;
  };
  const lines = rows.map((row) =>
    (row as Cell[]).map((cell, at) => clean(shownCell(cell, columns[at]?.type ?? ""))).join("\t"),
  );
  return [columns.map(({ name }) => clean(name)).join("\t"), ...lines].join("\n");
}
