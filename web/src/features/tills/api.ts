import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Till = Schemas["TillOut"];
export type TillDraft = Schemas["TillIn"];
export type TillMade = Schemas["TillMade"];
export type WaitingItem = Schemas["RefusedItem"];

const KEY = ["tills"] as const;

export function useTills(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list"],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/checkout/tills", { signal })),
  });
}

export function useRegisterTill() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: TillDraft) => answered(client.POST("/api/v1/checkout/tills", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useChangeLimits(id: number) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: Schemas["TillLimits"]) =>
      answered(client.PATCH("/api/v1/checkout/tills/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useRevokeTill() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered(client.POST("/api/v1/checkout/tills/{id}/revoke", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Lines of tills' queues that wait for somebody, the latest first. */
export function useWaiting(enabled: boolean) {
  return useInfiniteQuery({
    queryKey: [...KEY, "waiting"],
    enabled,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answered(
        client.GET("/api/v1/checkout/offline/refused", {
          params: { query: { limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
}

export type Decision = { readonly kind: "accept" } | { readonly kind: "dismiss"; readonly note: string };

/** Has a line taken after all, or sets it aside. */
export function useDecide(id: number) {
  const queries = useQueryClient();
  const params = { path: { id } };
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (decision: Decision) =>
      decision.kind === "accept"
        ? answered(client.POST("/api/v1/checkout/offline/{id}/accept", { params }))
        : answered(client.POST("/api/v1/checkout/offline/{id}/dismiss", { params, body: { note: decision.note } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Where a till's orders may come from. */
export function useSources(enabled: boolean) {
  return useQuery({
    queryKey: ["sources"],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sources", { signal })),
    staleTime: 300_000,
  });
}
