import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "./client";

/** Something that rules name by its number: a store, a category, a product, a brand. */
export interface Named {
  readonly id: number;
  readonly name: string;
}

/** All stores that she may see, by name. */
export function useStoreNames(enabled = true) {
  return useQuery({
    queryKey: ["stores", "names"],
    enabled,
    queryFn: async ({ signal }): Promise<readonly Named[]> => {
      const page = await answered(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal }));
      return page.items.map(({ id, name }) => ({ id, name }));
    },
    staleTime: 300_000,
  });
}

/** All categories, each with the names above it. */
export function useCategoryNames(enabled = true) {
  return useQuery({
    queryKey: ["categories", "names"],
    enabled,
    queryFn: async ({ signal }): Promise<readonly Named[]> => {
      const all = await answered(client.GET("/api/v1/categories", { signal }));
      return all.map(({ id, name, path }) => ({ id, name: [...path, name].join(" / ") }));
    },
    staleTime: 300_000,
  });
}

const FOUND_AT_MOST = 30;

/** Products and brands by what is typed; with `ids` those that were chosen before. */
export function useProductNames(asked: { readonly q: string } | { readonly ids: readonly number[] }, enabled: boolean) {
  const ids = "ids" in asked ? [...asked.ids].sort((one, other) => one - other) : [];
  const q = "q" in asked ? asked.q : "";
  return useQuery({
    queryKey: ["products", "names", q, ids],
    enabled: enabled && ("q" in asked || ids.length > 0),
    queryFn: async ({ signal }): Promise<readonly (Named & { readonly sku: string })[]> => {
      const query = "ids" in asked ? { ids: ids.slice(0, 200), limit: 200 } : { q, limit: FOUND_AT_MOST };
      const page = await answered(client.GET("/api/v1/products", { params: { query }, signal }));
      return page.items.map(({ id, name, sku }) => ({ id, name: name || sku, sku }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export function useBrandNames(asked: { readonly q: string } | { readonly ids: readonly number[] }, enabled: boolean) {
  const ids = "ids" in asked ? [...asked.ids].sort((one, other) => one - other) : [];
  const q = "q" in asked ? asked.q : "";
  return useQuery({
    queryKey: ["brands", "names", q, ids],
    enabled: enabled && ("q" in asked || ids.length > 0),
    queryFn: async ({ signal }): Promise<readonly Named[]> => {
      const query = "ids" in asked ? { ids: ids.slice(0, 200) } : { q };
      return answered(client.GET("/api/v1/brands", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}
