import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "./client";
import type { components } from "./schema";

export type Found = components["schemas"]["FoundOut"];

/** Everything that matches, of what she may read. Nothing is asked for an empty text. */
export function useSearch(text: string) {
  const q = text.trim();
  return useQuery({
    queryKey: ["search", q],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/search", { params: { query: { q } }, signal })),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
}
