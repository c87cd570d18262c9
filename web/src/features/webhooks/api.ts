import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Webhook = Schemas["WebhookOut"];
export type WebhookDraft = Schemas["WebhookIn"];
export type Delivery = Schemas["DeliveryRow"];
export type DeliveryFull = Schemas["DeliveryOut"];
export type DeliveryState = Delivery["state"];
export type ReplayWhat = Schemas["ReplayIn"]["what"];

export const DELIVERY_STATES: readonly DeliveryState[] = ["pending", "delivered", "failed"];

const KEY = ["webhooks"] as const;
/** Deliveries move by themselves. */
const topicsOf = (id: number) => [`webhook:${id}`];

export function useWebhooks(cursor: string) {
  return useQuery({
    queryKey: [...KEY, "list", cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/webhooks", { params: { query: { cursor: cursor || undefined } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useEventTypes() {
  return useQuery({
    queryKey: [...KEY, "types"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/webhooks/event-types", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useWebhook(id: number) {
  const queryKey = [...KEY, "one", id];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/webhooks/{id}", { params: { path: { id } }, signal })),
    refetchInterval: useFollowed(queryKey, topicsOf(id)),
  });
}

export function useDeliveries(id: number, { state, cursor }: { state: string; cursor: string }) {
  const queryKey = [...KEY, "deliveries", id, state, cursor];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/webhooks/{id}/deliveries", {
          params: {
            path: { id },
            query: { cursor: cursor || undefined, state: DELIVERY_STATES.find((known) => known === state) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: useFollowed(queryKey, topicsOf(id)),
  });
}

export function useDelivery(id: number, deliveryId: number) {
  const queryKey = [...KEY, "delivery", id, deliveryId];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/webhooks/{id}/deliveries/{delivery_id}", {
          params: { path: { id, delivery_id: deliveryId } },
          signal,
        }),
      ),
    refetchInterval: useFollowed(queryKey, topicsOf(id)),
  });
}

/** A change of one webhook, after which everything about webhooks is asked for again. */
function useStep<Input, Answer>(mutationFn: (input: Input) => Promise<Answer>, ownErrors = false) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
    meta: { ownErrors },
  });
}

export function useCreateWebhook() {
  return useStep((body: WebhookDraft) => answered(client.POST("/api/v1/webhooks", { body })), true);
}

export function useChangeWebhook(id: number) {
  return useStep(
    (body: WebhookDraft) => answered(client.PATCH("/api/v1/webhooks/{id}", { params: { path: { id } }, body })),
    true,
  );
}

export function useSwitchWebhook(id: number) {
  const params = { params: { path: { id } } };
  return useStep((on: boolean) =>
    answered(
      on ? client.POST("/api/v1/webhooks/{id}/enable", params) : client.POST("/api/v1/webhooks/{id}/disable", params),
    ),
  );
}

export function useDeleteWebhook(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.DELETE("/api/v1/webhooks/{id}", { params: { path: { id } } })),
    // What is gone must not be asked for again by the page that is about to close.
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}

export function useRotateSecret(id: number) {
  return useStep(
    (overlap_hours: number) =>
      answered(
        client.POST("/api/v1/webhooks/{id}/rotate-secret", { params: { path: { id } }, body: { overlap_hours } }),
      ),
    true,
  );
}

export function useSendTest(id: number) {
  return useStep((_: null) => answered(client.POST("/api/v1/webhooks/{id}/test", { params: { path: { id } } })));
}

export function useReplayDelivery(id: number) {
  return useStep((deliveryId: number) =>
    answered(
      client.POST("/api/v1/webhooks/{id}/deliveries/{delivery_id}/replay", {
        params: { path: { id, delivery_id: deliveryId } },
      }),
    ),
  );
}

export function useReplay(id: number) {
  return useStep(
    ({ what, hours }: { what: ReplayWhat; hours: number }) =>
      answered(
        client.POST("/api/v1/webhooks/{id}/replay", {
          params: { path: { id } },
          body: { what, starts_at: new Date(Date.now() - hours * 3_600_000).toISOString(), ends_at: null },
        }),
      ),
    true,
  );
}
