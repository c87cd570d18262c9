import type { Language } from "./language";

/** A ratio as a percentage with one decimal: `0.1234` is `12.3%`. */
export function percent(ratio: number, language: Language): string {
  return new Intl.NumberFormat(language, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(ratio);
}

/** A rate that was agreed, to the hundredth of a percent and no further than it goes: `38` is `0.38%`, `600` is `6%`. */
export function rate(basisPoints: number, language: Language): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(basisPoints / 10_000);
}

export type Direction = "up" | "down" | "flat";

export interface Change {
  readonly direction: Direction;
  /** Signed, one decimal: `+12.3%`; null when there was nothing before to compare with. */
  readonly text: string | null;
}

/** The change from `before` to `now`, as a share of `before`. */
export function change(now: number, before: number, language: Language): Change {
  const direction: Direction = now > before ? "up" : now < before ? "down" : "flat";
  if (before === 0) return { direction, text: null };
  const ratio = (now - before) / Math.abs(before);
  const text = new Intl.NumberFormat(language, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  }).format(ratio);
  return { direction, text };
}
