import { renderHook } from "@testing-library/react";
import i18next from "i18next";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, test } from "vitest";
import type { Node, Rule } from "@/api/rule";
import { ReadingProvider } from "@/components/reading";
import type { Language } from "@/format/language";
import type { Catalogue } from "./catalogue";
import { wordRule } from "./sentence";
import en from "./text/en";
import zh from "./text/zh";
import { learnChoice, learnField, useRuleWords } from "./useRuleWords";

const CATALOGUE: Catalogue = {
  fields: [
    { key: "city", type: "text", ops: ["in", "eq", "is_set"], group: "place", value_kind: "text" },
    { key: "gender", type: "choice", ops: ["in", "eq"], group: "person", value_kind: "text" },
    { key: "has_email", type: "bool", ops: ["eq"], group: "reach", value_kind: "text" },
    { key: "spent", type: "money", ops: ["gte", "between"], group: "purchases", value_kind: "text" },
    { key: "birth_on", type: "date", ops: ["last_n", "gte"], group: "person", value_kind: "text" },
    { key: "birthday", type: "birthday", ops: ["during", "in"], group: "person", value_kind: "text" },
    { key: "location", type: "place", ops: ["within"], group: "place", value_kind: "text" },
  ],
  measures: ["orders", "net", "last_at"],
  whereFields: [{ key: "category", type: "choice", ops: ["in"], group: "", value_kind: "text" }],
  activities: [],
  steps: ["bought"],
  withinUnits: ["days"],
  channels: [],
  purposes: [],
  timezone: "Asia/Shanghai",
};

const i18n = i18next.createInstance();

beforeAll(async () => {
  await i18n.use(initReactI18next).init({
    resources: { "zh-CN": { segments: zh }, en: { segments: en } },
    lng: "zh-CN",
    defaultNS: "segments",
    interpolation: { escapeValue: false },
  });
  learnField("city", { zh: "城市", en: "city" });
  learnField("gender", { zh: "性别", en: "gender" });
  learnField("has_email", { zh: "有邮箱", en: "has an e-mail address" });
  learnField("spent", { zh: "累计消费", en: "total spent" });
  learnField("birth_on", { zh: "出生日期", en: "birth date" });
  learnField("birthday", { zh: "生日", en: "birthday" });
  learnField("location", { zh: "位置", en: "location" });
  learnField("category", { zh: "品类", en: "category" });
  learnChoice("gender", "female", { zh: "女", en: "female" });
});

async function say(root: Node, language: Language): Promise<string | null> {
  await i18n.changeLanguage(language);
  const { result } = renderHook(() => useRuleWords(), {
    wrapper: ({ children }) => (
      <I18nextProvider i18n={i18n}>
        <ReadingProvider value={{ language, timezone: "Asia/Shanghai", currency: "CNY" }}>{children}</ReadingProvider>
      </I18nextProvider>
    ),
  });
  const rule: Rule = { version: 1, as_of: null, root };
  return (
    wordRule(rule, CATALOGUE, result.current)
      ?.map(({ text }) => text)
      .join(" ") ?? null
  );
}

const TWICE: Node = { bought: { measure: "orders", op: "gte", value: 2, window: { last: { n: 90, unit: "days" } } } };
const NOTHING: Node = { bought: { measure: "orders", op: "eq", value: 0, window: { last: { n: 90, unit: "days" } } } };

describe("a rule as a sentence", () => {
  test("reads as a person of each language would say it", async () => {
    const root: Node = { all: [TWICE, { field: "city", op: "in", value: ["上海", "杭州"] }] };
    expect(await say(root, "zh-CN")).toBe("近 90 天内 购买 ≥ 2 次 且 城市 是 上海 或 杭州");
    expect(await say(root, "en")).toBe("bought ≥ 2 times in the last 90 days and City is 上海 or 杭州");
  });

  test("says when a birthday comes and how far somebody lives", async () => {
    const month: Node = { field: "birthday", op: "during", value: { which: "next", unit: "month" } };
    expect(await say(month, "zh-CN")).toBe("生日 在下月");
    expect(await say(month, "en")).toBe("Birthday is next month");
    const months: Node = { field: "birthday", op: "in", value: [5, 12] };
    expect(await say(months, "zh-CN")).toBe("生日 在月份 五月 或 十二月");
    expect(await say(months, "en")).toBe("Birthday is in May or December");
    const near: Node = { field: "location", op: "within", value: { latitude: 31.23, longitude: 121.47, km: 5 } };
    expect(await say(near, "zh-CN")).toBe("位置 在 31.23, 121.47 周围 5 公里内");
    expect(await say(near, "en")).toBe("Location is within 5 km of 31.23, 121.47");
  });

  test("says that nothing was bought in words of its own", async () => {
    expect(await say(NOTHING, "zh-CN")).toBe("近 90 天内 没有购买");
    expect(await say(NOTHING, "en")).toBe("bought nothing in the last 90 days");
  });

  test("puts inner groups and exclusions in brackets", async () => {
    const root: Node = {
      all: [
        {
          any: [
            { field: "gender", op: "in", value: ["female"] },
            { field: "has_email", op: "eq", value: true },
          ],
        },
        { not: NOTHING },
      ],
    };
    expect(await say(root, "en")).toBe(
      "( Gender is female or Has an e-mail address is yes ) and not ( bought nothing in the last 90 days )",
    );
  });

  test("writes amounts in their currency, whole to the minor unit", async () => {
    const root: Node = {
      bought: { measure: "net", op: "gte", value: 50_000, currency: "GBP", window: { ever: true } },
    };
    expect(await say(root, "en")).toBe("spent ≥ £500.00 ever");
    expect(await say({ field: "spent", op: "between", value: [100, 50_000] }, "zh-CN")).toBe(
      "累计消费 介于 ¥1.00 到 ¥500.00",
    );
  });

  test("says the end of an open window", async () => {
    const since: Node = {
      bought: { measure: "orders", op: "gte", value: 1, window: { between: { from: "2011-01-01" } } },
    };
    expect(await say(since, "en")).toBe("bought since 1 Jan 2011");
  });

  test("has no words for a field it does not know, so that the server's sentence is shown", async () => {
    expect(await say({ all: [TWICE, { field: "tier", op: "eq", value: "gold" }] }, "en")).toBeNull();
    expect(await say({ bought: { measure: "lines", op: "gte", value: 2, window: { ever: true } } }, "en")).toBeNull();
  });
});
