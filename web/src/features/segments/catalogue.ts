import {
  type ActivityKey,
  type AroundStore,
  type Bought,
  type Happened,
  isInstantMeasure,
  isMoneyMeasure,
  type Measure,
  type Occurrence,
  type Operator,
  type Period,
  type Picked,
  PROPERTY,
  type Span,
  type StepKind,
  type Tally,
  type Value,
  type Where,
  type Window,
  type WithinUnit,
} from "@/api/rule";
import {
  type DraftBought,
  type DraftField,
  type DraftHappened,
  type DraftSequence,
  type DraftStep,
  newId,
} from "./draft";

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
  /** Of an amount that is always in this currency. */
  readonly currency?: string | null;
}

/** A name in both languages, as the server gives it. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** One way something happens: opened, of messages. `ahead`: it may lie in the future. */
export interface Verb {
  readonly key: string;
  readonly words: Words;
  /** That there was no time at all. */
  readonly none: Words;
  readonly ahead: boolean;
}

/** What may happen to people besides purchases. */
export interface Activity {
  readonly key: ActivityKey;
  readonly words: Words;
  readonly verbs: readonly Verb[];
  readonly measures: readonly Tally[];
  /** The details that can be summed. */
  readonly sums: readonly string[];
  readonly has_properties: boolean;
  readonly where_fields: readonly CatalogueField[];
}

export interface Choice {
  readonly value: string;
  readonly words: Words;
}

/** All that a rule can ask about. */
export interface Catalogue {
  readonly fields: readonly CatalogueField[];
  /** Fields of the operator's own that were put away: not offered, and shown where a rule asks them. */
  readonly archived: readonly CatalogueField[];
  readonly measures: readonly Measure[];
  /** What purchases can be narrowed to: category, store, channel… */
  readonly whereFields: readonly CatalogueField[];
  readonly activities: readonly Activity[];
  /** What may come one after another, and in which units the time between is told. */
  readonly steps: readonly StepKind[];
  readonly withinUnits: readonly WithinUnit[];
  readonly channels: readonly Choice[];
  readonly purposes: readonly Choice[];
  /** The zone in which a day begins. */
  readonly timezone: string;
}

export function findActivity(catalogue: Catalogue, key: string): Activity | undefined {
  return catalogue.activities.find((activity) => activity.key === key);
}

/** What a purchase or an activity can be limited by, named as its values are asked for: `did.event`. */
export function limitsOf(catalogue: Catalogue, kind: StepKind): readonly CatalogueField[] {
  return kind === "bought" ? catalogue.whereFields : (findActivity(catalogue, kind)?.where_fields ?? []);
}

/** A limit as the field whose values are picked and named: `did.event`, `did.properties.color`. */
export function limitField(
  kind: StepKind,
  limits: readonly CatalogueField[],
  where: Where,
): CatalogueField | undefined {
  if (where.field.startsWith(PROPERTY)) {
    const type = isNumberLimit(where) ? "number" : "text";
    return { key: `${kind}.${where.field}`, type, ops: PROPERTY_OPERATORS, group: kind, value_kind: "text" };
  }
  const field = findField(limits, where.field);
  return field && { ...field, key: `${kind}.${field.key}` };
}

/** Of what kind a property is, nobody declares: texts are compared as texts, numbers as numbers. */
export const PROPERTY_OPERATORS: readonly Operator[] = [
  "in",
  "not_in",
  "contains",
  "starts_with",
  "gte",
  "gt",
  "lte",
  "lt",
  "between",
  "is_set",
  "is_not_set",
];
const NUMBER_OPERATORS: readonly Operator[] = ["gte", "gt", "lte", "lt", "between"];

export function isNumberOperator(op: Operator): boolean {
  return NUMBER_OPERATORS.includes(op);
}

function isNumberLimit({ op, value }: Where): boolean {
  return isNumberOperator(op) || typeof value === "number";
}

/** Whether an activity's condition looks at amounts, so that it needs a currency. */
export function looksAtMoney(activity: Activity, { of, where }: Partial<Happened>): boolean {
  const named = [...(of ? [of] : []), ...(where ?? []).map(({ field }) => field)];
  return named.some((key) => findField(activity.where_fields, key)?.type === "money");
}

/** What is compared: a moment, an amount or a number. */
export function tallyType(activity: Activity, { measure, of }: Pick<Happened, "measure" | "of">): FieldType {
  if (isInstantMeasure(measure)) return "instant";
  return measure === "sum" && of && findField(activity.where_fields, of)?.type === "money" ? "money" : "number";
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

/** The field a rule asks, be it offered or put away. */
export function askedField({ fields, archived }: Catalogue, key: string): CatalogueField | undefined {
  return findField(fields, key) ?? findField(archived, key);
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
  // A day that stands in a file is a birthday or an end as often as something that happened of late.
  const choice: readonly Operator[] = type === "date" ? ["gte"] : FIRST_CHOICE[familyOf(type)];
  return choice.find((op) => ops.includes(op)) ?? ops[0] ?? "is_set";
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

export function isSpanOperator(op: Operator): boolean {
  return op === "last_n" || op === "next_n" || isAnniversary(op);
}

/** Asks for the day that comes round, not for the day itself. */
export function isAnniversary(op: Operator): boolean {
  return op === "anniversary_last_n" || op === "anniversary_next_n";
}

/** What stands in a fresh value editor; null is empty, and so unfinished. */
export function firstValue(family: Family, op: Operator): Value {
  if (isSpanOperator(op)) return { n: 30, unit: "days" } satisfies Span;
  if (op === "between") return { from: "", to: "" };
  if (op === "in" || op === "not_in") return [];
  if (op === "during") return { which: "this", unit: "month" } satisfies Period;
  if (op === "within") return { store: null, km: 5 } satisfies AroundStore;
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
  if (isSpanOperator(op)) return "span";
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
  return measure === "orders" && isNone(op, value);
}

/** It did not happen at all. */
export function isNever({ measure, op, value }: Happened): boolean {
  return measure === "count" && isNone(op, value);
}

function isNone(op: Operator, value: Value | undefined): boolean {
  return (op === "eq" && value === 0) || (op === "lt" && value === 1) || (op === "lte" && value === 0);
}

export function newWhere(field: CatalogueField): Where {
  const op = firstOperator(field);
  return { field: field.key, op, value: firstValue(familyOf(field.type), op) };
}

/** A fresh question about what happened. */
export function newHappened(activity: ActivityKey, happened: Partial<Happened> = {}): DraftHappened {
  return {
    id: newId(),
    kind: "happened",
    activity,
    negated: false,
    measure: "count",
    op: "gte",
    value: 1,
    window: DEFAULT_WINDOW,
    ...happened,
  };
}

/** The condition asked of another measure: it starts anew where another kind of value comes of it. */
export function withTally(condition: DraftHappened, measure: Tally, activity: Activity): DraftHappened {
  const { of: _, currency, ...rest } = condition;
  const of = measure === "sum" ? (activity.sums[0] ?? PROPERTY) : undefined;
  if (isInstantMeasure(measure))
    return { ...rest, measure, op: "last_n", value: { n: 30, unit: "days" }, window: { ever: true } };
  const was = tallyType(activity, condition);
  const now = tallyType(activity, { measure, of });
  return {
    ...rest,
    ...(currency && now === "money" ? { currency } : {}),
    measure,
    ...(of ? { of } : {}),
    op: was === "instant" ? "gte" : condition.op,
    value: was === now ? condition.value : now === "money" ? null : 1,
  };
}

/** Told by another verb: one that looks ahead is first asked of the days to come, others never are. */
export function withVerb(condition: DraftHappened, verb: Verb, activity: Activity): DraftHappened {
  const was = activity.verbs.find(({ key }) => key === condition.verb);
  const turned = !!was?.ahead !== verb.ahead;
  return { ...condition, verb: verb.key, ...(turned ? { window: verb.ahead ? SOON : DEFAULT_WINDOW } : {}) };
}

const SOON: Window = { next: { n: 7, unit: "days" } };

/** A fresh question whether one thing came after another. */
export function newSequence(sequence: Partial<DraftSequence> = {}): DraftSequence {
  return {
    id: newId(),
    kind: "sequence",
    negated: false,
    first: { kind: "bought" },
    second: { kind: "bought" },
    followed: true,
    within: null,
    window: DEFAULT_WINDOW,
    ...sequence,
  };
}

/** The same thing, or another without the limits that do not fit it. */
export function withStep(step: DraftStep, kind: StepKind, verb: string | undefined): DraftStep {
  const limits: Occurrence = step.kind === kind ? { where: step.where, currency: step.currency } : {};
  return { kind, ...(verb ? { verb } : {}), ...limits };
}
