import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "./client";
import type { components } from "./schema";

/** A saved view of a list: the query of its address under a name. */
export type StoredView = components["schemas"]["ViewOut"];

const key = (page: string) => ["views", page] as const;

export function useViews(page: string) {
  return useQuery({
    queryKey: key(page),
    queryFn: ({ signal }) => answered(client.GET("/api/v1/views", { params: { query: { page } }, signal })),
    staleTime: 300_000,
  });
}

export function useSaveView(page: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, query }: { name: string; query: string }) =>
      answered(client.POST("/api/v1/views", { body: { page, name, query, shared: false } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: key(page) }),
  });
}

export function useDeleteView(page: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.DELETE("/api/v1/views/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: key(page) }),
  });
}
