import type { FieldProblem } from "@/api/problem";

/** The parts of a condition that have a name; what lies deeper is said of the part it lies in. */
export const MEMBERS = [
  "version",
  "as_of",
  "field",
  "op",
  "value",
  "currency",
  "measure",
  "of",
  "verb",
  "where",
  "window",
  "first",
  "second",
  "followed",
  "within",
  "segment",
  "channel",
  "purpose",
  "salt",
  "store",
  "km",
  "latitude",
  "longitude",
  "unit",
  "from",
  "to",
] as const;
export type Member = (typeof MEMBERS)[number];

export interface FaultPlace {
  /** Which condition: the third of the second group is 2, 3. Empty where it is the rule itself. */
  readonly numbers: readonly number[];
  /** Which part of it, from the outside in. */
  readonly members: readonly Member[];
}

/** What the path of a fault points at: `root.all.1.bought.window.last.n` is the window of the second condition. */
export function placeOf(where: string): FaultPlace {
  const numbers: number[] = [];
  const parts = where.split(".");
  let at = parts[0] === "root" ? 1 : 0;
  for (; at < parts.length; at += 1) {
    if (parts[at] === "not") continue;
    if (parts[at] !== "all" && parts[at] !== "any") break;
    const place = Number(parts[at + 1]);
    if (!Number.isInteger(place)) break;
    numbers.push(place + 1);
    at += 1;
  }
  const members = parts
    .slice(at)
    .map((part) => (part === "then" ? "second" : part))
    .filter((part): part is Member => MEMBERS.includes(part as Member));
  return { numbers, members };
}

/** Each fault at the innermost branch it lies in. */
export function faultsByBranch(
  faults: readonly FieldProblem[],
  paths: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly FieldProblem[]> {
  const byBranch = new Map<string, FieldProblem[]>();
  for (const fault of faults) {
    let found: { id: string; path: string } | null = null;
    for (const [id, path] of paths) {
      const lies = fault.where === path || fault.where.startsWith(`${path}.`);
      if (lies && (found === null || path.length > found.path.length)) found = { id, path };
    }
    if (found) byBranch.set(found.id, [...(byBranch.get(found.id) ?? []), fault]);
  }
  return byBranch;
}
