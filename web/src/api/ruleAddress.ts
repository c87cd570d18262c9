import { ACTIVITIES, type Node, type Rule } from "@/api/rule";
import { isRecord } from "./record";

/** The address of the editor with this rule in it, as a segment that is not saved yet. */
export function newSegmentHref(rule: Rule, name = ""): string {
  return `/segments/new?${new URLSearchParams({ ...(name ? { name: name.slice(0, 120) } : {}), rule: JSON.stringify(rule) })}`;
}

/** The address of the analysis of a rule that is saved nowhere. */
export function analysisHref(rule: Rule): string {
  return `/segments/analysis?${new URLSearchParams({ rule: JSON.stringify(rule) })}`;
}

/** The rule that stands in an address; null where there is none, or what stands there is none. */
export function readRule(text: string | null): Rule | null {
  if (!text) return null;
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(told) || told.version !== 1 || !isNode(told.root)) return null;
  const asOf = typeof told.as_of === "string" ? told.as_of : null;
  return { version: 1, as_of: asOf, root: told.root };
}

/** Has it the shape of a branch? Whether its words mean something is for the server to say. */
function isNode(told: unknown): told is Node {
  if (!isRecord(told)) return false;
  if ("not" in told) return isNode(told.not);
  if ("all" in told) return Array.isArray(told.all) && told.all.every(isNode);
  if ("any" in told) return Array.isArray(told.any) && told.any.every(isNode);
  if ("bought" in told)
    return isRecord(told.bought) && typeof told.bought.measure === "string" && isRecord(told.bought.window);
  for (const key of ACTIVITIES) {
    const happened = told[key];
    if (happened !== undefined) return isRecord(happened) && typeof happened.measure === "string";
  }
  if ("sequence" in told)
    return isRecord(told.sequence) && isRecord(told.sequence.first) && isRecord(told.sequence.then);
  return typeof told.field === "string" && typeof told.op === "string";
}
