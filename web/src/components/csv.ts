type Cell = string | number | null;

/** A spreadsheet takes a cell that begins like this as a formula; an apostrophe in front makes it text again. */
const FORMULA_START = /^[=+\-@\t\r]/;

/** Rows as CSV (RFC 4180); text that a spreadsheet would run as a formula is made harmless. */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(cellText).join(",")).join("\r\n");
}

export function downloadCsv(name: string, rows: readonly (readonly Cell[])[]): void {
  // The mark at the start is how Excel knows that the file is UTF-8.
  downloadBlob(`${name}.csv`, new Blob(["\ufeff", csvOf(rows)], { type: "text/csv;charset=utf-8" }));
}

export function downloadBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
