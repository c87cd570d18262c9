import { useEffect, useRef } from "react";

export type KeyHandlers = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/**
 * Keys that work anywhere on the page (`/`, `j`, `enter`, `mod+k`; names in lower case), but not while someone types, and not behind a
 * dialog. `mod` is ⌘ on a Mac and Ctrl elsewhere; combinations with `mod` work while typing too.
 */
export function useKeys(handlers: KeyHandlers, enabled = true): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent) => {
      const withMod = event.metaKey || event.ctrlKey;
      const key = event.key.toLowerCase();
      const name = withMod ? `mod+${key}` : key;
      const handler = latest.current[name];
      if (!handler || event.defaultPrevented || event.altKey) return;
      if (!withMod && (isTyping(event.target) || dialogIsOpen())) return;
      handler(event);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [enabled]);
}

/** A tick box takes no letters, so that keys go on working after a row was ticked. */
const TYPED_INTO =
  "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [role=combobox], [role=menu]";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest(TYPED_INTO) !== null);
}

function dialogIsOpen(): boolean {
  return document.querySelector("[role=dialog][aria-modal=true]") !== null;
}
