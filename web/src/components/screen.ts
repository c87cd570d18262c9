import { useSyncExternalStore } from "react";

const PHONE = "(max-width: 767px)";
const WIDE = "(min-width: 1280px)";

/** True on a phone's width: the menu is a drawer and tables are cards. */
export function useIsPhone(): boolean {
  return useMedia(PHONE);
}

/** True where a side panel fits beside a table. */
export function useIsWide(): boolean {
  return useMedia(WIDE);
}

/** Does the screen answer to this media query now? */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (notify) => {
      const list = matchMedia(query);
      list.addEventListener("change", notify);
      return () => list.removeEventListener("change", notify);
    },
    () => matchMedia(query).matches,
  );
}
