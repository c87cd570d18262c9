import type { Window } from "@/api/rule";
import type { CatalogueField, FieldType } from "../catalogue";

export const PERIODS = ["month", "quarter", "year"] as const;
export type DayPeriod = (typeof PERIODS)[number];

/** An attribute people are told apart by; days are put together by `period`, figures in bands that part at `edges`. */
export interface Asked {
  readonly field: string;
  readonly period?: DayPeriod;
  /** Rising, in the units of rules: of an amount its smallest. */
  readonly edges?: number[];
}

export const MOST_EDGES = 50;
const BETWEEN_EDGES = "_";

/** As it stands in the address: `gender`, `created_at~year`, `orders_count~1_3_10`. */
export function readAsked(text: string): Asked | null {
  const [field = "", how = ""] = text.split("~");
  if (field === "") return null;
  const period = PERIODS.find((one) => one === how);
  if (period) return { field, period };
  const edges = how.split(BETWEEN_EDGES).map((word) => numberOf(word) ?? Number.NaN);
  return areEdges(edges) ? { field, edges } : { field };
}

export function printAsked({ field, period, edges = [] }: Asked): string {
  if (edges.length > 0) return `${field}~${edges.join(BETWEEN_EDGES)}`;
  return period ? `${field}~${period}` : field;
}

function areEdges(numbers: readonly number[]): boolean {
  const rises = numbers.every((edge, place) => place === 0 || edge > (numbers[place - 1] ?? Number.NaN));
  return numbers.length > 0 && numbers.length <= MOST_EDGES && numbers.every(isHeld) && rises;
}

/** Is it a number that is the same there and back? */
function isHeld(edge: number): boolean {
  return Number.isFinite(edge) && Math.abs(edge) <= Number.MAX_SAFE_INTEGER;
}

/** A number as one writes it. */
export function numberOf(word: string): number | null {
  return /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : null;
}

export type EdgesFault = "not_numbers" | "not_rising" | "too_many";

/** What she typed (`100, 500 1000`), each read by `read`; what is wrong with it otherwise. */
export function typedEdges(
  text: string,
  read: (word: string) => number | null,
): { readonly edges: number[] } | { readonly fault: EdgesFault } {
  const words = text.split(/[,，、;；\s]+/).filter((word) => word !== "");
  const numbers = words.map(read).filter((edge) => edge !== null && isHeld(edge)) as number[];
  if (numbers.length < words.length) return { fault: "not_numbers" };
  if (numbers.length > MOST_EDGES) return { fault: "too_many" };
  return numbers.length === 0 || areEdges(numbers) ? { edges: numbers } : { fault: "not_rising" };
}

/** Days are put together by year unless she asks for less: months of many years are too many for a table. */
export function askedOf(field: CatalogueField): Asked {
  return isDay(field.type) ? { field: field.key, period: "year" } : { field: field.key };
}

export function isDay(type: FieldType): boolean {
  return type === "date" || type === "instant";
}

/** A lunar birthday has no month, and a place is no value. */
export function isDimension({ type }: CatalogueField): boolean {
  return type !== "birthday" && type !== "place";
}

export function isFigure({ type }: CatalogueField): boolean {
  return type === "number" || type === "money";
}

export const WINDOWS = ["ever", "last_90", "last_365", "this_year"] as const;
export type WindowName = (typeof WINDOWS)[number];

export function windowOf(name: WindowName): Window {
  switch (name) {
    case "ever":
      return { ever: true };
    case "last_90":
      return { last: { n: 90, unit: "days" } };
    case "last_365":
      return { last: { n: 365, unit: "days" } };
    case "this_year":
      return { calendar: { which: "this", unit: "year" } };
  }
}

/** Figures of purchases that are no fields of the file. */
export const PURCHASES = ["frequency", "amount", "average_order", "recency_days"] as const;
export type Purchase = (typeof PURCHASES)[number];

export function isPurchase(figure: string): figure is Purchase {
  return PURCHASES.some((one) => one === figure);
}
