import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { useJobStarted } from "@/api/jobs";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type CustomerRow = Schemas["CustomerRow"];
export type CustomerFile = Schemas["CustomerFile"];
export type CustomerChanges = Schemas["CustomerChange"];
/** What narrows the list; what is undefined narrows nothing. */
export type CustomerFilter = Schemas["CustomerFilterIn"];
export type CustomerOrder = NonNullable<Schemas["CustomerListIn"]["order"]>;
export type PersonalData = Schemas["UnmaskedOut"];
export type ConsentEvent = Schemas["ConsentEventOut"];
export type ConsentState = ConsentEvent["state"];
export type ConsentWord = Schemas["ConsentIn"];
export type TimelineEntry = Schemas["TimelineEntryOut"];
export type OrderRow = Schemas["OrderRow"];
export type LinkedIdentity = Schemas["LinkedIdentityOut"];
export type IdentityIn = Schemas["IdentityIn"];
export type Claimable = Schemas["ClaimableOut"];
export type ExportWish = Schemas["ExportIn"];

const CUSTOMERS = ["customers"] as const;

export function useCustomers(filter: CustomerFilter, order: CustomerOrder, cursor: string) {
  return useQuery({
    queryKey: [...CUSTOMERS, "list", filter, order, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/customers", {
          params: { query: { ...filter, order, cursor: cursor || undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCustomer(id: number) {
  return useQuery({
    queryKey: [...CUSTOMERS, "file", id],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/customers/{id}", { params: { path: { id } }, signal })),
  });
}

export function useTimeline(id: number, kinds: readonly string[]) {
  return useInfiniteQuery({
    queryKey: [...CUSTOMERS, "timeline", id, kinds],
    queryFn: ({ pageParam, signal }) =>
      answered(
        client.GET("/api/v1/customers/{id}/timeline", {
          params: {
            path: { id },
            query: { kinds: kinds.length > 0 ? kinds.join(",") : undefined, cursor: pageParam || undefined },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useOrdersOf(id: number) {
  return useInfiniteQuery({
    queryKey: [...CUSTOMERS, "orders", id],
    queryFn: ({ pageParam, signal }) =>
      answered(
        client.GET("/api/v1/customers/{id}/orders", {
          params: { path: { id }, query: { cursor: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useConsentHistory(id: number) {
  return useQuery({
    queryKey: [...CUSTOMERS, "consents", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/consent-events", { params: { path: { id } }, signal })),
  });
}

/** Personal data in clear. The server writes down who looked, and why. */
export function useUnmask(id: number) {
  return useMutation({
    mutationFn: (reason: string) =>
      answered(client.POST("/api/v1/customers/{id}/unmask", { params: { path: { id } }, body: { reason } })),
  });
}

export function useCreateCustomer() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CustomerChanges) => answered(client.POST("/api/v1/customers", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useChangeCustomer(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CustomerChanges) =>
      answered(client.PATCH("/api/v1/customers/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useRecordConsent(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ConsentWord) =>
      answered(client.POST("/api/v1/customers/{id}/consents", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

/** How many match, exactly; asked only where the list itself leaves it out. */
export function useCustomerCount(filter: CustomerFilter, enabled: boolean) {
  return useQuery({
    queryKey: [...CUSTOMERS, "count", filter],
    enabled,
    queryFn: async ({ signal }) =>
      (await answered(client.GET("/api/v1/customers/count", { params: { query: filter }, signal }))).count,
    staleTime: 60_000,
  });
}

export type BulkKind = Schemas["BulkChangeIn"]["kind"];

/** Fixes a set of customers: later changes and exports are of exactly these. */
export function useSelection() {
  return useMutation({
    mutationFn: (whom: { readonly ids: readonly number[] } | { readonly filter: CustomerFilter }) =>
      answered(
        client.POST("/api/v1/customers/selections", {
          body: "ids" in whom ? { ids: [...whom.ids] } : { filter: whom.filter },
        }),
      ),
    meta: { ownErrors: true },
  });
}

/** One change, once, however often it is sent. */
export function useChangeSelection() {
  const started = useJobStarted();
  const key = useRef(newIdempotencyKey());
  return useMutation({
    mutationFn: (body: Schemas["BulkChangeIn"]) =>
      answered(
        client.POST("/api/v1/customers/bulk-changes", {
          params: { header: { "Idempotency-Key": key.current } },
          body,
        }),
      ),
    onSuccess: started,
    // Another body under the same key would be refused.
    onError: () => {
      key.current = newIdempotencyKey();
    },
    meta: { ownErrors: true },
  });
}

/** Call when work in the background has changed files. */
export function useListRefresh(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: CUSTOMERS });
}

export function useExportCustomers() {
  const started = useJobStarted();
  return useMutation({
    mutationFn: (body: ExportWish) => answered(client.POST("/api/v1/customers/export", { body })),
    onSuccess: started,
    meta: { ownErrors: true },
  });
}

export function useStores() {
  return useQuery({
    queryKey: ["stores"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal })),
    staleTime: 300_000,
  });
}

export function useSources() {
  return useQuery({
    queryKey: ["sources"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sources", { signal })),
    staleTime: 300_000,
  });
}

export function useInterests(id: number) {
  return useQuery({
    queryKey: ["customers", id, "interests"],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/interests", { params: { path: { id } }, signal })),
  });
}

export function useIdentities(id: number) {
  return useQuery({
    queryKey: [...CUSTOMERS, "identities", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/identities", { params: { path: { id } }, signal })),
  });
}

export function useAddIdentity(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: IdentityIn) =>
      answered(client.POST("/api/v1/customers/{id}/identities", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useVerifyIdentity(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (identity_id: number) =>
      answered(
        client.POST("/api/v1/customers/{id}/identities/{identity_id}/verify", {
          params: { path: { id, identity_id } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useReleaseIdentity(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ identity, ...body }: { identity: number } & Schemas["IdentityReleaseIn"]) =>
      answered(
        client.POST("/api/v1/customers/{id}/identities/{identity_id}/release", {
          params: { path: { id, identity_id: identity } },
          body,
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

/** What is kept under a receipt number; nothing is asked before one is given. */
export function useClaimable(id: number, key: string) {
  return useQuery({
    queryKey: [...CUSTOMERS, "claimable", id, key],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/claimable", { params: { path: { id }, query: { key } }, signal })),
    enabled: key !== "",
  });
}

export function useClaim(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key: string) =>
      answered(
        client.POST("/api/v1/customers/{id}/claims", {
          params: { path: { id }, header: { "Idempotency-Key": crypto.randomUUID() } },
          body: { key },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}
