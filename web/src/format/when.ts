import type { Language } from "./language";

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

interface Clock {
  readonly now: Date;
  readonly timezone: string;
  readonly language: Language;
}

/** Relative within a day ("3 小时前", "in 5 minutes"); otherwise the date, with the year only when it is another one. */
export function relativeTime(at: Date, { now, timezone, language }: Clock): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const distance = Math.abs(seconds);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (distance < MINUTE_SECONDS) return words.format(0, "second");
  if (distance < HOUR_SECONDS) return words.format(Math.trunc(seconds / MINUTE_SECONDS), "minute");
  if (distance < DAY_SECONDS) return words.format(Math.trunc(seconds / HOUR_SECONDS), "hour");
  const sameYear = yearIn(at, timezone) === yearIn(now, timezone);
  return new Intl.DateTimeFormat(language, {
    timeZone: timezone,
    year: sameYear ? undefined : "numeric",
    month: language === "en" ? "short" : "long",
    day: "numeric",
    hour: sameYear ? "2-digit" : undefined,
    minute: sameYear ? "2-digit" : undefined,
    hourCycle: "h23",
  }).format(at);
}

/** To the second, with the zone: what stands on hover, and what is quoted to someone else. */
export function absoluteTime(at: Date, { timezone, language }: Omit<Clock, "now">): string {
  return new Intl.DateTimeFormat(language, {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  }).format(at);
}

/** The hour and minute alone: for rows that stand under a heading with their day. */
export function timeOfDay(at: Date, { timezone, language }: Omit<Clock, "now">): string {
  return new Intl.DateTimeFormat(language, {
    timeZone: timezone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
}

/** The calendar day in the operator's zone: `2026年11月22日`, `22 Nov 2026`. */
export function dayOf(at: Date, { timezone, language }: Omit<Clock, "now">): string {
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    timeZone: timezone,
    year: "numeric",
    month: language === "en" ? "short" : "long",
    day: "numeric",
  }).format(at);
}

/** A date of the calendar (`2026-11-22`), which belongs to no zone. */
export function calendarDate(isoDate: string, language: Language): string {
  return dayOf(new Date(`${isoDate}T00:00:00Z`), { timezone: "UTC", language });
}

/** `2026-11-22` as it is now in the zone: the day a person there would write. */
export function isoDay(at: Date, timezone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: timezone }).format(at);
}

/** About how long: `40 秒`, `3 分钟`, `2 小时`; rounded up, so that a promise is not broken. */
export function roughDuration(seconds: number, language: Language): string {
  const [value, unit] =
    seconds < 90
      ? ([Math.ceil(seconds), "second"] as const)
      : seconds < 90 * MINUTE_SECONDS
        ? ([Math.ceil(seconds / MINUTE_SECONDS), "minute"] as const)
        : ([Math.ceil(seconds / HOUR_SECONDS), "hour"] as const);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

function yearIn(at: Date, timezone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone: timezone, year: "numeric" }).format(at);
}
