import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "./client";

/** A saved view of a list: the query of its address under a name. */
export interface StoredView {
  readonly id: number;
  readonly page: string;
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
  readonly mine: boolean;
}

const key = (page: string) => ["views", page] as const;

export function useViews(page: string) {
  return useQuery({
    queryKey: key(page),
    queryFn: ({ signal }) =>
      answered<StoredView[]>(client.GET("/api/v1/views", { params: { query: { page } }, signal })),
    staleTime: 300_000,
  });
}

export function useSaveView(page: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, query }: { name: string; query: string }) =>
      answered<StoredView>(client.POST("/api/v1/views", { body: { page, name, query, shared: false } })),
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
