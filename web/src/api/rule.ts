/** A segment's rule as the API speaks it. Nothing here knows React or the network. */

export type Unit = "hours" | "days" | "weeks" | "months" | "years";
export type CalendarUnit = "week" | "month" | "quarter" | "year";

export type Window =
  | { readonly last: { readonly n: number; readonly unit: Unit } }
  | { readonly between: { readonly from?: string; readonly to?: string } }
  | { readonly ago: { readonly from_n: number; readonly to_n: number; readonly unit: Unit } }
  | { readonly calendar: { readonly which: "this" | "last"; readonly unit: CalendarUnit } }
  | { readonly next: { readonly n: number; readonly unit: Unit } }
  | { readonly ever: true };

export type Operator =
  | "eq"
  | "ne"
  | "in"
  | "not_in"
  | "contains"
  | "starts_with"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "between"
  | "is_set"
  | "is_not_set"
  | "last_n"
  | "next_n"
  | "anniversary_last_n"
  | "anniversary_next_n"
  | "during"
  | "within";

export interface Span {
  readonly n: number;
  readonly unit: Unit;
}

/** A calendar period that a birthday falls in. */
export interface Period {
  readonly which: "this" | "last" | "next";
  readonly unit: CalendarUnit;
}

/** Everywhere within so many kilometres of a point; null where it is not told yet. */
export interface Circle {
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly km: number | null;
}

/** Everywhere within so many kilometres of a store; null where it is not told yet. */
export interface AroundStore {
  readonly store: number | null;
  readonly km: number | null;
}

/** Both ends of "between", as they are typed: the API writes them as a list of two. */
export interface Range {
  readonly from: number | string;
  readonly to: number | string;
}

/** A value picked from a list: a word, or the number of a store, a product, a source. */
export type Picked = string | number;

export type Value = Picked | boolean | readonly Picked[] | Span | Range | Period | Circle | AroundStore | null;

export interface Where {
  readonly field: string;
  readonly op: Operator;
  readonly value?: Value;
}

export interface FieldCondition {
  readonly field: string;
  readonly op: Operator;
  readonly value?: Value;
  /** Of an amount; left out, the operator's own. */
  readonly currency?: string;
}

export type Measure =
  | "orders"
  | "lines"
  | "quantity"
  | "net"
  | "average_order"
  | "distinct_products"
  | "first_at"
  | "last_at";

export interface Bought {
  readonly measure: Measure;
  readonly op: Operator;
  readonly value?: Value;
  readonly currency?: string;
  readonly where?: readonly Where[];
  readonly window: Window;
}

/** What may happen to people besides purchases; the server's catalogue says which verbs and details each has. */
export const ACTIVITIES = [
  "did",
  "cart",
  "check_in",
  "message",
  "coupon",
  "points",
  "stored_value",
  "supply",
  "group",
  "voucher",
] as const;
export type ActivityKey = (typeof ACTIVITIES)[number];

/** What is told of the times it happened. */
export type Tally = "count" | "sum" | "first_at" | "last_at";

/** Something that happens: an activity with one of its verbs, or, where there is no verb, a purchase. */
export interface Occurrence {
  readonly verb?: string;
  readonly currency?: string;
  readonly where?: readonly Where[];
}

export interface Happened extends Occurrence {
  readonly measure: Tally;
  /** What is summed: a detail, or a property (`properties.price`). */
  readonly of?: string;
  readonly op: Operator;
  readonly value?: Value;
  readonly window: Window;
}

/** How a limit begins that asks for a free property of an event: `properties.color`. */
export const PROPERTY = "properties.";

export type StepKind = "bought" | ActivityKey;
export type Step = { readonly [K in StepKind]: { readonly [P in K]: Occurrence } }[StepKind];

/** So long as a clock counts it. */
export interface Within {
  readonly n: number;
  readonly unit: WithinUnit;
}
export type WithinUnit = "minutes" | "hours" | "days" | "weeks";

export interface Sequence {
  readonly first: Step;
  readonly then: Step;
  readonly followed: boolean;
  readonly within: Within | null;
  readonly window: Window;
}

export interface Reach {
  readonly channel: string;
  readonly purpose: string;
}

export interface Bucket {
  readonly salt: string;
  readonly from: number;
  readonly to: number;
}

export type Node =
  | { readonly all: readonly Node[] }
  | { readonly any: readonly Node[] }
  | { readonly not: Node }
  | FieldCondition
  | { readonly bought: Bought }
  | { readonly [K in ActivityKey]: { readonly [P in K]: Happened } }[ActivityKey]
  | { readonly sequence: Sequence }
  | { readonly segment: number }
  | { readonly consent: Reach }
  | { readonly bucket: Bucket };

export interface Rule {
  readonly version: 1;
  /** The moment it is judged at; null is now. */
  readonly as_of: string | null;
  readonly root: Node;
}

/** The parts of a group. */
export function partsOf(node: Node): readonly Node[] {
  if ("all" in node) return node.all;
  if ("any" in node) return node.any;
  return "not" in node ? [node.not] : [];
}

export function takesValue(op: Operator): boolean {
  return op !== "is_set" && op !== "is_not_set";
}

export function isMoneyMeasure(measure: Measure): boolean {
  return measure === "net" || measure === "average_order";
}

export function isInstantMeasure(measure: Measure | Tally): boolean {
  return measure === "first_at" || measure === "last_at";
}
