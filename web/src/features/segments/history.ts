/** What was, what is, and what was undone. Pure, so that Ctrl+Z can be trusted. */
export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** The control being typed into: its next change belongs to the same step. */
  readonly touched: string | null;
}

const STEPS_KEPT = 200;

export function startHistory<T>(present: T): History<T> {
  return { past: [], present, future: [], touched: null };
}

/** A new state. Changes of the same control in a row are one step, so that undo does not walk through letters. */
export function step<T>(history: History<T>, present: T, control: string | null = null): History<T> {
  if (present === history.present) return history;
  if (control !== null && control === history.touched) return { ...history, present, future: [] };
  const past = [...history.past, history.present].slice(-STEPS_KEPT);
  return { past, present, future: [], touched: control };
}

export function undo<T>(history: History<T>): History<T> {
  const previous = history.past.at(-1);
  if (previous === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: previous,
    future: [history.present, ...history.future],
    touched: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future, touched: null };
}
