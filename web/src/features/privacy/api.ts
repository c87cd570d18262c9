import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
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
/** Every step of a request; a job that ended without one is seen by who may see the job. */
const TOPICS = ["privacy", "jobs"] as const;

export function useRequests(query: RequestsQuery) {
  const queryKey = [...PRIVACY, "list", query];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/privacy/requests", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: useFollowed(queryKey, ["privacy"]),
  });
}

/** One request, followed while it is being carried out, and while others answer it. */
export function useRequest(id: number) {
  const queryKey = [...PRIVACY, "one", id];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/privacy/requests/{id}", { params: { path: { id } }, signal })),
    refetchInterval: useFollowed(queryKey, TOPICS),
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
