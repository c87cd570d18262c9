import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Household = Schemas["HouseholdOut"];
export type Role = Schemas["MemberOut"]["role"];
export type DocumentKind = Schemas["IdNumberIn"]["kind"];

const CUSTOMERS = ["customers"] as const;

export function useNotes(id: number) {
  return useInfiniteQuery({
    queryKey: [...CUSTOMERS, "notes", id],
    queryFn: ({ pageParam, signal }) =>
      answered(
        client.GET("/api/v1/customers/{id}/notes", {
          params: { path: { id }, query: { cursor: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useWriteNote(id: number) {
  return useChange((text: string) =>
    answered(client.POST("/api/v1/customers/{id}/notes", { params: { path: { id } }, body: { text } })),
  );
}

export function useTakeBackNote(id: number) {
  return useChange((note_id: number) =>
    answered(client.DELETE("/api/v1/customers/{id}/notes/{note_id}", { params: { path: { id, note_id } } })),
  );
}

export function useSetIdNumber(id: number) {
  return useChange((body: Schemas["IdNumberIn"]) =>
    answered(client.PUT("/api/v1/customers/{id}/id-number", { params: { path: { id } }, body })),
  );
}

export function useRemoveIdNumber(id: number) {
  return useChange(() => answered(client.DELETE("/api/v1/customers/{id}/id-number", { params: { path: { id } } })));
}

export function useHousehold(id: number) {
  return useQuery({
    queryKey: [...CUSTOMERS, "household", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/household", { params: { path: { id } }, signal })),
  });
}

export function useMakeHousehold() {
  return useChange((body: Schemas["HouseholdIn"]) => answered(client.POST("/api/v1/households", { body })));
}

export function useJoinHousehold(id: number) {
  return useChange((body: Schemas["MemberIn"]) =>
    answered(client.PUT("/api/v1/households/{id}/members", { params: { path: { id } }, body })),
  );
}

export function useLeaveHousehold(id: number) {
  return useChange((customer_id: number) =>
    answered(client.DELETE("/api/v1/households/{id}/members/{customer_id}", { params: { path: { id, customer_id } } })),
  );
}

export function useCompaniesOf(id: number) {
  return useQuery({
    queryKey: [...CUSTOMERS, "companies", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/companies", { params: { path: { id } }, signal })),
  });
}

/** Colleagues to give a file to; nobody where she may not see who works here. */
export function useOwners(enabled: boolean) {
  return useQuery({
    queryKey: ["users", "names"],
    enabled,
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/users", { params: { query: { limit: 200 } }, signal }));
      return page.items.map(({ id, name }) => ({ id, name }));
    },
    staleTime: 300_000,
  });
}

function useChange<Wish, Answer>(change: (wish: Wish) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export type Standing = NonNullable<Schemas["MemberStandingOut"]["standing"]>;
export type Aim = Schemas["AimOut"];
export type TierChange = Schemas["TierChangeOut"];
export type TierGrant = Schemas["TierGrantOut"];

export function useTier(id: number) {
  return useQuery({
    queryKey: [...TIER, id],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/customers/{id}/tier", { params: { path: { id } }, signal })),
  });
}

const TIER = ["customers", "tier"] as const;

/** Points and tiers of the members among these customers, by id. */
export function useMemberFigures(ids: readonly number[]) {
  return useQuery({
    queryKey: [...TIER, "figures", ids],
    enabled: ids.length > 0,
    queryFn: async ({ signal }) => {
      const query = { customer_id: [...ids] };
      const found = await answered(client.GET("/api/v1/loyalty/figures", { params: { query }, signal }));
      return new Map(found.map((one) => [one.customer_id, one]));
    },
    placeholderData: keepPreviousData,
    meta: { ownErrors: true },
  });
}

/** One grant, once, however often it is sent. */
export function useGrantTier(id: number) {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  return useMutation({
    mutationFn: (body: Schemas["GrantIn"]) =>
      answered(
        client.POST("/api/v1/customers/{id}/tier-grants", {
          params: { path: { id }, header: { "Idempotency-Key": key.current } },
          body,
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["customers"] }),
    // Another body under the same key would be refused.
    onError: () => {
      key.current = newIdempotencyKey();
    },
    meta: { ownErrors: true },
  });
}

export function useRevokeTier(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (grantId: number) =>
      answered(client.POST("/api/v1/loyalty/tier-grants/{id}/revoke", { params: { path: { id: grantId } } })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: [...TIER, id] }),
        queries.invalidateQueries({ queryKey: ["customers", "timeline", id] }),
      ]),
  });
}
