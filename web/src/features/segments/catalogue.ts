import type {
  Bought,
  Circle,
  DraftBought,
  DraftField,
  Measure,
  Operator,
  Period,
  Picked,
  Span,
  Value,
  Where,
  Window,
} from "./rule";
import { isInstantMeasure, isMoneyMeasure, newId } from "./rule";

export type FieldType =
  | "text"
  | "number"
  | "money"
  | "date"
  | "instant"
  | "bool"
  | "choice"
  | "list"
  | "birthday"
  | "place";

/** Something a rule can ask about a customer, as the server offers it. */
export interface CatalogueField {
  readonly key: string;
  readonly type: FieldType;
  readonly ops: readonly Operator[];
  readonly group: string;
  /** What the values of a choice or a list are: words, or the numbers of stores, colleagues, companies. */
  readonly value_kind: string;
}

/** All that a rule can ask about. */
export interface Catalogue {
  readonly fields: readonly CatalogueField[];
  readonly measures: readonly Measure[];
  /** What purchases can be narrowed to: category, store, channel… */
  readonly whereFields: readonly CatalogueField[];
}

/** Which wording and which editor a type of value takes. */
export type Family = "text" | "number" | "date" | "bool" | "list" | "birthday" | "place";

export function familyOf(type: FieldType): Family {
  switch (type) {
    case "number":
    case "money":
      return "number";
    case "date":
    case "instant":
      return "date";
    case "bool":
      return "bool";
    case "list":
    case "birthday":
    case "place":
      return type;
    default:
      return "text";
  }
}

export function findField(fields: readonly CatalogueField[], key: string): CatalogueField | undefined {
  return fields.find((field) => field.key === key);
}

/** The operator most people mean first. */
const FIRST_CHOICE: Record<Family, readonly Operator[]> = {
  text: ["in", "eq", "contains"],
  number: ["gte", "eq"],
  date: ["last_n", "gte", "next_n"],
  bool: ["eq"],
  list: ["in", "contains"],
  birthday: ["during"],
  place: ["within"],
};

export function firstOperator({ type, ops }: CatalogueField): Operator {
  return FIRST_CHOICE[familyOf(type)].find((op) => ops.includes(op)) ?? ops[0] ?? "is_set";
}

export function newField(field: CatalogueField): DraftField {
  const op = firstOperator(field);
  return {
    id: newId(),
    kind: "field",
    negated: false,
    field: field.key,
    op,
    value: firstValue(familyOf(field.type), op),
  };
}

/** What stands in a fresh value editor; null is empty, and so unfinished. */
export function firstValue(family: Family, op: Operator): Value {
  if (op === "last_n" || op === "next_n") return { n: 30, unit: "days" } satisfies Span;
  if (op === "between") return { from: "", to: "" };
  if (op === "in" || op === "not_in") return [];
  if (op === "during") return { which: "this", unit: "month" } satisfies Period;
  if (op === "within") return { latitude: null, longitude: null, km: 5 } satisfies Circle;
  return family === "bool" ? true : null;
}

/** The value kept when the operator changes, if it still means something. */
export function carriedValue(family: Family, from: Operator, to: Operator, value: Value | undefined): Value {
  const shape = shapeOf(from);
  if (value !== undefined && shape === shapeOf(to)) return value;
  if (
    shape === "one" &&
    shapeOf(to) === "many" &&
    (typeof value === "number" || (typeof value === "string" && value !== ""))
  ) {
    return [value];
  }
  if (shape === "many" && shapeOf(to) === "one" && isList(value)) return value[0] ?? null;
  return firstValue(family, to);
}

/** `Array.isArray` that also narrows a read-only list. */
export function isList(value: Value | undefined): value is readonly Picked[] {
  return Array.isArray(value);
}

function shapeOf(op: Operator): "none" | "one" | "many" | "span" | "range" | "period" | "circle" {
  if (op === "is_set" || op === "is_not_set") return "none";
  if (op === "in" || op === "not_in") return "many";
  if (op === "last_n" || op === "next_n") return "span";
  if (op === "during") return "period";
  if (op === "within") return "circle";
  return op === "between" ? "range" : "one";
}

export const DEFAULT_WINDOW: Window = { last: { n: 90, unit: "days" } };

/** A fresh question about purchases. */
export function newBought(bought: Partial<Bought> = {}): DraftBought {
  return {
    id: newId(),
    kind: "bought",
    negated: false,
    measure: "orders",
    op: "gte",
    value: 1,
    window: DEFAULT_WINDOW,
    ...bought,
  };
}

/** The condition asked of another measure: figures keep their value, dates and amounts start anew. */
export function withMeasure(bought: DraftBought, measure: Measure, currency: string): DraftBought {
  const { currency: _, ...rest } = bought;
  if (isInstantMeasure(measure))
    return { ...rest, measure, op: "last_n", value: { n: 30, unit: "days" }, window: { ever: true } };
  const wasInstant = isInstantMeasure(bought.measure);
  const wasMoney = isMoneyMeasure(bought.measure);
  const money = isMoneyMeasure(measure);
  return {
    ...rest,
    measure,
    op: wasInstant ? "gte" : bought.op,
    value: wasInstant || wasMoney !== money ? (money ? null : 1) : bought.value,
    window: wasInstant ? DEFAULT_WINDOW : bought.window,
    ...(money ? { currency: bought.currency ?? currency } : {}),
  };
}

export const FIGURE_OPERATORS: readonly Operator[] = ["gte", "gt", "eq", "ne", "lte", "lt", "between"];
export const INSTANT_OPERATORS: readonly Operator[] = ["last_n", "lt", "gte", "between"];

/** Bought nothing at all in the window: said in words of its own. */
export function isNothing({ measure, op, value }: Bought): boolean {
  return (
    measure === "orders" &&
    ((op === "eq" && value === 0) || (op === "lt" && value === 1) || (op === "lte" && value === 0))
  );
}

/** Bought, how often does not matter. */
export function isSomething({ measure, op, value }: Bought): boolean {
  return measure === "orders" && ((op === "gte" && value === 1) || (op === "gt" && value === 0));
}

export function newWhere(field: CatalogueField): Where {
  const op = firstOperator(field);
  return { field: field.key, op, value: firstValue(familyOf(field.type), op) };
}
