import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useJobStarted } from "@/api/jobs";
import type { components, operations } from "@/api/schema";

type Schemas = components["schemas"];
export type PrivacyRequest = Schemas["PrivacyRequestOut"];
export type Held = Schemas["HeldOut"];
export type Moment = Schemas["MomentOut"];
export type PrivacyRules = Schemas["PrivacyRulesBody"];
export type Wish = Schemas["AskIn"];
export type RequestsQuery = NonNullable<operations["list_privacy_requests"]["parameters"]["query"]>;

const PRIVACY = ["privacy"] as const;
const LOOK_AGAIN_MILLISECONDS = 3_000;

export function useRequests(query: RequestsQuery) {
  return useQuery({
    queryKey: [...PRIVACY, "list", query],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/privacy/requests", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Looks again by itself while the request is being carried out. */
export function useRequest(id: number) {
  return useQuery({
    queryKey: [...PRIVACY, "one", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/privacy/requests/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.request.state === "running" ? LOOK_AGAIN_MILLISECONDS : false),
  });
}

export function useHeld(customerId: number | null) {
  return useQuery({
    queryKey: [...PRIVACY, "held", customerId],
    enabled: customerId !== null,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/held", { params: { path: { id: customerId ?? 0 } }, signal })),
  });
}

export function usePrivacyRules() {
  return useQuery({
    queryKey: [...PRIVACY, "rules"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/privacy/rules", { signal })),
  });
}

export function useSetRules() {
  return useChange((body: PrivacyRules) => answered(client.PUT("/api/v1/privacy/rules", { body })));
}

export function useAsk() {
  return useChange((body: Wish) => answered(client.POST("/api/v1/privacy/requests", { body })));
}

export function useAccept(id: number) {
  const started = useJobStarted();
  return useChange(async () => {
    const request = await answered(client.POST("/api/v1/privacy/requests/{id}/accept", { params: { path: { id } } }));
    started();
    return request;
  });
}

export function useRefuse(id: number) {
  return useChange((answer: string) =>
    answered(client.POST("/api/v1/privacy/requests/{id}/refuse", { params: { path: { id } }, body: { answer } })),
  );
}

export function useWithdraw(id: number) {
  return useChange(() => answered(client.POST("/api/v1/privacy/requests/{id}/withdraw", { params: { path: { id } } })));
}

export function useMakeLink() {
  return useChange((id: number) =>
    answered(client.POST("/api/v1/customers/{id}/own-link", { params: { path: { id } } })),
  );
}

function useChange<W, Answer>(change: (wish: W) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: PRIVACY }),
    meta: { ownErrors: true },
  });
}
