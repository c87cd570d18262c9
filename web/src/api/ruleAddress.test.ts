import { expect, test } from "vitest";
import type { Rule } from "@/api/rule";
import { analysisHref, newSegmentHref, readRule } from "@/api/ruleAddress";

const RULE: Rule = {
  version: 1,
  as_of: null,
  root: {
    all: [
      { field: "city", op: "in", value: ["上海", "A&B=?"] },
      { not: { any: [{ bought: { measure: "orders", op: "gte", value: 2, window: { ever: true } } }] } },
    ],
  },
};

const carried = (href: string) => readRule(new URL(href, "https://huike.example").searchParams.get("rule"));

test("a rule goes through an address unchanged, to the editor and to the analysis", () => {
  expect(carried(newSegmentHref(RULE, "女 · 上海"))).toEqual(RULE);
  expect(carried(analysisHref(RULE))).toEqual(RULE);
});

test("what happened to people goes with it, and one thing after another", () => {
  const formed = { verb: "formed", where: [{ field: "deal", op: "eq", value: 5 }] } as const;
  const rule: Rule = {
    version: 1,
    as_of: null,
    root: {
      all: [
        { group: { ...formed, measure: "count", op: "gte", value: 1, window: { ever: true } } },
        {
          sequence: {
            first: { group: formed },
            // biome-ignore lint/suspicious/noThenProperty: the grammar's own word.
            then: { bought: {} },
            followed: false,
            within: { n: 90, unit: "days" },
            window: { ever: true },
          },
        },
      ],
    },
  };
  expect(carried(newSegmentHref(rule))).toEqual(rule);
});

test("the name goes with it, no longer than a segment's may be", () => {
  const params = new URL(newSegmentHref(RULE, "女".repeat(200)), "https://huike.example").searchParams;
  expect(params.get("name")).toBe("女".repeat(120));
});

test.each([
  null,
  "",
  "not a rule",
  "[]",
  "null",
  '{"version":2,"root":{"all":[]}}',
  '{"version":1}',
  '{"version":1,"root":{"all":[{"field":"city"}]}}',
  '{"version":1,"root":{"not":[]}}',
  '{"version":1,"root":{"any":[1]}}',
  '{"version":1,"root":{"bought":{"measure":"orders"}}}',
  '{"version":1,"root":{"group":{"verb":"formed"}}}',
  '{"version":1,"root":{"sequence":{"first":{"bought":{}}}}}',
])("what is no rule is not taken for one: %s", (text) => {
  expect(readRule(text)).toBeNull();
});
