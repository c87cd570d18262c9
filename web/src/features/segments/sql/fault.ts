import type { Problem } from "@/api/problem";

/** Where in the question something is wrong, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Fault {
  /** A text `fault.…` with its parameters; `engine` repeats what the engine said. */
  readonly code: FaultCode;
  readonly params: Readonly<Record<string, string>>;
  readonly place: Place | null;
}

export type FaultCode =
  | "engine"
  | "no_column"
  | "no_column_but"
  | "near"
  | "end"
  | "ungrouped"
  | "ambiguous"
  | "cast"
  | "types";

/** What the engine says most often, by its own English (DuckDB 1.5, sqlglot), and what that means. */
const SAID: readonly [FaultCode, RegExp, readonly string[]][] = [
  ["no_column_but", /column "([^"]+)" not found.*?Candidate bindings: (.+)/s, ["name", "candidates"]],
  ["no_column_but", /does not have a column named "([^"]+)".*?Candidate bindings: (.+)/s, ["name", "candidates"]],
  ["no_column", /column "([^"]+)" not found/i, ["name"]],
  ["no_column", /does not have a column named "([^"]+)"/, ["name"]],
  ["end", /syntax error at end of input/i, []],
  ["near", /syntax error at or near "([^"]+)"/i, ["near"]],
  ["ungrouped", /column "([^"]+)" must appear in the GROUP BY/i, ["name"]],
  ["ambiguous", /Ambiguous reference to column name "([^"]+)"/i, ["name"]],
  ["cast", /Could not convert string '([^']*)' to (\w+)/i, ["value", "type"]],
  ["types", /No function matches the given name and argument types '([^']*)'/i, ["call"]],
];

/** What is wrong with a question that was not understood; null for other problems. */
export function faultOf(problem: Problem): Fault | null {
  const [field] = problem.fields;
  if (problem.code !== "sql.invalid" || field?.code !== "sql.unreadable") return null;
  const message = typeof field.params.message === "string" ? field.params.message : "";
  const place = placeOf(problem);
  for (const [code, pattern, names] of SAID) {
    const found = pattern.exec(message);
    if (found) return { code, params: Object.fromEntries(names.map((name, at) => [name, tidy(found[at + 1])])), place };
  }
  return { code: "engine", params: { message: tidy(message) }, place };
}

/** Where the problem is, if it says. */
export function placeOf(problem: Problem): Place | null {
  const { line, column } = problem.fields[0]?.params ?? {};
  return typeof line === "number" && typeof column === "number" ? { line, column } : null;
}

function tidy(text: string | undefined): string {
  return (text ?? "").replaceAll('"', "").replace(/\s+/g, " ").trim();
}
