import { shortFigure } from "./count";
import type { Language } from "./language";

/** An amount as the API speaks it: a whole number of the currency's smallest unit. */
export interface MoneyAmount {
  readonly amount_minor: number;
  readonly currency: string;
}

/** How many decimals the currency has: 2 for CNY, 0 for JPY, 3 for KWD. */
export function currencyExponent(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** `123456` with 2 decimals is `"1234.56"`. Never passes through a float. */
export function minorToDecimal(amountMinor: number, exponent: number): string {
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, "0");
  const sign = amountMinor < 0 ? "-" : "";
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** What a person typed, as minor units; null when it is not an amount or is finer than the currency allows. */
export function decimalToMinor(text: string, currency: string): number | null {
  const exponent = currencyExponent(currency);
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text.replaceAll(/[,,\s]/g, ""));
  if (!match) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (fraction.length > exponent) return null;
  const minor = Number(`${sign}${whole}${fraction.padEnd(exponent, "0")}`);
  return Number.isSafeInteger(minor) ? minor : null;
}

interface MoneyStyle {
  readonly language: Language;
  /** The operator's own currency takes its plain sign (¥); another one says which it is (JP¥, US$). */
  readonly homeCurrency: string;
}

/** Every digit, with sign and grouping: `¥1,234.56`. */
export function exactMoney({ amount_minor, currency }: MoneyAmount, { language, homeCurrency }: MoneyStyle): string {
  const format = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    currencyDisplay: currency === homeCurrency ? "narrowSymbol" : "symbol",
  });
  return format.format(minorToDecimal(amount_minor, currencyExponent(currency)) as Intl.StringNumericLiteral);
}

/** A headline amount: `¥125.3万`; below the first unit it is exact. */
export function shortMoney(amount: MoneyAmount, style: MoneyStyle): string {
  const figure = shortFigure(amount.amount_minor / 10 ** currencyExponent(amount.currency), style.language);
  if (figure === null) return exactMoney(amount, style);
  const negative = figure.startsWith("-");
  return `${negative ? "-" : ""}${currencySign(amount.currency, style)}${negative ? figure.slice(1) : figure}`;
}

/** The sign alone, for the header of a column of amounts. */
export function currencySign(currency: string, { language, homeCurrency }: MoneyStyle): string {
  const parts = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    currencyDisplay: currency === homeCurrency ? "narrowSymbol" : "symbol",
  }).formatToParts(0);
  return parts.find((part) => part.type === "currency")?.value ?? currency;
}
