/** A segment's rule as the builder edits it: read from a document, finished or not, written as one again. */

import {
  ACTIVITIES,
  type ActivityKey,
  type Bought,
  type FieldCondition,
  type Happened,
  isMoneyMeasure,
  type Node,
  type Occurrence,
  type Operator,
  PROPERTY,
  partsOf,
  type Reach,
  type Rule,
  type Step,
  type StepKind,
  takesValue,
  type Value,
  type Where,
  type Window,
  type Within,
} from "@/api/rule";

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
