import { describe, expect, test } from "vitest";
import type { Node, Rule } from "@/api/rule";
import { type DraftCondition, type DraftGroup, isFinished, newGroup, toDraft, toRule } from "./draft";
import { blameOf } from "./Funnel";
import { faultsByBranch, placeOf } from "./faults";
import { depthOf, gapSpot, mayMoveTo, moveBranch, stepTo } from "./tree";

function ruleOf(root: Node): Rule {
  return { version: 1, as_of: null, root };
}

/** One of each kind, in the form the server stores. */
const KINDS: Readonly<Record<string, Node>> = {
  field: { field: "spent", op: "between", value: [100, 500], currency: "CNY" },
  anniversary: { field: "member_since_at", op: "anniversary_next_n", value: { n: 7, unit: "days" } },
  point: { field: "location", op: "within", value: { latitude: 31.23, longitude: 121.47, km: 5 } },
  store: { field: "location", op: "within", value: { store: 4, km: 3 } },
  set: { field: "found_interests", op: "is_set" },
  bought: {
    bought: {
      measure: "orders",
      op: "gte",
      value: 2,
      currency: "GBP",
      where: [{ field: "unit_price", op: "between", value: [100, 200] }],
      window: { ago: { from_n: 90, to_n: 30, unit: "days" } },
    },
  },
  did: {
    did: {
      verb: "did",
      measure: "sum",
      of: "properties.price",
      op: "gte",
      value: 12.5,
      where: [
        { field: "event", op: "in", value: ["Product Viewed"] },
        { field: "properties.color", op: "is_set" },
        { field: "properties.size", op: "gte", value: 38 },
      ],
      window: { calendar: { which: "last", unit: "month" } },
    },
  },
  cart: {
    cart: {
      verb: "began",
      measure: "sum",
      of: "value",
      op: "between",
      value: [1000, 2000],
      currency: "CNY",
      window: { between: { from: "2024-01-01" } },
    },
  },
  check_in: {
    check_in: {
      verb: "checked_in",
      measure: "last_at",
      op: "last_n",
      value: { n: 3, unit: "hours" },
      window: { ever: true },
    },
  },
  message: {
    message: {
      verb: "sent",
      measure: "count",
      op: "gte",
      value: 1,
      where: [{ field: "opened", op: "eq", value: false }],
      window: { last: { n: 30, unit: "days" } },
    },
  },
  coupon: {
    coupon: {
      verb: "expires",
      measure: "count",
      op: "gte",
      value: 1,
      where: [{ field: "state", op: "in", value: ["issued"] }],
      window: { next: { n: 7, unit: "days" } },
    },
  },
  points: {
    points: {
      verb: "expires",
      measure: "sum",
      of: "amount",
      op: "gte",
      value: 500,
      where: [{ field: "kind", op: "in", value: ["earned"] }],
      window: { next: { n: 30, unit: "days" } },
    },
  },
  stored_value: {
    stored_value: {
      verb: "expires",
      measure: "sum",
      of: "amount",
      op: "gte",
      value: 5000,
      currency: "CNY",
      window: { next: { n: 1, unit: "months" } },
    },
  },
  supply: {
    supply: {
      verb: "used_up",
      measure: "count",
      op: "gte",
      value: 1,
      where: [
        { field: "sample_of", op: "in", value: [9] },
        { field: "category", op: "contains", value: 3 },
        { field: "bought", op: "eq", value: false },
      ],
      window: { next: { n: 7, unit: "days" } },
    },
  },
  group: {
    group: {
      verb: "closes",
      measure: "count",
      op: "gte",
      value: 1,
      where: [
        { field: "missing", op: "lte", value: 2 },
        { field: "deal", op: "in", value: [5] },
      ],
      window: { next: { n: 6, unit: "hours" } },
    },
  },
  voucher: {
    voucher: {
      verb: "expires",
      measure: "sum",
      of: "left",
      op: "gte",
      value: 5000,
      currency: "CNY",
      window: { next: { n: 3, unit: "days" } },
    },
  },
  sequence: {
    sequence: {
      first: { cart: { verb: "began", currency: "CNY", where: [{ field: "value", op: "gte", value: 100 }] } },
      // biome-ignore lint/suspicious/noThenProperty: the grammar's own word.
      then: { bought: {} },
      followed: false,
      within: { n: 1, unit: "days" },
      window: { last: { n: 7, unit: "days" } },
    },
  },
  segment: { segment: 3 },
  consent: { consent: { channel: "sms", purpose: "marketing" } },
  bucket: { bucket: { salt: "春", from: 0, to: 12.5 } },
  nobody: { any: [] },
  unheard: { tarot: { card: "fool" } } as unknown as Node,
};

describe("a rule document", () => {
  test.each(Object.entries(KINDS))("comes out as it went in: %s", (_, node) => {
    expect(toRule(toDraft(ruleOf({ all: [node] }))).rule).toEqual(ruleOf({ all: [node] }));
    expect(toRule(toDraft(ruleOf({ any: [{ not: node }] }))).rule).toEqual(ruleOf({ any: [{ not: node }] }));
  });

  test("comes out as it went in, however nested", () => {
    const nodes = Object.values(KINDS);
    const nested: Node = {
      any: [{ all: [...nodes, { not: { any: nodes } }] }, { not: { all: [{ any: nodes }, KINDS.segment as Node] } }],
    };
    const written = toRule(toDraft(ruleOf(nested)));
    expect(written.rule).toEqual(ruleOf(nested));
    expect(written.unfinished.size).toBe(0);
  });

  test("that leaves out what it may gets what is meant by that", () => {
    const document = {
      version: 1,
      root: {
        all: [
          { did: { measure: "count", op: "gte", value: 1, where: [] } },
          { bought: { measure: "orders", op: "gte", value: 1, where: [] } },
        ],
      },
    } as unknown as Rule;
    const ever = { measure: "count", op: "gte", value: 1, window: { ever: true } };
    expect(toRule(toDraft(document)).rule).toEqual(
      ruleOf({ all: [{ did: ever }, { bought: { ...ever, measure: "orders" } }] as Node[] }),
    );
  });
});

describe("a condition", () => {
  const branch = { id: "x", negated: false };
  const did = { ...branch, kind: "happened", activity: "did", measure: "count", op: "gte", value: 1 } as const;
  test.each<[string, DraftCondition]>([
    ["whose limit is empty", { ...did, window: { ever: true }, where: [{ field: "event", op: "in", value: [] }] }],
    ["whose property has no name", { ...did, window: { ever: true }, where: [{ field: "properties.", op: "is_set" }] }],
    ["that sums nothing", { ...did, measure: "sum", window: { ever: true } }],
    ["whose days to come are none", { ...did, window: { next: { n: 0, unit: "days" } } }],
    ["about no segment", { ...branch, kind: "segment", segment: null }],
    ["of a split without a name", { ...branch, kind: "bucket", salt: "", from: 0, to: 10 }],
    ["of a share of nobody", { ...branch, kind: "bucket", salt: "a", from: 10, to: 10 }],
    ["around no store", { ...branch, kind: "field", field: "location", op: "within", value: { store: null, km: 3 } }],
    [
      "with no time limit",
      {
        ...branch,
        kind: "sequence",
        first: { kind: "bought" },
        second: { kind: "bought" },
        followed: true,
        within: { n: 0, unit: "days" },
        window: { ever: true },
      },
    ],
  ])("%s is not finished", (_, condition) => {
    expect(isFinished(condition)).toBe(false);
  });
});

/** a, [b, c, [d]], e */
function tree(): DraftGroup {
  const leaf = (id: string): DraftCondition => ({ id, negated: false, kind: "segment", segment: 1 });
  const deep = { ...newGroup("all", [leaf("d")]), id: "deep" };
  const inner = { ...newGroup("any", [leaf("b"), leaf("c"), deep]), id: "inner" };
  return { ...newGroup("all", [leaf("a"), inner, leaf("e")]), id: "root" };
}

function shape(group: DraftGroup): unknown[] {
  return group.children.map((child) => (child.kind === "group" ? shape(child) : child.id));
}

describe("moving", () => {
  const root = tree();
  const step = (id: string, direction: "up" | "down" | "in" | "out", deepest = 3) => {
    const spot = stepTo(root, id, direction, deepest);
    return spot && shape(moveBranch(root, id, spot));
  };

  test("goes past a neighbour, into the group beside and out again", () => {
    expect(step("c", "up")).toEqual(["a", ["c", "b", ["d"]], "e"]);
    expect(step("a", "down")).toEqual([["b", "c", ["d"]], "a", "e"]);
    expect(step("a", "in")).toEqual([["a", "b", "c", ["d"]], "e"]);
    expect(step("e", "in")).toEqual(["a", ["b", "c", ["d"], "e"]]);
    expect(step("b", "out")).toEqual(["a", ["c", ["d"]], "b", "e"]);
    expect(step("inner", "down")).toEqual(["a", "e", ["b", "c", ["d"]]]);
  });

  test("ends at the ends, and where groups would lie too deep", () => {
    expect(step("a", "up")).toBeNull();
    expect(step("e", "down")).toBeNull();
    expect(step("a", "out")).toBeNull();
    expect(step("b", "in")).toBeNull();
    expect(step("root", "up")).toBeNull();
    expect(mayMoveTo(root, "inner", "root", 1)).toBe(false);
    expect(mayMoveTo(root, "a", "deep", 2)).toBe(true);
    expect(depthOf(root, "d")).toBe(3);
  });

  test("never puts a group into itself", () => {
    expect(moveBranch(root, "inner", { group: "deep", place: 0 })).toBe(root);
    expect(moveBranch(root, "inner", { group: "inner", place: 0 })).toBe(root);
    expect(mayMoveTo(root, "inner", "deep", 9)).toBe(false);
  });

  test("into a gap counts the places as they stand", () => {
    expect(shape(moveBranch(root, "a", gapSpot(root, "a", "root", 3)))).toEqual([["b", "c", ["d"]], "e", "a"]);
    expect(moveBranch(root, "a", gapSpot(root, "a", "root", 1))).toBe(root);
    expect(shape(moveBranch(root, "e", gapSpot(root, "e", "root", 0)))).toEqual(["e", "a", ["b", "c", ["d"]]]);
    expect(shape(moveBranch(root, "d", gapSpot(root, "d", "root", 3)))).toEqual(["a", ["b", "c", []], "e", "d"]);
  });
});

describe("a fault", () => {
  test("is said of its condition and its part", () => {
    expect(placeOf("root.all.1.bought.window.last.n")).toEqual({ numbers: [2], members: ["window"] });
    expect(placeOf("root.all.1.not.any.0.sequence.then.coupon.verb")).toEqual({
      numbers: [2, 1],
      members: ["second", "verb"],
    });
    expect(placeOf("root.segment")).toEqual({ numbers: [], members: ["segment"] });
    expect(placeOf("version")).toEqual({ numbers: [], members: ["version"] });
    expect(placeOf("root.all.0")).toEqual({ numbers: [1], members: [] });
  });

  test("stands at the innermost branch that holds it", () => {
    const paths = new Map([
      ["all", "root"],
      ["first", "root.all.1"],
      ["tenth", "root.all.10"],
    ]);
    const fault = { where: "root.all.10.value", code: "rule.not_a_number", params: {} };
    expect([...faultsByBranch([fault], paths)]).toEqual([["tenth", [fault]]]);
  });
});

test("where nobody is left, the condition is named that most would come back without", () => {
  const funnel = (...steps: [number, number][]) =>
    steps.map(([left, without], at) => ({ path: `root.all.${at}`, left, without }));
  expect(blameOf({ count: 0, funnel: funnel([10, 1], [3, 7], [0, 3]) })).toBe(1);
  expect(blameOf({ count: 0, funnel: funnel([10, 0], [0, 0], [0, 0]) })).toBe(1);
  expect(blameOf({ count: 2, funnel: funnel([10, 5], [2, 10]) })).toBeNull();
});
