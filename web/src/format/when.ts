import type { Language } from "./language";

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** What a colleague would say; `Intl` has only 现在 and "now". */
const JUST_NOW: Record<Language, string> = { "zh-CN": "刚刚", en: "just now" };

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
  if (distance < MINUTE_SECONDS) return JUST_NOW[language];
  if (distance < HOUR_SECONDS) return words.format(Math.trunc(seconds / MINUTE_SECONDS), "minute");
  if (distance < DAY_SECONDS) return words.format(Math.trunc(seconds / HOUR_SECONDS), "hour");
  const sameYear = yearIn(at, timezone) === yearIn(now, timezone);
  return new Intl.DateTimeFormat(dateLocale(language), {
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
  const clock = new Intl.DateTimeFormat(dateLocale(language), {
    timeZone: timezone,
    year: "numeric",
    month: language === "en" ? "short" : "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(at);
  // Chinese would put the zone between the day and the hour.
  return `${clock} ${zoneName(timezone, language, { at, style: "short" })}`;
}

/** What a zone is called: `中国标准时间`, `China Standard Time`; short, `GMT+8`. */
export function zoneName(
  timezone: string,
  language: Language,
  { at = new Date(), style = "long" }: { at?: Date; style?: "short" | "long" } = {},
): string {
  const parts = new Intl.DateTimeFormat(dateLocale(language), { timeZone: timezone, timeZoneName: style });
  return parts.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? timezone;
}

/** To the minute, the same width in every row: where instants are compared or checked, not glanced at. */
export function dateAndTime(at: Date, { timezone, language }: Omit<Clock, "now">): string {
  return new Intl.DateTimeFormat(dateLocale(language), {
    timeZone: timezone,
    year: "numeric",
    month: language === "en" ? "short" : "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
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
  return new Intl.DateTimeFormat(dateLocale(language), {
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

/** The last second of a calendar day in the zone, as an instant: what "as of that day" means. */
export function endOfDay(isoDate: string, timezone: string): string {
  return wallTimeToInstant(`${isoDate}T23:59:59`, timezone);
}

/** The instant at which the zone's clock shows `YYYY-MM-DDTHH:mm:ss`; where clocks skip it, the same distance after the gap. */
export function wallTimeToInstant(wallTime: string, timezone: string): string {
  const wall = Date.parse(`${wallTime}Z`);
  // The zone's offset is looked up at the wall time, and once more where a clock change lies between.
  const first = wall - offsetAt(wall, timezone);
  return new Date(wall - offsetAt(first, timezone)).toISOString().replace(".000Z", "Z");
}

/** The instant at which a calendar day begins in the zone, `daysLater` days on; undefined when the text is not a date. */
export function zonedDayStart(isoDate: string, timezone: string, daysLater = 0): string | undefined {
  const day = new Date(`${isoDate}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(isoDate) || Number.isNaN(day.getTime())) return undefined;
  day.setUTCDate(day.getUTCDate() + daysLater);
  return wallTimeToInstant(day.toISOString().slice(0, 19), timezone);
}

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timezone: string): number {
  const shown = new Intl.DateTimeFormat("sv-SE", {
    timeZone: timezone,
    dateStyle: "short",
    timeStyle: "medium",
  }).format(instant);
  return Date.parse(`${shown.replace(" ", "T")}Z`) - Math.floor(instant / 1000) * 1000;
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

/** English dates are written day first, with the month as a word: nobody takes 3 Nov for March. */
function dateLocale(language: Language): string {
  return language === "en" ? "en-GB" : language;
}

function yearIn(at: Date, timezone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone: timezone, year: "numeric" }).format(at);
}
