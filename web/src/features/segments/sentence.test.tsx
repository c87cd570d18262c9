import { renderHook } from "@testing-library/react";
import i18next from "i18next";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { ReadingProvider } from "@/components/reading";
import type { Language } from "@/format/language";
import type { Catalogue } from "./catalogue";
import type { Node, Rule } from "./rule";
import { wordRule } from "./sentence";
import en from "./text/en";
import zh from "./text/zh";
import { useRuleWords } from "./useRuleWords";

const CATALOGUE: Catalogue = {
  fields: [
    { key: "city", type: "text", ops: ["in", "eq", "is_set"], group: "place", choices: null },
    { key: "gender", type: "choice", ops: ["in", "eq"], group: "person", choices: ["female", "male"] },
    { key: "has_email", type: "bool", ops: ["eq"], group: "reach", choices: null },
    { key: "spent", type: "money", ops: ["gte", "between"], group: "purchases", choices: null },
    { key: "birth_on", type: "date", ops: ["last_n", "gte"], group: "person", choices: null },
  ],
  measures: ["orders", "net", "last_at"],
  whereFields: [{ key: "category", type: "choice", ops: ["in"], group: "", choices: null }],
};

const i18n = i18next.createInstance();

beforeAll(async () => {
  await i18n.use(initReactI18next).init({
    resources: { "zh-CN": { segments: zh }, en: { segments: en } },
    lng: "zh-CN",
    defaultNS: "segments",
    interpolation: { escapeValue: false },
  });
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
      "( Gender is Female or Has an e-mail is yes ) and not ( bought nothing in the last 90 days )",
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
