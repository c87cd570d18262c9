import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type OrderRow = Schemas["OrderRow"];
export type OrderFull = Schemas["OrderOut"];
export type OrderLine = Schemas["LineOut"];
export type OrderPoints = Schemas["OrderPointsOut"];

export interface OrderFilter {
  readonly q?: string;
  readonly kind?: "sale" | "return";
  readonly channel?: OrderRow["channel"];
  readonly store_id?: number;
  readonly anonymous?: boolean;
  readonly placed_from?: string;
  readonly placed_before?: string;
}

export function useOrders(filter: OrderFilter, cursor: string) {
  return useQuery({
    queryKey: ["orders", filter, cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/orders", { params: { query: { ...filter, cursor: cursor || undefined } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useOrder(id: number) {
  return useQuery({
    queryKey: ["orders", id],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/orders/{id}", { params: { path: { id } }, signal })),
  });
}

export function useOrderPoints(id: number) {
  return useQuery({
    queryKey: ["orders", "points", id],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/orders/{id}/points", { params: { path: { id } }, signal })),
  });
}
