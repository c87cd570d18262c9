import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useJobStarted } from "@/api/jobs";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type SqlCatalogue = Schemas["SqlCatalogueOut"];
export type SqlTable = Schemas["SqlTableOut"];
export type SqlColumn = Schemas["SqlColumnOut"];
export type SqlAnswer = Schemas["SqlAnswerOut"];
export type AskedBefore = Schemas["SqlQuestionOut"];
export type SavedQuery = Schemas["SavedQueryOut"];
export type SavedQueryIn = Schemas["SavedQueryIn"];
export type FileFormat = Schemas["SqlFileIn"]["format"];

const KEY = ["sql"] as const;
const HISTORY = [...KEY, "history"] as const;
const SAVED = [...KEY, "saved"] as const;

/** What can be asked: it changes with the product, not with the data. */
export function useSqlCatalogue() {
  return useQuery({
    queryKey: [...KEY, "tables"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sql/tables", { signal })),
    staleTime: 10 * 60_000,
    retry: false,
  });
}

export function useAsk() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (sql: string) => answered(client.POST("/api/v1/sql/ask", { body: { sql } })),
    meta: { ownErrors: true },
    onSettled: () => queries.invalidateQueries({ queryKey: HISTORY }),
  });
}

/** Stops the question of hers that is being answered, wherever it was asked. */
export function useStop() {
  return useMutation({ mutationFn: () => answered(client.POST("/api/v1/sql/cancel", {})) });
}

export function useWriteFile() {
  const started = useJobStarted();
  return useMutation({
    mutationFn: (body: { sql: string; format: FileFormat }) => answered(client.POST("/api/v1/sql/file", { body })),
    onSuccess: started,
  });
}

export function useSqlHistory() {
  return useQuery({
    queryKey: HISTORY,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sql/history", { signal })),
  });
}

export function useSavedQueries() {
  return useQuery({
    queryKey: SAVED,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sql/saved", { signal })),
  });
}

export function useSaveQuery() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: SavedQueryIn & { id: number | null }) =>
      id === null
        ? answered(client.POST("/api/v1/sql/saved", { body }))
        : answered(client.PUT("/api/v1/sql/saved/{id}", { params: { path: { id } }, body })),
    meta: { ownErrors: true },
    onSuccess: () => queries.invalidateQueries({ queryKey: SAVED }),
  });
}

export function useDeleteQuery() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.DELETE("/api/v1/sql/saved/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: SAVED }),
  });
}

export function useListPeople() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; customer_ids: number[] }) =>
      answered(client.POST("/api/v1/segments/listed", { body: { description: "", ...body } })),
    meta: { ownErrors: true },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["segments"] }),
  });
}
