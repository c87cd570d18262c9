/** A segment's rule as the API speaks it, and as the builder edits it. Nothing here knows React or the network. */

export type Unit = "hours" | "days" | "weeks" | "months" | "years";
export type CalendarUnit = "week" | "month" | "quarter" | "year";

export type Window =
  | { readonly last: { readonly n: number; readonly unit: Unit } }
  | { readonly between: { readonly from?: string; readonly to?: string } }
  | { readonly ago: { readonly from_n: number; readonly to_n: number; readonly unit: Unit } }
  | { readonly calendar: { readonly which: "this" | "last"; readonly unit: CalendarUnit } }
  | { readonly ever: true };

export type Operator =
  | "eq"
  | "ne"
  | "in"
  | "not_in"
  | "contains"
  | "starts_with"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "between"
  | "is_set"
  | "is_not_set"
  | "last_n"
  | "next_n"
  | "during"
  | "within";

export interface Span {
  readonly n: number;
  readonly unit: Unit;
}

/** A calendar period that a birthday falls in. */
export interface Period {
  readonly which: "this" | "last" | "next";
  readonly unit: CalendarUnit;
}

/** Everywhere within so many kilometres of a point; null where it is not told yet. */
export interface Circle {
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly km: number | null;
}

/** Both ends of "between", as they are typed: the API writes them as a list of two. */
export interface Range {
  readonly from: number | string;
  readonly to: number | string;
}

/** A value picked from a list: a word, or the number of a store, a product, a source. */
export type Picked = string | number;

export type Value = Picked | boolean | readonly Picked[] | Span | Range | Period | Circle | null;

export interface Where {
  readonly field: string;
  readonly op: Operator;
  readonly value?: Value;
}

export interface FieldCondition {
  readonly field: string;
  readonly op: Operator;
  readonly value?: Value;
  /** Of an amount; left out, the operator's own. */
  readonly currency?: string;
}

export type Measure =
  | "orders"
  | "lines"
  | "quantity"
  | "net"
  | "average_order"
  | "distinct_products"
  | "first_at"
  | "last_at";

export interface Bought {
  readonly measure: Measure;
  readonly op: Operator;
  readonly value?: Value;
  readonly currency?: string;
  readonly where?: readonly Where[];
  readonly window: Window;
}

export type Node =
  | { readonly all: readonly Node[] }
  | { readonly any: readonly Node[] }
  | { readonly not: Node }
  | FieldCondition
  | { readonly bought: Bought };

export interface Rule {
  readonly version: 1;
  /** The moment it is judged at; null is now. */
  readonly as_of: string | null;
  readonly root: Node;
}

interface Branch {
  readonly id: string;
  /** Everyone but those. */
  readonly negated: boolean;
}

export interface DraftGroup extends Branch {
  readonly kind: "group";
  readonly mode: "all" | "any";
  readonly children: readonly Draft[];
}

export interface DraftField extends Branch, FieldCondition {
  readonly kind: "field";
}

export interface DraftBought extends Branch, Bought {
  readonly kind: "bought";
}

/** A branch while it is edited: it has a name of its own, and may not be finished yet. */
export type Draft = DraftGroup | DraftField | DraftBought;

/** What the builder holds. */
export interface DraftRule {
  readonly asOf: string | null;
  readonly root: DraftGroup;
}

let lastId = 0;

/** A name for a branch, unique on this page. */
export function newId(): string {
  lastId += 1;
  return `branch-${lastId}`;
}

export function emptyRule(): DraftRule {
  return { asOf: null, root: newGroup("all") };
}

export function newGroup(mode: "all" | "any", children: readonly Draft[] = []): DraftGroup {
  return { id: newId(), kind: "group", negated: false, mode, children };
}

/** The rule as it is edited. A root that is no group is wrapped into one. */
export function toDraft(rule: Rule): DraftRule {
  const root = draftOf(rule.root, false);
  return { asOf: rule.as_of, root: root.kind === "group" && !root.negated ? root : newGroup("all", [root]) };
}

function draftOf(node: Node, negated: boolean): Draft {
  if ("not" in node) return draftOf(node.not, !negated);
  const id = newId();
  if ("all" in node) {
    return { id, kind: "group", negated, mode: "all", children: node.all.map((child) => draftOf(child, false)) };
  }
  if ("any" in node) {
    return { id, kind: "group", negated, mode: "any", children: node.any.map((child) => draftOf(child, false)) };
  }
  if ("bought" in node) {
    const { where, ...bought } = node.bought;
    const filters = (where ?? []).map(typedRange);
    return { id, kind: "bought", negated, ...typedRange(bought), ...(filters.length > 0 ? { where: filters } : {}) };
  }
  return { id, kind: "field", negated, ...typedRange(node) };
}

/** The list of two that the API writes, as the two ends that are typed. */
function typedRange<T extends { readonly op: Operator; readonly value?: Value }>(condition: T): T {
  const { op, value } = condition;
  if (op !== "between" || !Array.isArray(value)) return condition;
  return { ...condition, value: { from: value[0] ?? "", to: value[1] ?? "" } };
}

function writtenRange(value: Value | undefined): Value | undefined {
  return typeof value === "object" && value !== null && "from" in value ? [value.from, value.to] : value;
}

export interface WrittenRule {
  readonly rule: Rule;
  /** Under which path the server reports each branch: `root.all.0`. */
  readonly paths: ReadonlyMap<string, string>;
  /** Conditions that are not finished, so not part of `rule`. */
  readonly unfinished: ReadonlySet<string>;
}

/** The rule to send: unfinished conditions and empty groups are left out, so that a count never waits for them. */
export function toRule(draft: DraftRule): WrittenRule {
  const paths = new Map<string, string>();
  const unfinished = new Set<string>();
  const write = (branch: Draft, path: string): Node | null => {
    const inner = branch.negated ? `${path}.not` : path;
    const node = writeInner(branch, inner);
    if (node === null) return null;
    paths.set(branch.id, path);
    return branch.negated ? { not: node } : node;
  };
  const writeInner = (branch: Draft, path: string): Node | null => {
    if (branch.kind !== "group") {
      if (!isFinished(branch)) {
        unfinished.add(branch.id);
        return null;
      }
      return branch.kind === "field" ? fieldNode(branch) : { bought: boughtOf(branch) };
    }
    const children: Node[] = [];
    for (const child of branch.children) {
      const node = write(child, `${path}.${branch.mode}.${children.length}`);
      if (node !== null) children.push(node);
    }
    if (children.length === 0 && branch !== draft.root) return null;
    return branch.mode === "all" ? { all: children } : { any: children };
  };
  const root = write(draft.root, "root") ?? { all: [] };
  return { rule: { version: 1, as_of: draft.asOf, root }, paths, unfinished };
}

function fieldNode({ field, op, value, currency }: DraftField): FieldCondition {
  return { field, op, ...(takesValue(op) ? { value: writtenRange(value) } : {}), ...(currency ? { currency } : {}) };
}

function boughtOf({ measure, op, value, currency, where, window }: DraftBought): Bought {
  const filters = (where ?? []).filter(isWhereFinished);
  const hasMoney = isMoneyMeasure(measure) || filters.some(({ field }) => field === "unit_price");
  return {
    measure,
    op,
    ...(takesValue(op) ? { value: writtenRange(value) } : {}),
    ...(currency && hasMoney ? { currency } : {}),
    ...(filters.length > 0 ? { where: filters.map((one) => ({ ...one, value: writtenRange(one.value) })) } : {}),
    window: writtenWindow(window),
  };
}

/** Days left open are left out. */
function writtenWindow(window: Window): Window {
  if (!("between" in window)) return window;
  const { from, to } = window.between;
  return { between: { ...(from ? { from } : {}), ...(to ? { to } : {}) } };
}

export function takesValue(op: Operator): boolean {
  return op !== "is_set" && op !== "is_not_set";
}

export function isMoneyMeasure(measure: Measure): boolean {
  return measure === "net" || measure === "average_order";
}

export function isInstantMeasure(measure: Measure): boolean {
  return measure === "first_at" || measure === "last_at";
}

export function isFinished(branch: DraftField | DraftBought): boolean {
  if (takesValue(branch.op) && !isValueFinished(branch.value)) return false;
  if (branch.kind === "field") return true;
  return isWindowFinished(branch.window);
}

function isWhereFinished({ op, value }: Where): boolean {
  return !takesValue(op) || isValueFinished(value);
}

function isValueFinished(value: Value | undefined): boolean {
  if (value === null || value === undefined || value === "") return false;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && "n" in value) return Number.isInteger(value.n) && value.n > 0;
  if (typeof value === "object" && "km" in value)
    return value.latitude !== null && value.longitude !== null && value.km !== null;
  if (typeof value === "object" && "from" in value)
    return value.from !== "" && value.to !== "" && value.from <= value.to;
  return true;
}

export function isWindowFinished(window: Window): boolean {
  if ("last" in window) return Number.isInteger(window.last.n) && window.last.n > 0;
  if ("ago" in window) return window.ago.to_n >= 0 && window.ago.from_n > window.ago.to_n;
  if ("between" in window) {
    const { from, to } = window.between;
    if (!from && !to) return false;
    return !from || !to || from <= to;
  }
  return true;
}

/** How many conditions stand in this branch, finished or not. */
export function countConditions(branch: Draft): number {
  return branch.kind === "group" ? branch.children.reduce((sum, child) => sum + countConditions(child), 0) : 1;
}

/** How many groups deep the branch with this name lies; the root is 0. */
export function depthOf(root: DraftGroup, id: string, depth = 0): number | null {
  if (root.id === id) return depth;
  for (const child of root.children) {
    if (child.id === id) return depth + 1;
    if (child.kind !== "group") continue;
    const found = depthOf(child, id, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** The tree with one branch replaced, or taken out when `change` answers null. A branch that is not there changes nothing. */
export function changeBranch(root: DraftGroup, id: string, change: (branch: Draft) => Draft | null): DraftGroup {
  if (root.id === id) {
    const changed = change(root);
    // The root itself stays: to take everything out is to leave it empty.
    return changed?.kind === "group" ? changed : { ...root, children: [] };
  }
  let touched = false;
  const children = root.children.flatMap((child) => {
    if (child.id === id) {
      touched = true;
      const changed = change(child);
      return changed ? [changed] : [];
    }
    if (child.kind !== "group") return [child];
    const changed = changeBranch(child, id, change);
    touched ||= changed !== child;
    return [changed];
  });
  return touched ? { ...root, children } : root;
}

export function removeBranch(root: DraftGroup, id: string): DraftGroup {
  return changeBranch(root, id, () => null);
}

export function addBranch(root: DraftGroup, groupId: string, branch: Draft): DraftGroup {
  return changeBranch(root, groupId, (group) =>
    group.kind === "group" ? { ...group, children: [...group.children, branch] } : group,
  );
}

/** A copy of the branch right after it, under new names. */
export function duplicateBranch(root: DraftGroup, id: string): DraftGroup {
  const children = root.children.flatMap((child) => {
    if (child.id === id) return [child, renamed(child)];
    return [child.kind === "group" ? duplicateBranch(child, id) : child];
  });
  const same =
    children.length === root.children.length && children.every((child, place) => child === root.children[place]);
  return same ? root : { ...root, children };
}

/** Puts a branch into a group of its own, which asks the other way round: all within any, any within all. */
export function wrapBranch(root: DraftGroup, id: string): DraftGroup {
  const wrapIn = (group: DraftGroup): DraftGroup => {
    let touched = false;
    const children = group.children.map((child): Draft => {
      if (child.id === id) {
        touched = true;
        return newGroup(group.mode === "all" ? "any" : "all", [child]);
      }
      if (child.kind !== "group") return child;
      const wrapped = wrapIn(child);
      touched ||= wrapped !== child;
      return wrapped;
    });
    return touched ? { ...group, children } : group;
  };
  return wrapIn(root);
}

function renamed(branch: Draft): Draft {
  const id = newId();
  return branch.kind === "group" ? { ...branch, id, children: branch.children.map(renamed) } : { ...branch, id };
}
