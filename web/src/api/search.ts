import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "./client";

export interface Found {
  readonly customers: readonly { readonly id: number; readonly name: string; readonly masked_phone: string | null }[];
  readonly orders: readonly {
    readonly id: number;
    readonly external_id: string;
    readonly customer_id: number | null;
  }[];
  readonly segments: readonly Named[];
  readonly campaigns: readonly Named[];
  readonly offers: readonly Named[];
}

interface Named {
  readonly id: number;
  readonly name: string;
}

/** Everything that matches, of what she may read. Nothing is asked for an empty text. */
export function useSearch(text: string) {
  const q = text.trim();
  return useQuery({
    queryKey: ["search", q],
    queryFn: ({ signal }) => answered<Found>(client.GET("/api/v1/search", { params: { query: { q } }, signal })),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
}
