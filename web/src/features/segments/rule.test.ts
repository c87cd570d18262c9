import { describe, expect, test } from "vitest";
import type { Rule } from "@/api/rule";
import { type DraftGroup, type DraftRule, newGroup, toDraft, toRule } from "./draft";
import { redo, startHistory, step, undo } from "./history";
import { addBranch, changeBranch, duplicateBranch, removeBranch, wrapBranch } from "./tree";

const RULE: Rule = {
  version: 1,
  as_of: "2011-12-09T12:50:00Z",
  root: {
    all: [
      { field: "city", op: "in", value: ["上海", "杭州"] },
      {
        not: {
          any: [
            { field: "has_email", op: "eq", value: false },
            { field: "spent", op: "between", value: [100, 500] },
          ],
        },
      },
      {
        bought: {
          measure: "orders",
          op: "gte",
          value: 2,
          where: [{ field: "category", op: "in", value: [7] }],
          window: { last: { n: 90, unit: "days" } },
        },
      },
    ],
  },
};

function branch(draft: DraftRule, place: number) {
  const child = draft.root.children[place];
  if (!child) throw new Error("no such branch");
  return child;
}

describe("a rule on its way through the builder", () => {
  test("comes out as it went in", () => {
    expect(toRule(toDraft(RULE)).rule).toEqual(RULE);
  });

  test("names each branch by the path the server counts it under", () => {
    const draft = toDraft(RULE);
    const excluded = branch(draft, 1) as DraftGroup;
    const { paths } = toRule(draft);
    expect(paths.get(draft.root.id)).toBe("root");
    expect(paths.get(excluded.id)).toBe("root.all.1");
    expect(paths.get(excluded.children[1]?.id ?? "")).toBe("root.all.1.not.any.1");
  });

  test("leaves unfinished conditions out, and counts the places of the others", () => {
    const draft = toDraft(RULE);
    const city = branch(draft, 0);
    const emptied = {
      ...draft,
      root: changeBranch(draft.root, city.id, (one) => ({ ...one, value: [] }) as typeof one),
    };
    const { rule, paths, unfinished } = toRule(emptied);
    expect([...unfinished]).toEqual([city.id]);
    expect(paths.get(branch(draft, 2).id)).toBe("root.all.1");
    expect(rule.root).toEqual({ all: RULE.root && "all" in RULE.root ? RULE.root.all.slice(1) : [] });
  });

  test("has no group without conditions, save the root", () => {
    const draft: DraftRule = { asOf: null, root: newGroup("all", [newGroup("any")]) };
    expect(toRule(draft).rule.root).toEqual({ all: [] });
  });

  test("wraps a single condition into a group to build on", () => {
    const single = toDraft({ version: 1, as_of: null, root: { field: "city", op: "is_set" } });
    expect(single.root.mode).toBe("all");
    expect(single.root.children).toHaveLength(1);
  });

  test("says no twice as yes", () => {
    const twice = toDraft({ version: 1, as_of: null, root: { not: { not: { field: "city", op: "is_set" } } } });
    expect(toRule(twice).rule.root).toEqual({ all: [{ field: "city", op: "is_set" }] });
  });

  test("keeps a day left open out of the window", () => {
    const open = toDraft({
      version: 1,
      as_of: null,
      root: { bought: { measure: "orders", op: "gte", value: 1, window: { between: { from: "2011-01-01", to: "" } } } },
    });
    expect(toRule(open).rule.root).toEqual({
      all: [{ bought: { measure: "orders", op: "gte", value: 1, window: { between: { from: "2011-01-01" } } } }],
    });
  });
});

describe("edits of the tree", () => {
  test("touch one branch and leave the others the same objects", () => {
    const { root } = toDraft(RULE);
    const [city, excluded, bought] = root.children;
    const next = changeBranch(root, city?.id ?? "", (one) => ({ ...one, negated: true }));
    expect(next.children[0]?.negated).toBe(true);
    expect(next.children[1]).toBe(excluded);
    expect(next.children[2]).toBe(bought);
  });

  test("of a branch that is gone change nothing", () => {
    const { root } = toDraft(RULE);
    expect(changeBranch(root, "gone", () => null)).toBe(root);
    expect(duplicateBranch(root, "gone")).toBe(root);
    expect(wrapBranch(root, "gone")).toBe(root);
  });

  test("reach into nested groups", () => {
    const { root } = toDraft(RULE);
    const group = root.children[1] as DraftGroup;
    const inner = group.children[0]?.id ?? "";
    expect((removeBranch(root, inner).children[1] as DraftGroup).children).toHaveLength(1);
    const copied = duplicateBranch(root, inner).children[1] as DraftGroup;
    expect(copied.children).toHaveLength(3);
    expect(copied.children[1]?.id).not.toBe(inner);
    const wrapped = (wrapBranch(root, inner).children[1] as DraftGroup).children[0] as DraftGroup;
    expect([wrapped.kind, wrapped.mode]).toEqual(["group", "all"]);
  });

  test("put new branches at the end of the group they were added to", () => {
    const { root } = toDraft(RULE);
    const added = newGroup("any");
    expect(addBranch(root, root.id, added).children.at(-1)).toBe(added);
  });

  test("leave the root standing when everything is taken out", () => {
    const { root } = toDraft(RULE);
    expect(removeBranch(root, root.id)).toEqual({ ...root, children: [] });
  });
});

describe("undo", () => {
  test("walks back and forth through what was done", () => {
    const done = step(step(startHistory("a"), "b"), "c");
    expect(undo(done).present).toBe("b");
    expect(undo(undo(done)).present).toBe("a");
    expect(redo(undo(undo(done))).present).toBe("b");
  });

  test("takes typing in one control as one step", () => {
    const typed = step(step(step(startHistory(""), "n", "name"), "na", "name"), "nam", "name");
    expect(undo(typed).present).toBe("");
    const twoControls = step(typed, "nam!", "description");
    expect(undo(twoControls).present).toBe("nam");
  });

  test("forgets what was undone once something else is done", () => {
    const other = step(undo(step(startHistory("a"), "b")), "c");
    expect(other.future).toEqual([]);
    expect(redo(other).present).toBe("c");
  });

  test("stops at the beginning and at the end", () => {
    const fresh = startHistory("a");
    expect(undo(fresh)).toBe(fresh);
    expect(redo(fresh)).toBe(fresh);
  });

  test("starts a new step after an undo, even in the same control", () => {
    const back = undo(step(step(startHistory("a"), "b", "name"), "bc", "name"));
    const again = step(back, "d", "name");
    expect(undo(again).present).toBe("a");
  });
});
