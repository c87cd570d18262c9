import { useCallback, useState } from "react";

/** A small preference of this browser (columns, density, folded menu); unreadable or refused storage means the fallback. */
export function useStored<T>(key: string, fallback: T): readonly [T, (next: T) => void] {
  const storageKey = `huike.${key}`;
  const [value, setValue] = useState<T>(() => read(storageKey) ?? fallback);
  const store = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(storageKey, JSON.stringify(next));
      } catch {
        // Storage is full or forbidden: the choice holds for this visit.
      }
    },
    [storageKey],
  );
  return [value, store];
}

function read<T>(storageKey: string): T | null {
  try {
    const text = localStorage.getItem(storageKey);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}
