import { useDeleteView, useSaveView, useViews } from "@/api/views";
import type { SavedView, SavedViewsProps } from "./views";

/** The views of a list: those that come with it, then the person's own, kept by the server. */
export function useSavedViews(
  page: string,
  builtIn: readonly Omit<SavedView, "own">[],
  search: string,
): Omit<SavedViewsProps, "search"> {
  const stored = useViews(page);
  const save = useSaveView(page);
  const remove = useDeleteView(page);
  return {
    views: [
      ...builtIn.map((view) => ({ ...view, own: false })),
      ...(stored.data ?? []).map(({ id, name, query, mine }) => ({ key: String(id), name, search: query, own: mine })),
    ],
    onSave: (name) => save.mutate({ name, query: withoutCursor(search) }),
    onDelete: (key) => remove.mutate(Number(key)),
  };
}

function withoutCursor(search: string): string {
  const params = new URLSearchParams(search);
  params.delete("cursor");
  return params.toString();
}
