import {
  type Bought,
  type Circle,
  type FieldCondition,
  isInstantMeasure,
  isMoneyMeasure,
  type Measure,
  type Node,
  type Operator,
  type Period,
  type Picked,
  type Rule,
  takesValue,
  type Unit,
  type Value,
  type Where,
  type Window,
} from "@/api/rule";
import type { SentencePart } from "@/components/Sentence";
import {
  type Catalogue,
  type CatalogueField,
  type Family,
  type FieldType,
  familyOf,
  findField,
  isAnniversary,
  isList,
  isNothing,
  isSomething,
} from "./catalogue";

/** The words of one language, and how values are written in it. */
export interface RuleWords {
  readonly language: "zh-CN" | "en";
  readonly field: (key: string) => string;
  readonly operator: (family: Family, op: Operator) => string;
  /** A value of a field as people know it: a store's name, "female". */
  readonly choice: (field: string, value: Picked) => string;
  readonly number: (value: number) => string;
  readonly money: (minor: number, currency: string | undefined) => string;
  readonly day: (value: string) => string;
  readonly bool: (value: boolean) => string;
  readonly month: (value: number) => string;
  readonly period: (period: Period) => string;
  readonly circle: (circle: Circle) => string;
  readonly span: (direction: "last" | "next", n: number, unit: Unit) => string;
  readonly window: (window: Window) => string;
  readonly says: (measure: Measure) => string;
  readonly unit: (measure: Measure) => string;
  readonly nothing: string;
  readonly something: string;
  readonly only: string;
  readonly joint: Readonly<Record<"and" | "or" | "list" | "to" | "not" | "open" | "close", string>>;
}

/**
 * The rule as a sentence, in parts. Null when it asks about something this client has no words for (a rule made by a
 * newer server): the server's own sentence is shown then.
 */
export function wordRule(rule: Rule, catalogue: Catalogue, words: RuleWords): readonly SentencePart[] | null {
  try {
    return wordNode(rule.root, { catalogue, words }, true);
  } catch (error) {
    if (error instanceof NoWords) return null;
    throw error;
  }
}

class NoWords extends Error {}

interface Speech {
  readonly catalogue: Catalogue;
  readonly words: RuleWords;
}

function wordNode(node: Node, speech: Speech, outermost: boolean): SentencePart[] {
  const { joint } = speech.words;
  if ("not" in node) {
    return [
      part("joint", joint.not),
      part("joint", joint.open),
      ...wordNode(node.not, speech, true),
      part("joint", joint.close),
    ];
  }
  if ("all" in node) return wordGroup(node.all, joint.and, speech, outermost);
  if ("any" in node) return wordGroup(node.any, joint.or, speech, outermost);
  if ("bought" in node) return wordBought(node.bought, speech);
  if ("field" in node) return wordField(node, speech.catalogue.fields, speech.words);
  // Of what happens the server speaks: it knows the names of campaigns, offers and segments.
  throw new NoWords(Object.keys(node)[0]);
}

function wordGroup(nodes: readonly Node[], joint: string, speech: Speech, outermost: boolean): SentencePart[] {
  const inner = nodes.flatMap((node, place) => {
    const said = wordNode(node, speech, nodes.length === 1 && outermost);
    return place === 0 ? said : [part("joint", joint), ...said];
  });
  if (outermost || nodes.length < 2) return inner;
  return [part("joint", speech.words.joint.open), ...inner, part("joint", speech.words.joint.close)];
}

function wordField(condition: FieldCondition, fields: readonly CatalogueField[], words: RuleWords): SentencePart[] {
  const field = findField(fields, condition.field);
  if (!field) throw new NoWords(condition.field);
  const family = familyOf(field.type);
  const name = part("field", words.field(field.key));
  const { op, value } = condition;
  if (isAnniversary(op) || isAroundStore(value)) throw new NoWords(op);
  if (family === "bool" && op === "eq" && typeof value === "boolean")
    return [name, part("words", words.operator("bool", "eq")), part("value", words.bool(value))].filter(isSaid);
  if (!takesValue(op)) return [name, part("words", words.operator(family, op))];
  if (isPeriod(value)) return [name, part("value", words.period(value))];
  if (isCircle(value)) return [name, part("value", words.circle(value))];
  if (isSpan(value)) return [name, part("value", words.span(op === "next_n" ? "next" : "last", value.n, value.unit))];
  return [name, part("words", words.operator(family, op)), part("value", wordValue(condition, field, words))].filter(
    isSaid,
  );
}

function wordBought(bought: Bought, { catalogue, words }: Speech): SentencePart[] {
  if (!catalogue.measures.includes(bought.measure)) throw new NoWords(bought.measure);
  const window = part("value", words.window(bought.window));
  const where = (bought.where ?? []).flatMap((one) => wordWhere(one, catalogue, words));
  const verb = wordVerb(bought, words);
  const narrowed =
    where.length === 0
      ? []
      : [part("joint", words.joint.open), part("words", words.only), ...where, part("joint", words.joint.close)];
  return words.language === "zh-CN" ? [window, ...narrowed, ...verb] : [...verb, ...narrowed, window];
}

function wordVerb(bought: Bought, words: RuleWords): SentencePart[] {
  const { measure, op, value } = bought;
  if (isNothing(bought)) return [part("field", words.nothing)];
  if (isSomething(bought)) return [part("field", words.something)];
  const says = part("field", words.says(measure));
  if (isInstantMeasure(measure)) {
    if (isSpan(value)) return [says, part("value", words.span(op === "next_n" ? "next" : "last", value.n, value.unit))];
    return [says, part("words", words.operator("date", op)), part("value", wordTyped(value, "date", words))];
  }
  const figure = part("words", words.operator("number", op));
  if (isMoneyMeasure(measure)) return [says, figure, part("value", wordTyped(value, "money", words, bought.currency))];
  return [says, figure, part("value", wordTyped(value, "number", words)), part("words", words.unit(measure))];
}

function wordWhere(where: Where, catalogue: Catalogue, words: RuleWords): SentencePart[] {
  return wordField(where, catalogue.whereFields, words);
}

function wordValue({ op, value, currency }: FieldCondition, field: CatalogueField, words: RuleWords): string {
  if (isList(value) && field.type === "birthday")
    return value.map((month) => words.month(Number(month))).join(` ${words.joint.or} `);
  if (isList(value) && op !== "between")
    return value.map((one) => words.choice(field.key, one)).join(` ${words.joint.or} `);
  const named = familyOf(field.type) === "text" || familyOf(field.type) === "list";
  if (named && (typeof value === "string" || typeof value === "number")) return words.choice(field.key, value);
  return wordTyped(value, field.type, words, currency);
}

function wordTyped(value: Value | undefined, type: FieldType, words: RuleWords, currency?: string): string {
  if (isList(value) && value.length === 2)
    return wordTyped({ from: value[0] ?? "", to: value[1] ?? "" }, type, words, currency);
  if (isRange(value))
    return `${wordOne(value.from, type, words, currency)} ${words.joint.to} ${wordOne(value.to, type, words, currency)}`;
  if (typeof value === "number" || typeof value === "string") return wordOne(value, type, words, currency);
  if (typeof value === "boolean") return words.bool(value);
  return "…";
}

function wordOne(value: number | string, type: FieldType, words: RuleWords, currency?: string): string {
  if (typeof value === "string") return familyOf(type) === "date" ? words.day(value) : value;
  return type === "money" ? words.money(value, currency) : words.number(value);
}

function isSpan(value: Value | undefined): value is { n: number; unit: Unit } {
  return typeof value === "object" && value !== null && !isList(value) && "n" in value;
}

function isPeriod(value: Value | undefined): value is Period {
  return typeof value === "object" && value !== null && !isList(value) && "which" in value;
}

function isCircle(value: Value | undefined): value is Circle {
  return typeof value === "object" && value !== null && !isList(value) && "latitude" in value;
}

function isAroundStore(value: Value | undefined): boolean {
  return typeof value === "object" && value !== null && !isList(value) && "store" in value;
}

function isRange(value: Value | undefined): value is { from: number | string; to: number | string } {
  return typeof value === "object" && value !== null && !isList(value) && "from" in value;
}

function part(kind: SentencePart["kind"], text: string): SentencePart {
  return { kind, text };
}

/** Some languages need no word between: 「有邮箱」 is no "has e-mail is yes". */
function isSaid({ text }: SentencePart): boolean {
  return text !== "";
}
