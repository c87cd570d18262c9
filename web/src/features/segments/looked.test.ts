import { expect, test } from "vitest";
import type { Node } from "@/api/rule";
import type { Catalogue } from "./catalogue";
import { lookedAt, type SeenWords } from "./looked";
import type { RuleWords } from "./useRuleWords";

const detail = { ops: [], group: "", value_kind: "text" } as const;
const CATALOGUE: Catalogue = {
  fields: [
    { key: "city", type: "text", ...detail },
    { key: "spent", type: "money", ...detail },
    { key: "tags", type: "list", ...detail },
    { key: "has_email", type: "bool", ...detail },
  ],
  archived: [{ key: "fields.level", type: "number", ...detail }],
  measures: ["orders", "net", "average_order", "last_at"],
  whereFields: [],
  activities: [
    {
      key: "cart",
      words: { zh: "购物车", en: "cart" },
      verbs: [],
      measures: ["count", "sum", "first_at", "last_at"],
      sums: ["value", "items"],
      has_properties: false,
      where_fields: [
        { key: "value", type: "money", ...detail },
        { key: "items", type: "number", ...detail },
      ],
    },
  ],
  steps: [],
  withinUnits: [],
  channels: [],
  purposes: [],
  timezone: "UTC",
};
const words = {
  choice: (_field: string, value: string | number) => String(value),
  bool: (value: boolean) => (value ? "是" : "否"),
  number: (value: number) => String(value),
  money: (minor: number, currency?: string) => `${currency ?? "home"} ${minor / 100}`,
  day: (value: string) => value.slice(0, 10),
  unit: (measure: string) => (measure === "orders" ? "次" : ""),
  list: "、",
} as unknown as RuleWords;

const said: SeenWords = {
  unknown: "没有记录",
  times: "次",
  steps: ({ first_at, then_at }) => `${first_at} > ${then_at}`,
  lists: (names) => `[${names.join("|")}]`,
  word: ({ state, given_at, address, suppressed }) => `${state} ${given_at} ${address} ${suppressed}`,
  share: (number) => `#${number}`,
};

function seen(node: Node, value: unknown): string | null {
  return lookedAt(node, value, { catalogue: CATALOGUE, words, said });
}

const window = { ever: true } as const;

test.each<[Node, unknown, string | null]>([
  [{ field: "city", op: "eq", value: "上海" }, "杭州", "杭州"],
  [{ field: "city", op: "eq", value: "上海" }, null, "没有记录"],
  [{ field: "spent", op: "gte", value: 1, currency: "GBP" }, 12345, "GBP 123.45"],
  [{ field: "tags", op: "contains", value: "vip" }, ["new", "tea"], "new、tea"],
  [{ field: "tags", op: "contains", value: "vip" }, [], "没有记录"],
  [{ field: "has_email", op: "eq", value: true }, false, "否"],
  [{ field: "fields.level", op: "gte", value: 2 }, 3, "3"],
  [{ field: "fields.gone", op: "gte", value: 2 }, 3, null],
  [{ bought: { measure: "orders", op: "gte", value: 2, window } }, 3, "3 次"],
  [{ bought: { measure: "orders", op: "gte", value: 2, window } }, null, "0 次"],
  [{ bought: { measure: "average_order", op: "gte", value: 2, window } }, null, "没有记录"],
  [
    { bought: { measure: "last_at", op: "lt", value: "2024-01-01", window } },
    "2023-05-01T00:00:00+00:00",
    "2023-05-01",
  ],
  [{ cart: { verb: "began", measure: "count", op: "gte", value: 1, window } }, null, "0 次"],
  [
    { cart: { verb: "began", measure: "sum", of: "value", op: "gte", value: 1, currency: "CNY", window } },
    990,
    "CNY 9.9",
  ],
  [{ cart: { verb: "began", measure: "sum", of: "items", op: "gte", value: 1, window } }, 4, "4"],
  [{ cart: { verb: "began", measure: "last_at", op: "lt", value: "2024-01-01", window } }, null, "没有记录"],
  [{ segment: 3 }, null, null],
  [{ segment: 3 }, ["VIP", "老客"], "[VIP|老客]"],
  [{ segment: 3 }, [], "[]"],
  [
    // biome-ignore lint/suspicious/noThenProperty: the grammar's own word.
    { sequence: { first: { bought: {} }, then: { bought: {} }, followed: true, within: null, window } },
    { first_at: "a", then_at: null },
    "a > null",
  ],
  [
    { consent: { channel: "sms", purpose: "marketing" } },
    { state: "granted", given_at: "b", address: true, suppressed: false },
    "granted b true false",
  ],
  [{ bucket: { salt: "s", from: 0, to: 10 } }, 37.42, "#37.42"],
  [{ bucket: { salt: "s", from: 0, to: 10 } }, null, null],
])("what was looked at is told with its unit: %j of %j", (node, value, told) => {
  expect(seen(node, value)).toBe(told);
});
