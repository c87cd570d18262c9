import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Tried = Schemas["TriedOut"];
export type TriedOffer = Schemas["QuotedOffer"];
export type Trial = Schemas["TryIn"];

/** Under `offers`: what is tried changes with them. */
const KEY = ["offers", "editor"] as const;

/** A cart with the draft beside the live offers, judged by the server as a till's would be; it stores nothing. */
export function useTrial(trial: Trial | null) {
  return useQuery({
    queryKey: [...KEY, "trial", trial],
    enabled: trial !== null,
    queryFn: ({ signal }) => answered(client.POST("/api/v1/promotions/evaluate", { body: trial as Trial, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** The tiers of the programme, the lowest first; none where there is no ladder. */
export function useTierNames(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "tiers"],
    enabled,
    queryFn: async ({ signal }) => {
      const { ladder } = await answered(client.GET("/api/v1/loyalty/tiers", { signal }));
      return (ladder?.tiers ?? []).map(({ key, name, name_en }) => ({ key, name, name_en: name_en ?? "" }));
    },
    staleTime: 60_000,
  });
}

/** Segments by what is typed. */
export function useSegmentNames(q: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "segments", q],
    enabled,
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/segments", { params: { query: { q, limit: 100 } }, signal }));
      return page.items.map(({ id, name }) => ({ id, name }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export interface ExampleProduct {
  readonly sku: string;
  readonly name: string;
  readonly priceMinor: number | null;
}

/** Products to begin the example cart with: those the offer names, else the first there are. */
export function useExampleProducts(ids: readonly number[], currency: string) {
  return useQuery({
    queryKey: [...KEY, "products", ids, currency],
    queryFn: async ({ signal }): Promise<readonly ExampleProduct[]> => {
      const query = ids.length > 0 ? { ids: ids.slice(0, 2), limit: 2 } : { limit: 2 };
      const page = await answered(client.GET("/api/v1/products", { params: { query }, signal }));
      return page.items.map((product) => ({
        sku: product.sku,
        name: product.name,
        priceMinor: priceIn(product, currency),
      }));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What a product costs by the catalogue; null where it has no price in this currency. */
export async function listPrice(sku: string, currency: string): Promise<number | null> {
  const page = await answered(client.GET("/api/v1/products", { params: { query: { q: sku, limit: 30 } } }));
  const product = page.items.find((one) => one.sku === sku);
  return product ? priceIn(product, currency) : null;
}

function priceIn({ list_price }: Pick<Schemas["ProductOut"], "list_price">, currency: string): number | null {
  return list_price?.currency === currency ? list_price.amount_minor : null;
}
