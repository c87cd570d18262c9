import type { Node, Picked, Rule } from "@/api/rule";

/** Which people an analysis, or one of its figures, is about. Nothing here knows React or the network. */

export const EVERYBODY: Rule = { version: 1, as_of: null, root: { all: [] } };

/** The people of a rule who also meet these conditions. */
export function narrowed(base: Rule | null, conditions: readonly Node[]): Rule {
  const { as_of, root } = base ?? EVERYBODY;
  const own = "all" in root ? root.all : [root];
  return { version: 1, as_of, root: { all: [...own, ...conditions] } };
}

/** The second of two groups as it is counted: without the people of the first, who are counted there alone. */
export function secondOnly(first: Rule, second: Rule | null): Rule {
  return narrowed(second, [{ not: first.root }]);
}

interface Chosen {
  readonly is_others: boolean;
  readonly condition: Node | null;
}

/**
 * The condition that chooses whoever stands at an entry. The others are everybody but those named and those not known;
 * where a person may have several values they have none, because one of them may have a named value too.
 */
export function conditionOf(entry: Chosen, axis: readonly Chosen[], hasSeveral: boolean): Node | null {
  if (!entry.is_others) return entry.condition;
  if (hasSeveral) return null;
  const rest = axis.flatMap(({ is_others, condition }) => (is_others || !condition ? [] : [condition]));
  return { not: { any: together(rest) } };
}

/** Conditions that ask one field for one value each, as one that asks it for any of them. */
function together(conditions: readonly Node[]): readonly Node[] {
  const values = new Map<string, Picked[]>();
  const rest: Node[] = [];
  for (const condition of conditions) {
    if ("field" in condition && condition.op === "eq" && isPicked(condition.value))
      values.set(condition.field, [...(values.get(condition.field) ?? []), condition.value]);
    else rest.push(condition);
  }
  return [...[...values].map(([field, value]): Node => ({ field, op: "in", value })), ...rest];
}

function isPicked(value: unknown): value is Picked {
  return typeof value === "string" || typeof value === "number";
}
