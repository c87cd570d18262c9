import type { Catalogue } from "./catalogue";
import { findActivity, findField, tallyType } from "./catalogue";
import { ACTIVITIES, type ActivityKey, type Happened, isInstantMeasure, isMoneyMeasure, type Node } from "./rule";
import type { RuleWords } from "./sentence";

/**
 * What a condition looked at in one customer's file, with its unit: 「3 次」, ¥120.00, 9 Dec 2011. Null where a condition
 * looks at no single value (a sequence, another segment), `unknown` where there is nothing on record.
 */
export function lookedAt(
  node: Node,
  value: unknown,
  { catalogue, words, unknown, times }: { catalogue: Catalogue; words: RuleWords; unknown: string; times: string },
): string | null {
  if ("field" in node) {
    const type = findField(catalogue.fields, node.field)?.type;
    if (type === undefined) return null;
    return told(value, type, node.field, node.currency, words) ?? unknown;
  }
  if ("bought" in node) {
    const { measure, currency } = node.bought;
    if (isInstantMeasure(measure)) return told(value, "instant", "", undefined, words) ?? unknown;
    // Of nothing a sum is nothing, an average is unknown.
    if (measure === "average_order" && typeof value !== "number") return unknown;
    const figure = typeof value === "number" ? value : 0;
    if (isMoneyMeasure(measure)) return words.money(Math.round(figure), currency);
    return `${words.number(figure)} ${words.unit(measure)}`;
  }
  const happened = happenedOf(node);
  const activity = happened && findActivity(catalogue, happened.key);
  if (!happened || !activity) return null;
  const type = tallyType(activity, happened.condition);
  if (type === "instant") return told(value, type, "", undefined, words) ?? unknown;
  const figure = typeof value === "number" ? value : 0;
  if (type === "money") return words.money(figure, happened.condition.currency);
  return happened.condition.measure === "count" ? `${words.number(figure)} ${times}` : words.number(figure);
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
    return value.length === 0 ? null : value.map((one) => words.choice(field, one)).join(words.joint.list);
  if (typeof value === "boolean") return words.bool(value);
  if (typeof value === "number") {
    if (type === "money") return words.money(value, currency);
    return type === "number" ? words.number(value) : words.choice(field, value);
  }
  if (typeof value !== "string" || value === "") return null;
  return type === "date" || type === "instant" ? words.day(value) : words.choice(field, value);
}
