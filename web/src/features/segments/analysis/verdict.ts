/** What a number of statistics says in plain words, as the name of a text. */

export type Verdict = "sure" | "very_likely" | "likely" | "chance" | "too_few";

/** How far from chance: p is corrected for how many are compared; null means too few people. */
export function verdictOf(p: number | null): Verdict {
  if (p === null) return "too_few";
  if (p < 0.001) return "sure";
  if (p < 0.01) return "very_likely";
  return p < 0.05 ? "likely" : "chance";
}

export type Leaning = "over" | "under" | "same";

/** A difference that may be chance is no leaning. */
export function leaningOf(difference: number, p: number | null): Leaning {
  if (p === null || p >= 0.05 || difference === 0) return "same";
  return difference > 0 ? "over" : "under";
}

export type Strength = "strong" | "clear" | "weak" | "none";

/** After Cohen (1988): 0.5 is strong, 0.3 clear, 0.1 weak. What may be chance is none. */
export function strengthOf(rho: number, p: number | null): Strength {
  const size = Math.abs(rho);
  if (size < 0.1 || p === null || p >= 0.05) return "none";
  if (size >= 0.5) return "strong";
  return size >= 0.3 ? "clear" : "weak";
}
