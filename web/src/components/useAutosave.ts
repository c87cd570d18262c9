import { useEffect, useRef, useState } from "react";

export type SaveState = "saved" | "waiting" | "saving" | "failed";

const REST_MILLISECONDS = 600;
const AGAIN_MILLISECONDS = 5_000;

/**
 * Keeps what is edited stored, a short rest after the last change. One write at a time: what changes during a write is
 * written after it. A failed write is tried again, and again after every change.
 */
export function useAutosave<T>(
  value: T,
  ready: boolean,
  write: (value: T) => Promise<void>,
  /** True when even what one begins with is not stored yet, and should be. */
  beginsUnstored = false,
): SaveState {
  const stored = useRef<T | null>(beginsUnstored ? null : value);
  const latest = useRef({ value, write });
  latest.current = { value, write };
  const writing = useRef(false);
  const [state, setState] = useState<SaveState>(beginsUnstored ? "waiting" : "saved");
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is a reason to look again, not an input.
  useEffect(() => {
    if (!ready || value === stored.current) return;
    if (!writing.current) setState((before) => (before === "failed" ? "failed" : "waiting"));
    const timer = setTimeout(async () => {
      if (writing.current) return;
      const { value: written, write } = latest.current;
      writing.current = true;
      setState("saving");
      try {
        await write(written);
        stored.current = written;
        setState(latest.current.value === written ? "saved" : "waiting");
        setAttempt((count) => count + 1);
      } catch {
        setState("failed");
        setTimeout(() => setAttempt((count) => count + 1), AGAIN_MILLISECONDS);
      } finally {
        writing.current = false;
      }
    }, REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [value, ready, attempt]);
  return state;
}
