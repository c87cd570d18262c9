import { ACTIVITIES, type ActivityKey, type Happened, isInstantMeasure, isMoneyMeasure, type Node } from "@/api/rule";
import type { Catalogue } from "./catalogue";
import { askedField, findActivity, tallyType } from "./catalogue";
import type { RuleWords } from "./useRuleWords";

/** When somebody did the first and the second of two things; null what she did not do. */
export interface Steps {
  readonly first_at: string | null;
  readonly then_at: string | null;
}

/** What somebody said to being written to and since when, and whether she can be. */
export interface Word {
  readonly state: "granted" | "denied" | "withdrawn" | null;
  readonly given_at: string | null;
  readonly address: boolean;
  readonly suppressed: boolean;
}

/** How what was seen is said. */
export interface SeenWords {
  readonly unknown: string;
  readonly times: string;
  readonly steps: (steps: Steps) => string;
  readonly lists: (names: readonly string[]) => string;
  readonly word: (word: Word) => string;
  readonly share: (number: number) => string;
}

interface Seeing {
  readonly catalogue: Catalogue;
  readonly words: RuleWords;
  readonly said: SeenWords;
}

/**
 * What a condition looked at in one customer's file, with its unit: 「3 次」, ¥120.00, 9 Dec 2011, since when she agreed.
 * Null where nothing is told, `unknown` where there is nothing on record.
 */
export function lookedAt(node: Node, value: unknown, seeing: Seeing): string | null {
  const { catalogue, words, said } = seeing;
  if ("field" in node) {
    const type = askedField(catalogue, node.field)?.type;
    if (type === undefined) return null;
    return told(value, type, node.field, node.currency, words) ?? said.unknown;
  }
  if ("bought" in node) {
    const { measure, currency } = node.bought;
    if (isInstantMeasure(measure)) return told(value, "instant", "", undefined, words) ?? said.unknown;
    // Of nothing a sum is nothing, an average is unknown.
    if (measure === "average_order" && typeof value !== "number") return said.unknown;
    const figure = typeof value === "number" ? value : 0;
    if (isMoneyMeasure(measure)) return words.money(Math.round(figure), currency);
    return `${words.number(figure)} ${words.unit(measure)}`;
  }
  if ("sequence" in node) return isTold<Steps>(value, "first_at") ? said.steps(value) : null;
  if ("consent" in node) return isTold<Word>(value, "suppressed") ? said.word(value) : null;
  if ("segment" in node) return Array.isArray(value) ? said.lists(value.map(String)) : null;
  if ("bucket" in node) return typeof value === "number" ? said.share(value) : null;
  return happenedAt(node, value, seeing);
}

function happenedAt(node: Node, value: unknown, { catalogue, words, said }: Seeing): string | null {
  const happened = happenedOf(node);
  const activity = happened && findActivity(catalogue, happened.key);
  if (!happened || !activity) return null;
  const type = tallyType(activity, happened.condition);
  if (type === "instant") return told(value, type, "", undefined, words) ?? said.unknown;
  const figure = typeof value === "number" ? value : 0;
  if (type === "money") return words.money(figure, happened.condition.currency);
  return happened.condition.measure === "count" ? `${words.number(figure)} ${said.times}` : words.number(figure);
}

function isTold<T>(value: unknown, member: keyof T & string): value is T {
  return typeof value === "object" && value !== null && member in value;
}

function happenedOf(node: Node): { key: ActivityKey; condition: Happened } | null {
  for (const key of ACTIVITIES) {
    const condition = (node as Partial<Record<ActivityKey, Happened>>)[key];
    if (condition) return { key, condition };
  }
  return null;
}

function told(
  value: unknown,
  type: string,
  field: string,
  currency: string | undefined,
  words: RuleWords,
): string | null {
  if (Array.isArray(value))
    return value.length === 0 ? null : value.map((one) => words.choice(field, one)).join(words.list);
  if (typeof value === "boolean") return words.bool(value);
  if (typeof value === "number") {
    if (type === "money") return words.money(value, currency);
    return type === "number" ? words.number(value) : words.choice(field, value);
  }
  if (typeof value !== "string" || value === "") return null;
  return type === "date" || type === "instant" ? words.day(value) : words.choice(field, value);
}
