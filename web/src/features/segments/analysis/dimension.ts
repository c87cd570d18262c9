import type { Window } from "@/api/rule";
import type { CatalogueField, FieldType } from "../catalogue";

export const PERIODS = ["month", "quarter", "year"] as const;
export type DayPeriod = (typeof PERIODS)[number];

/** An attribute people are told apart by; days are put together by `period`. */
export interface Asked {
  readonly field: string;
  readonly period?: DayPeriod;
}

/** As it stands in the address: `gender`, `created_at~year`. */
export function readAsked(text: string): Asked | null {
  const [field = "", period] = text.split("~");
  if (field === "") return null;
  const known = PERIODS.find((one) => one === period);
  return known ? { field, period: known } : { field };
}

export function printAsked({ field, period }: Asked): string {
  return period ? `${field}~${period}` : field;
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
