/** A segment's rule as the API speaks it, and as the builder edits it. Nothing here knows React or the network. */

export type Unit = "hours" | "days" | "weeks" | "months" | "years";
export type CalendarUnit = "week" | "month" | "quarter" | "year";

export type Window =
  | { readonly last: { readonly n: number; readonly unit: Unit } }
  | { readonly between: { readonly from?: string; readonly to?: string } }
  | { readonly ago: { readonly from_n: number; readonly to_n: number; readonly unit: Unit } }
  | { readonly calendar: { readonly which: "this" | "last"; readonly unit: CalendarUnit } }
  | { readonly next: { readonly n: number; readonly unit: Unit } }
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
  | "anniversary_last_n"
  | "anniversary_next_n"
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

/** Everywhere within so many kilometres of a store; null where it is not told yet. */
export interface AroundStore {
  readonly store: number | null;
  readonly km: number | null;
}

/** Both ends of "between", as they are typed: the API writes them as a list of two. */
export interface Range {
  readonly from: number | string;
  readonly to: number | string;
}

/** A value picked from a list: a word, or the number of a store, a product, a source. */
export type Picked = string | number;

export type Value = Picked | boolean | readonly Picked[] | Span | Range | Period | Circle | AroundStore | null;

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

/** What may happen to people besides purchases; the server's catalogue says which verbs and details each has. */
export const ACTIVITIES = ["did", "cart", "check_in", "message", "coupon"] as const;
export type ActivityKey = (typeof ACTIVITIES)[number];

/** What is told of the times it happened. */
export type Tally = "count" | "sum" | "first_at" | "last_at";

/** Something that happens: an activity with one of its verbs, or, where there is no verb, a purchase. */
export interface Occurrence {
  readonly verb?: string;
  readonly currency?: string;
  readonly where?: readonly Where[];
}

export interface Happened extends Occurrence {
  readonly measure: Tally;
  /** What is summed: a detail, or a property (`properties.price`). */
  readonly of?: string;
  readonly op: Operator;
  readonly value?: Value;
  readonly window: Window;
}

/** How a limit begins that asks for a free property of an event: `properties.color`. */
export const PROPERTY = "properties.";

export type StepKind = "bought" | ActivityKey;
export type Step = { readonly [K in StepKind]: { readonly [P in K]: Occurrence } }[StepKind];

/** So long as a clock counts it. */
export interface Within {
  readonly n: number;
  readonly unit: WithinUnit;
}
export type WithinUnit = "minutes" | "hours" | "days" | "weeks";

export interface Sequence {
  readonly first: Step;
  readonly then: Step;
  readonly followed: boolean;
  readonly within: Within | null;
  readonly window: Window;
}

export interface Reach {
  readonly channel: string;
  readonly purpose: string;
}

export interface Bucket {
  readonly salt: string;
  readonly from: number;
  readonly to: number;
}

export type Node =
  | { readonly all: readonly Node[] }
  | { readonly any: readonly Node[] }
  | { readonly not: Node }
  | FieldCondition
  | { readonly bought: Bought }
  | { readonly [K in ActivityKey]: { readonly [P in K]: Happened } }[ActivityKey]
  | { readonly sequence: Sequence }
  | { readonly segment: number }
  | { readonly consent: Reach }
  | { readonly bucket: Bucket };

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

export interface DraftHappened extends Branch, Happened {
  readonly kind: "happened";
  readonly activity: ActivityKey;
}

/** One thing of two that come one after the other. */
export interface DraftStep extends Occurrence {
  readonly kind: StepKind;
}

export interface DraftSequence extends Branch {
  readonly kind: "sequence";
  readonly first: DraftStep;
  readonly second: DraftStep;
  readonly followed: boolean;
  readonly within: Within | null;
  readonly window: Window;
}

export interface DraftSegment extends Branch {
  readonly kind: "segment";
  readonly segment: number | null;
}

export interface DraftConsent extends Branch, Reach {
  readonly kind: "consent";
}

export interface DraftBucket extends Branch {
  readonly kind: "bucket";
  readonly salt: string;
  readonly from: number | null;
  readonly to: number | null;
}

/** A part this page cannot edit (of a newer server, or a group without conditions): kept as it is. */
export interface DraftOther extends Branch {
  readonly kind: "other";
  readonly node: Node;
}

export type DraftCondition =
  | DraftField
  | DraftBought
  | DraftHappened
  | DraftSequence
  | DraftSegment
  | DraftConsent
  | DraftBucket
  | DraftOther;

/** A branch while it is edited: it has a name of its own, and may not be finished yet. */
export type Draft = DraftGroup | DraftCondition;

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
  const { root } = rule;
  const asOf = rule.as_of ?? null;
  if ("all" in root || "any" in root) {
    const mode = "all" in root ? "all" : "any";
    return {
      asOf,
      root: newGroup(
        mode,
        partsOf(root).map((child) => draftOf(child, false)),
      ),
    };
  }
  return { asOf, root: newGroup("all", [draftOf(root, false)]) };
}

/** The parts of a group. */
export function partsOf(node: Node): readonly Node[] {
  if ("all" in node) return node.all;
  if ("any" in node) return node.any;
  return "not" in node ? [node.not] : [];
}

function draftOf(node: Node, negated: boolean): Draft {
  if ("not" in node) return draftOf(node.not, !negated);
  const branch = { id: newId(), negated };
  if ("all" in node || "any" in node) {
    const children = partsOf(node).map((child) => draftOf(child, false));
    // To the builder a group without conditions is one to be filled, and not asked about; in a document it has a meaning.
    if (children.length === 0) return { ...branch, kind: "other", node };
    return { ...branch, kind: "group", mode: "all" in node ? "all" : "any", children };
  }
  if ("field" in node) return { ...branch, kind: "field", ...typedRange(node) };
  if ("bought" in node) return { ...branch, kind: "bought", ...typedMeasured(node.bought) };
  if ("sequence" in node) {
    const { first, followed = true, within = null, window } = node.sequence;
    const steps = { first: draftStep(first), second: draftStep(node.sequence.then) };
    return { ...branch, kind: "sequence", ...steps, followed, within, window: window ?? EVER };
  }
  if ("segment" in node) return { ...branch, kind: "segment", segment: node.segment };
  if ("consent" in node) return { ...branch, kind: "consent", ...node.consent };
  if ("bucket" in node) return { ...branch, kind: "bucket", ...node.bucket };
  for (const activity of ACTIVITIES) {
    const happened = (node as Partial<Record<ActivityKey, Happened>>)[activity];
    if (happened) return { ...branch, kind: "happened", activity, ...typedMeasured(happened) };
  }
  return { ...branch, kind: "other", node };
}

const EVER: Window = { ever: true };

/** A measured condition as it is typed: with its window, and without an empty list of limits. */
function typedMeasured<T extends Bought | Happened>(condition: T): T {
  const { where, ...rest } = typedRange(condition);
  return { ...rest, ...typedWhere(where), window: condition.window ?? EVER } as T;
}

function typedWhere(where: readonly Where[] | undefined): { readonly where?: readonly Where[] } {
  return where && where.length > 0 ? { where: where.map(typedRange) } : {};
}

function draftStep(step: Step): DraftStep {
  const [kind, { where, ...rest }] = Object.entries(step)[0] as [StepKind, Occurrence];
  return { kind, ...rest, ...typedWhere(where) };
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
      return conditionNode(branch);
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

function conditionNode(branch: DraftCondition): Node {
  switch (branch.kind) {
    case "field": {
      const { field, op, currency } = branch;
      return { field, op, ...comparedWith(branch), ...currencyOf(currency) };
    }
    case "bought": {
      const { measure, op, currency, window } = branch;
      const money = isMoneyMeasure(measure) || looksAtPrices(branch);
      return {
        bought: {
          measure,
          op,
          ...comparedWith(branch),
          ...currencyOf(money ? currency : undefined),
          ...whereOf(branch),
          window: writtenWindow(window),
        },
      };
    }
    case "happened": {
      const { activity, verb, measure, of, op, currency, window } = branch;
      const happened: Happened = {
        ...(verb ? { verb } : {}),
        measure,
        ...(measure === "sum" && of ? { of } : {}),
        op,
        ...comparedWith(branch),
        ...currencyOf(currency),
        ...whereOf(branch),
        window: writtenWindow(window),
      };
      return { [activity]: happened } as { [K in ActivityKey]: { [P in K]: Happened } }[ActivityKey];
    }
    case "sequence": {
      const { first, second, followed, within, window } = branch;
      // biome-ignore lint/suspicious/noThenProperty: the grammar's own word; nobody awaits a rule.
      const steps = { first: stepOf(first), then: stepOf(second) };
      return { sequence: { ...steps, followed, within, window: writtenWindow(window) } };
    }
    case "segment":
      return { segment: branch.segment ?? 0 };
    case "consent":
      return { consent: { channel: branch.channel, purpose: branch.purpose } };
    case "bucket":
      return { bucket: { salt: branch.salt, from: branch.from ?? 0, to: branch.to ?? 0 } };
    case "other":
      return branch.node;
  }
}

function comparedWith({ op, value }: { op: Operator; value?: Value }): { value?: Value } {
  return takesValue(op) ? { value: writtenRange(value) } : {};
}

function currencyOf(currency: string | undefined): { currency?: string } {
  return currency ? { currency } : {};
}

function whereOf({ where }: Occurrence): { where?: readonly Where[] } {
  if (!where || where.length === 0) return {};
  return { where: where.map(({ field, op, value }) => ({ field, op, ...comparedWith({ op, value }) })) };
}

function stepOf({ kind, verb, currency, where }: DraftStep): Step {
  const money = kind === "bought" ? (looksAtPrices({ where }) ? currency : undefined) : currency;
  const occurrence: Occurrence = { ...(verb ? { verb } : {}), ...currencyOf(money), ...whereOf({ where }) };
  return { [kind]: occurrence } as Step;
}

function looksAtPrices({ where }: Occurrence): boolean {
  return (where ?? []).some(({ field }) => field === "unit_price");
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

export function isInstantMeasure(measure: Measure | Tally): boolean {
  return measure === "first_at" || measure === "last_at";
}

export function isFinished(branch: DraftCondition): boolean {
  switch (branch.kind) {
    case "field":
      return isCompared(branch);
    case "bought":
      return isCompared(branch) && areLimitsFinished(branch) && isWindowFinished(branch.window);
    case "happened":
      return (
        isCompared(branch) &&
        areLimitsFinished(branch) &&
        isWindowFinished(branch.window) &&
        (branch.measure !== "sum" || !!branch.of)
      );
    case "sequence":
      return (
        areLimitsFinished(branch.first) &&
        areLimitsFinished(branch.second) &&
        isWindowFinished(branch.window) &&
        (branch.within === null || isCounted(branch.within.n))
      );
    case "segment":
      return branch.segment !== null;
    case "bucket":
      return branch.salt !== "" && branch.from !== null && branch.to !== null && branch.from < branch.to;
    default:
      return true;
  }
}

function isCompared({ op, value }: { readonly op: Operator; readonly value?: Value }): boolean {
  return !takesValue(op) || isValueFinished(value);
}

/** Limits that are not filled in would widen what is counted, so a condition waits for them. */
function areLimitsFinished({ where }: Occurrence): boolean {
  return (where ?? []).every((one) => one.field !== PROPERTY && isCompared(one));
}

function isCounted(n: number): boolean {
  return Number.isInteger(n) && n > 0;
}

function isValueFinished(value: Value | undefined): boolean {
  if (value === null || value === undefined || value === "") return false;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && "n" in value) return isCounted(value.n);
  if (typeof value === "object" && "store" in value) return value.store !== null && value.km !== null;
  if (typeof value === "object" && "km" in value)
    return value.latitude !== null && value.longitude !== null && value.km !== null;
  if (typeof value === "object" && "from" in value)
    return value.from !== "" && value.to !== "" && value.from <= value.to;
  return true;
}

export function isWindowFinished(window: Window): boolean {
  if ("last" in window) return isCounted(window.last.n);
  if ("next" in window) return isCounted(window.next.n);
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

export interface Spot {
  /** The group it stands in. */
  readonly group: string;
  /** Before which of the group's branches, counted without the branch that moves. */
  readonly place: number;
}

/** Where a branch stands; null for the root and for what is not there. */
export function spotOf(root: DraftGroup, id: string): Spot | null {
  const place = root.children.findIndex((child) => child.id === id);
  if (place >= 0) return { group: root.id, place };
  for (const child of root.children) {
    const found = child.kind === "group" ? spotOf(child, id) : null;
    if (found) return found;
  }
  return null;
}

export function findBranch(root: DraftGroup, id: string): Draft | null {
  if (root.id === id) return root;
  for (const child of root.children) {
    if (child.id === id) return child;
    const found = child.kind === "group" ? findBranch(child, id) : null;
    if (found) return found;
  }
  return null;
}

/** How many groups deep a branch is itself; a condition is 0. */
export function heightOf(branch: Draft): number {
  return branch.kind === "group" ? 1 + Math.max(0, ...branch.children.map(heightOf)) : 0;
}

/** The branch moved to another spot. A group does not move into itself, nor anything to where there is no group. */
export function moveBranch(root: DraftGroup, id: string, to: Spot): DraftGroup {
  const branch = findBranch(root, id);
  const from = spotOf(root, id);
  if (!branch || !from || (from.group === to.group && from.place === to.place)) return root;
  if (branch.kind === "group" && findBranch(branch, to.group)) return root;
  if (findBranch(root, to.group)?.kind !== "group") return root;
  return changeBranch(removeBranch(root, id), to.group, (group) =>
    group.kind === "group"
      ? { ...group, children: [...group.children.slice(0, to.place), branch, ...group.children.slice(to.place)] }
      : group,
  );
}

/** The spot of a gap in a group as it stands, for a branch that leaves its own place when it moves there. */
export function gapSpot(root: DraftGroup, id: string, group: string, gap: number): Spot {
  const from = spotOf(root, id);
  return { group, place: from?.group === group && from.place < gap ? gap - 1 : gap };
}

/** Whether a branch may stand in a group: not within itself, nor with groups deeper than `deepest`. */
export function mayMoveTo(root: DraftGroup, id: string, group: string, deepest: number): boolean {
  const branch = findBranch(root, id);
  const depth = depthOf(root, group);
  if (!branch || depth === null || (branch.kind === "group" && findBranch(branch, group))) return false;
  return depth + heightOf(branch) <= deepest;
}

export type Direction = "up" | "down" | "in" | "out";

/**
 * Where one step in a direction leads: past a neighbour, into the group above it (or, failing that, below it), or out to
 * just after the group it stands in. Null where there is no such step, or where groups would lie deeper than `deepest`.
 */
export function stepTo(root: DraftGroup, id: string, direction: Direction, deepest: number): Spot | null {
  const from = spotOf(root, id);
  const branch = findBranch(root, id);
  const group = from && findBranch(root, from.group);
  if (!from || !branch || group?.kind !== "group") return null;
  switch (direction) {
    case "up":
      return from.place > 0 ? { group: group.id, place: from.place - 1 } : null;
    case "down":
      return from.place < group.children.length - 1 ? { group: group.id, place: from.place + 1 } : null;
    case "in": {
      const above = group.children[from.place - 1];
      const below = group.children[from.place + 1];
      const into = above?.kind === "group" ? above : below?.kind === "group" ? below : null;
      if (!into || !mayMoveTo(root, id, into.id, deepest)) return null;
      return { group: into.id, place: into === above ? into.children.length : 0 };
    }
    case "out": {
      const outer = spotOf(root, group.id);
      return outer && { group: outer.group, place: outer.place + 1 };
    }
  }
}

function renamed(branch: Draft): Draft {
  const id = newId();
  return branch.kind === "group" ? { ...branch, id, children: branch.children.map(renamed) } : { ...branch, id };
}
