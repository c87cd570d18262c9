import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type MergePlan = Schemas["MergePlanOut"];
export type MergeField = Schemas["MergeFieldOut"];
export type MergeConsent = Schemas["MergeConsentOut"];
export type Merge = Schemas["MergeOut"];
export type Limit = Schemas["LimitOut"];
export type Refusal = Schemas["RefusalOut"];
export type Shared = Schemas["SharedOut"];
export type Duplicate = Schemas["DuplicateOut"];
export type Choices = Record<string, "survivor" | "absorbed">;

const CUSTOMERS = ["customers"] as const;
const IDENTITY = ["identity"] as const;

/** What merging two files would do. The one that stays is the rule's choice where nobody chose. */
export function useMergePlan(a: number, b: number, survivor: number | null, choices: Choices) {
  return useQuery({
    queryKey: [...CUSTOMERS, "merge", a, b, survivor, choices],
    queryFn: ({ signal }) =>
      answered(
        client.POST("/api/v1/customers/{id}/merge/preview", {
          params: { path: { id: a } },
          body: { other_id: b, survivor_id: survivor, choices },
          signal,
        }),
      ),
    enabled: a > 0 && b > 0,
    placeholderData: keepPreviousData,
  });
}

export function useMerge(a: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["MergeIn"]) =>
      answered(
        client.POST("/api/v1/customers/{id}/merge", {
          params: { path: { id: a }, header: { "Idempotency-Key": crypto.randomUUID() } },
          body,
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useMerges(customerId: string, cursor: string) {
  return useQuery({
    queryKey: [...CUSTOMERS, "merges", customerId, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/merges", {
          params: { query: { customer_id: Number(customerId) || undefined, cursor: cursor || undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useUndoMerge() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, note }: { id: number; note: string }) =>
      answered(
        client.POST("/api/v1/merges/{id}/undo", {
          params: { path: { id }, header: { "Idempotency-Key": crypto.randomUUID() } },
          body: { note },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useLimits() {
  return useQuery({
    queryKey: [...IDENTITY, "limits"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/identity-limits", { signal })),
  });
}

export function useSetLimit() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, ...body }: Limit) =>
      answered(client.PUT("/api/v1/identity-limits/{kind}", { params: { path: { kind } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: IDENTITY }),
    meta: { ownErrors: true },
  });
}

export function useRefusals(reason: Refusal["reason"] | undefined, cursor: string) {
  return useQuery({
    queryKey: [...IDENTITY, "refusals", reason, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/identity-refusals", { params: { query: { reason, cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useShared() {
  return useQuery({
    queryKey: [...IDENTITY, "shared"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/shared-identities", { signal })),
  });
}

export function useLiftShared() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.DELETE("/api/v1/shared-identities/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: IDENTITY }),
  });
}

/** Pairs that are likely one person, the likeliest first. */
export function useDuplicates(cursor: string, dismissed = false) {
  return useQuery({
    queryKey: [...CUSTOMERS, "duplicates", dismissed, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/duplicates", { params: { query: { dismissed, cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useDismiss() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ids: number[]) => answered(client.POST("/api/v1/duplicates/dismiss", { body: { ids } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useReopen() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.POST("/api/v1/duplicates/{id}/reopen", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
  });
}

export function useFindDuplicates() {
  return useMutation({ mutationFn: () => answered(client.POST("/api/v1/duplicates/search")) });
}
