import { describe, expect, test } from "vitest";
import { exactCount, shortCount } from "./count";
import { nearestLanguage } from "./language";
import { currencySign, decimalToMinor, exactMoney, minorToDecimal, shortMoney } from "./money";
import { change, percent } from "./percent";
import { fileSize } from "./size";
import { absoluteTime, calendarDate, endOfDay, isoDay, relativeTime, roughDuration, zonedDayStart } from "./when";

const zh = { language: "zh-CN", homeCurrency: "CNY" } as const;
const en = { language: "en", homeCurrency: "CNY" } as const;

describe("counts", () => {
  test.each([
    [0, "0", "0"],
    [9_999, "9,999", "9,999"],
    [10_000, "1万", "10,000"],
    [12_480, "1.25万", "12,480"],
    [999_996, "100万", "999,996"],
    [1_250_000, "125万", "1.25M"],
    [99_999_999, "1亿", "100M"],
    [320_000_000, "3.2亿", "320M"],
    [-12_480, "-1.25万", "-12,480"],
  ])("%d is short in each language's own units", (value, chinese, english) => {
    expect(shortCount(value, "zh-CN")).toBe(chinese);
    expect(shortCount(value, "en")).toBe(english);
  });

  test("the exact figure keeps every digit", () => {
    expect(exactCount(12_480, "zh-CN")).toBe("12,480");
  });
});

describe("money", () => {
  test("minor units stay exact where a float would not", () => {
    expect(minorToDecimal(9_007_199_254_740_991, 2)).toBe("90071992547409.91");
    expect(exactMoney({ amount_minor: 9_007_199_254_740_991, currency: "CNY" }, zh)).toBe("¥90,071,992,547,409.91");
  });

  test.each([
    [5, "CNY", "¥0.05"],
    [-123_456, "CNY", "-¥1,234.56"],
    [1_234, "JPY", "JP¥1,234"],
    [1_234, "KWD", "KWD 1.234"],
    [830_006_581, "GBP", "£8,300,065.81"],
  ])("%d minor units of %s are written as that currency is", (amount_minor, currency, text) => {
    expect(exactMoney({ amount_minor, currency }, zh).replaceAll("\u00a0", " ")).toBe(text);
  });

  test("the operator's own currency takes its plain sign in English too", () => {
    expect(exactMoney({ amount_minor: 100, currency: "CNY" }, en)).toBe("¥1.00");
    expect(currencySign("CNY", en)).toBe("¥");
  });

  test("a headline amount is short only from the first unit on", () => {
    expect(shortMoney({ amount_minor: 125_300_000, currency: "CNY" }, zh)).toBe("¥125.3万");
    expect(shortMoney({ amount_minor: -125_300_000, currency: "CNY" }, zh)).toBe("-¥125.3万");
    expect(shortMoney({ amount_minor: 999_999, currency: "CNY" }, zh)).toBe("¥9,999.99");
  });

  test.each([
    ["500", "CNY", 50_000],
    ["1,234.5", "CNY", 123_450],
    ["0.07", "CNY", 7],
    ["12.345", "CNY", null],
    ["12.5", "JPY", null],
    ["abc", "CNY", null],
    ["", "CNY", null],
    ["99999999999999999", "CNY", null],
  ])("%j typed as %s is %s minor units", (text, currency, minor) => {
    expect(decimalToMinor(text, currency)).toBe(minor);
  });
});

describe("percentages", () => {
  test("one decimal, and changes carry their sign", () => {
    expect(percent(0.1234, "en")).toBe("12.3%");
    expect(change(112, 100, "en")).toEqual({ direction: "up", text: "+12.0%" });
    expect(change(88, 100, "zh-CN")).toEqual({ direction: "down", text: "-12.0%" });
    expect(change(5, 5, "en")).toEqual({ direction: "flat", text: "0.0%" });
  });

  test("nothing before means no percentage", () => {
    expect(change(5, 0, "en")).toEqual({ direction: "up", text: null });
  });
});

describe("times", () => {
  const now = new Date("2026-11-22T04:00:00Z");
  const shanghai = { now, timezone: "Asia/Shanghai" };

  test.each([
    ["2026-11-22T03:59:40Z", "刚刚", "just now"],
    ["2026-11-22T03:50:00Z", "10分钟前", "10 minutes ago"],
    ["2026-11-21T23:30:00Z", "4小时前", "4 hours ago"],
    ["2026-11-22T05:00:00Z", "1小时后", "in 1 hour"],
    ["2026-11-20T17:05:00Z", "11月21日 01:05", "21 Nov, 01:05"],
    ["2025-12-31T15:00:00Z", "2025年12月31日", "31 Dec 2025"],
    ["2025-12-31T17:00:00Z", "1月1日 01:00", "1 Jan, 01:00"],
  ])("%s is relative within a day and a date in the operator's zone beyond it", (at, chinese, english) => {
    expect(relativeTime(new Date(at), { ...shanghai, language: "zh-CN" })).toBe(chinese);
    expect(relativeTime(new Date(at), { ...shanghai, language: "en" })).toBe(english);
  });

  test("the absolute time names its zone", () => {
    expect(absoluteTime(now, { timezone: "Asia/Shanghai", language: "zh-CN" })).toContain("2026/11/22");
    expect(absoluteTime(now, { timezone: "Asia/Shanghai", language: "zh-CN" })).toContain("12:00:00");
    expect(absoluteTime(now, { timezone: "Asia/Shanghai", language: "en" })).toContain("GMT+8");
  });

  test("a calendar date is the same day in every zone", () => {
    expect(calendarDate("2011-12-09", "zh-CN")).toBe("2011年12月9日");
    expect(calendarDate("2011-12-09", "en")).toBe("9 Dec 2011");
    expect(isoDay(new Date("2026-11-21T17:00:00Z"), "Asia/Shanghai")).toBe("2026-11-22");
  });

  test.each([
    ["2026-11-22", "Asia/Shanghai", 0, "2026-11-21T16:00:00Z"],
    ["2026-11-30", "Asia/Shanghai", 1, "2026-11-30T16:00:00Z"],
    ["2026-03-29", "Europe/London", 0, "2026-03-29T00:00:00Z"],
    ["2026-03-29", "Europe/London", 1, "2026-03-29T23:00:00Z"],
    ["2026-11-01", "America/New_York", 0, "2026-11-01T04:00:00Z"],
    ["2026-11-01", "America/New_York", 1, "2026-11-02T05:00:00Z"],
  ])("the day %s in %s, %d days later, begins at %s", (day, zone, later, instant) => {
    expect(zonedDayStart(day, zone, later)).toBe(instant);
  });

  test("what is not a date begins never", () => {
    expect(zonedDayStart("yesterday", "Asia/Shanghai")).toBeUndefined();
  });

  test("a duration is rounded up to a unit one can wait for", () => {
    expect(roughDuration(39.2, "zh-CN")).toBe("40秒钟");
    expect(roughDuration(130, "en")).toBe("3 minutes");
    expect(roughDuration(9000, "en")).toBe("3 hours");
  });
});

test("any Chinese is Simplified Chinese, anything else is English", () => {
  expect(["zh-Hans", "zh_TW", "ZH", "fr", "", null].map(nearestLanguage)).toEqual([
    "zh-CN",
    "zh-CN",
    "zh-CN",
    "en",
    "en",
    "en",
  ]);
});

test("file sizes are in the unit that leaves few digits", () => {
  expect(fileSize(812, "en")).toBe("812 bytes");
  expect(fileSize(7_548_000, "en")).toBe("7.5 MB");
});

describe("the end of a day", () => {
  test.each([
    ["2011-12-09", "Europe/London", "2011-12-09T23:59:59Z"],
    ["2026-07-01", "Europe/London", "2026-07-01T22:59:59Z"],
    ["2026-11-22", "Asia/Shanghai", "2026-11-22T15:59:59Z"],
    // Clocks go back at 02:00 on 1 November in New York: the day ends in winter time.
    ["2026-11-01", "America/New_York", "2026-11-02T04:59:59Z"],
  ])("%s in %s is %s", (day, timezone, instant) => {
    expect(endOfDay(day, timezone)).toBe(instant);
  });
});
