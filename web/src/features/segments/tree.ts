/** The tree of a rule that is edited: branches found, changed, moved. */

import { type Draft, type DraftGroup, newGroup, newId } from "./draft";

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
