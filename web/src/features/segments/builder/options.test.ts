import { describe, expect, test } from "vitest";
import { ACTIVITIES } from "@/api/rule";
import type { Activity, Catalogue } from "../catalogue";
import { limitField, looksAtMoney, newHappened, tallyType, withTally, withVerb } from "../catalogue";
import { isFinished, newGroup, toRule } from "../draft";
import { STARTERS, starterRule } from "../starters";
import { ASKS, newCondition, ranked } from "./options";

const detail = { ops: ["eq", "in"], group: "", value_kind: "text" } as const;
const verb = (key: string, ahead = false) => ({ key, words: { zh: key, en: key }, none: { zh: key, en: key }, ahead });
const activity = (key: (typeof ACTIVITIES)[number]): Activity => ({
  key,
  words: { zh: key, en: key },
  verbs: [verb("began"), verb("expires", true)],
  measures: ["count", "sum", "first_at", "last_at"],
  sums: ["value"],
  has_properties: key === "did",
  where_fields: [{ key: "value", type: "money", ...detail }],
});
const CATALOGUE: Catalogue = {
  fields: [{ key: "birthday", type: "birthday", ...detail, ops: ["during"] }],
  archived: [],
  measures: ["orders"],
  whereFields: [{ key: "product", type: "choice", ...detail }],
  activities: ACTIVITIES.map(activity),
  steps: ["bought", ...ACTIVITIES],
  withinUnits: ["days"],
  channels: [],
  purposes: [],
  timezone: "UTC",
};
const HERE = { currency: "CNY", exponent: 2 };

describe("looking for a condition", () => {
  const named = (label: string, search = label) => ({ label, search });
  const GROUPS = [
    { label: "购买行为", options: [named("首次购买"), named("购买次数")] },
    {
      label: "客户档案",
      options: [named("出生日期", "出生日期 客户档案 birth_on"), named("生日", "生日 客户档案 birthday")],
    },
  ];

  test("finds first what is called just so", () => {
    expect(ranked(GROUPS, "生日")).toEqual([
      { label: "客户档案", options: [GROUPS[1]?.options[1], GROUPS[1]?.options[0]] },
    ]);
  });

  test("has sections in the order of what fits best in them, and what begins with the letters first", () => {
    expect(ranked(GROUPS, "购买").flatMap(({ options }) => options.map(({ label }) => label))).toEqual([
      "购买次数",
      "首次购买",
    ]);
    expect(ranked(GROUPS, "BIRTH").flatMap(({ options }) => options.map(({ label }) => label))).toEqual([
      "出生日期",
      "生日",
    ]);
  });

  test("shows everything until something is typed, and nothing that does not fit", () => {
    expect(ranked(GROUPS, " ")).toBe(GROUPS);
    expect(ranked(GROUPS, "火星")).toEqual([]);
  });
});

describe("ready questions", () => {
  const asks = Object.values(ASKS).flat();

  test.each(asks)("%s is a condition, whole but for what only she can say", (ask) => {
    const condition = newCondition(`ask:${ask}`, CATALOGUE, "CNY");
    expect(condition).not.toBeNull();
    if (!condition || condition.kind === "group") throw new Error("not a condition");
    expect(isFinished(condition)).toBe(!["did", "segment", "bucket", "goods_used_up", "sample_used_up"].includes(ask));
  });

  test("about what the server does not know are not offered", () => {
    const bare = { ...CATALOGUE, activities: [] };
    expect(asks.filter((ask) => newCondition(`ask:${ask}`, bare, "CNY") === null)).toEqual([
      ...ASKS.activities,
      "cart_not_bought",
    ]);
  });

  test("in a cart and not bought within a day is the sequence it says", () => {
    const condition = newCondition("ask:cart_not_bought", CATALOGUE, "CNY");
    const root = newGroup("all", condition ? [condition] : []);
    expect(JSON.parse(JSON.stringify(toRule({ asOf: null, root }).rule.root))).toEqual({
      all: [
        {
          sequence: {
            first: { cart: { verb: "began" } },
            // biome-ignore lint/suspicious/noThenProperty: the grammar's own word.
            then: { bought: {} },
            followed: false,
            within: { n: 1, unit: "days" },
            window: { last: { n: 30, unit: "days" } },
          },
        },
      ],
    });
  });

  test.each(STARTERS)("the common rule %s can be asked, once what it leaves open is chosen", (starter) => {
    const rule = starterRule(starter, CATALOGUE, HERE);
    if (!rule) throw new Error("cannot be asked");
    expect(toRule(rule).unfinished.size).toBe(starter === "a_not_b" ? 2 : 0);
  });
});

describe("an activity's condition", () => {
  const cart = activity("cart");

  test("asked by a verb that looks ahead begins with the days to come, and goes back", () => {
    const [began, expires] = cart.verbs;
    if (!began || !expires) throw new Error("no verbs");
    const ahead = withVerb(newHappened("cart", { verb: "began" }), expires, cart);
    expect(ahead.window).toEqual({ next: { n: 7, unit: "days" } });
    expect(withVerb(ahead, began, cart).window).toEqual({ last: { n: 90, unit: "days" } });
    const ever = newHappened("cart", { verb: "began", window: { ever: true } });
    expect(withVerb(ever, began, cart).window).toEqual({ ever: true });
  });

  test("starts its value anew when another kind of value comes of it", () => {
    const counted = newHappened("cart", { verb: "began", value: 3 });
    const summed = withTally(counted, "sum", cart);
    expect([summed.of, summed.value, tallyType(cart, summed)]).toEqual(["value", null, "money"]);
    const last = withTally(summed, "last_at", cart);
    expect([last.of, last.op, last.window]).toEqual([undefined, "last_n", { ever: true }]);
    expect(withTally(last, "count", cart)).toMatchObject({ op: "gte", value: 1 });
  });

  test("looks at money where it sums or limits amounts", () => {
    expect(looksAtMoney(cart, { of: "value" })).toBe(true);
    expect(looksAtMoney(cart, { where: [{ field: "value", op: "gte", value: 1 }] })).toBe(true);
    expect(looksAtMoney(cart, {})).toBe(false);
  });

  test("takes a property for the text or the number it is compared with", () => {
    const typeOf = (op: "in" | "gte" | "eq", value: string[] | number) =>
      limitField("did", [], { field: "properties.size", op, value })?.type;
    expect([typeOf("in", ["L"]), typeOf("gte", 38), typeOf("eq", 38)]).toEqual(["text", "number", "number"]);
    expect(limitField("did", [], { field: "properties.size", op: "in", value: [] })?.key).toBe("did.properties.size");
  });
});
