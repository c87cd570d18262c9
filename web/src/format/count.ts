import type { Language } from "./language";

interface Unit {
  readonly size: number;
  readonly name: string;
}

const UNITS: Record<Language, readonly Unit[]> = {
  "zh-CN": [
    { size: 1e4, name: "万" },
    { size: 1e8, name: "亿" },
  ],
  en: [
    { size: 1e6, name: "M" },
    { size: 1e9, name: "B" },
  ],
};

/** Every digit, grouped: `12,480`. */
export function exactCount(value: number, language: Language): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value);
}

/**
 * A figure short enough for a headline, with about four significant digits: `1.25万`, `3.2亿`, `1.25M`.
 * Below the first unit (1万 in Chinese, 1 million in English) every digit is shown.
 */
export function shortCount(value: number, language: Language): string {
  return shortFigure(value, language) ?? exactCount(value, language);
}

/** The number in 万/亿 or M/B, or null when it is too small to need a unit. */
export function shortFigure(value: number, language: Language): string | null {
  const magnitude = Math.abs(value);
  const units = UNITS[language];
  const index = units.findLastIndex((unit) => magnitude >= unit.size);
  const unit = units[index];
  if (!unit) return null;
  const rounded = roundForHeadline(magnitude / unit.size);
  const next = units[index + 1];
  // 9,999.996万 rounds up to 10,000万, which is 1亿.
  const [shown, name] = next && rounded * unit.size >= next.size ? [1, next.name] : [rounded, unit.name];
  const sign = value < 0 ? "-" : "";
  return `${sign}${new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(shown)}${name}`;
}

function roundForHeadline(value: number): number {
  const decimals = value < 100 ? 2 : value < 1000 ? 1 : 0;
  return Number(value.toFixed(decimals));
}
