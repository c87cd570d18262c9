import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
import { Problem } from "@/api/problem";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Receiver = Schemas["ReceiverOut"];
export type ReceiverIn = Schemas["ReceiverIn"];
export type Platform = Receiver["platform"];
export type Delivery = Schemas["ShopDeliveryRow"];
export type DeliveryState = Delivery["state"];

export const PLATFORMS: readonly Platform[] = ["shopify", "woocommerce", "youzan"];
export const STATES: readonly DeliveryState[] = ["failed", "taken", "skipped", "waiting"];

const topicsOf = (id: number) => [`shop:${id}`];
const shop = (id: number) => ["shop", id] as const;

/** The shop of a source; null where none is connected. */
export function useReceiver(id: number) {
  const queryKey = [...shop(id), "receiver"];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      try {
        return await answered(client.GET("/api/v1/sources/{id}/receiver", { params: { path: { id } }, signal }));
      } catch (error) {
        if (error instanceof Problem && error.code === "receiver.not_found") return null;
        throw error;
      }
    },
    refetchInterval: useFollowed(queryKey, topicsOf(id)),
  });
}

export function useShopDeliveries(id: number, state: DeliveryState | undefined, cursor: string) {
  const queryKey = [...shop(id), "deliveries", state, cursor];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/sources/{id}/deliveries", {
          params: { path: { id }, query: { state, cursor: cursor || undefined } },
          signal,
        }),
      ),
    refetchInterval: useFollowed(queryKey, topicsOf(id)),
    placeholderData: keepPreviousData,
  });
}

export function useConnect(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ReceiverIn) =>
      answered(client.PUT("/api/v1/sources/{id}/receiver", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: shop(id) }),
    meta: { ownErrors: true },
  });
}

export function useDisconnect(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.DELETE("/api/v1/sources/{id}/receiver", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: shop(id) }),
  });
}

/** Understand these anew, or all that failed. */
export function useReplay(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (delivery_ids: number[] | null) =>
      answered(
        client.POST("/api/v1/sources/{id}/deliveries/replay", {
          params: { path: { id }, header: { "Idempotency-Key": crypto.randomUUID() } },
          body: { delivery_ids },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: shop(id) }),
  });
}
