import { decimalToMinor } from "@/format/money";
import type { CostTold } from "./api";

/** Lines as they are copied from a spreadsheet, read. `refused` are those that say no cost, by their number. */
export interface ReadCosts {
  readonly costs: CostTold[];
  readonly refused: readonly number[];
}

const DAY = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/;

/** SKU, cost and, where it differs from `day`, the day it begins; between them tabs, commas or semicolons. A first line
 * of headings is left out. */
export function readCosts(text: string, { currency, day }: { currency: string; day: string }): ReadCosts {
  const costs: CostTold[] = [];
  const refused: number[] = [];
  text.split(/\r?\n/).forEach((line, place) => {
    if (!line.trim()) return;
    const [sku = "", amount = "", since = ""] = line
      .split(line.includes("\t") ? "\t" : /[,;，；]/)
      .map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    const minor = decimalToMinor(amount, currency);
    const starts_on = since === "" ? day : calendarDay(since);
    if (sku && minor !== null && minor >= 0 && starts_on) {
      costs.push({ sku, cost: { amount_minor: minor, currency }, starts_on });
    } else if (place > 0 || /\d/.test(amount)) {
      refused.push(place + 1);
    }
  });
  return { costs, refused };
}

function calendarDay(text: string): string | null {
  const match = DAY.exec(text);
  if (!match) return null;
  const [, year = "", month = "", day = ""] = match;
  const written = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const read = new Date(`${written}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(written) ? written : null;
}
