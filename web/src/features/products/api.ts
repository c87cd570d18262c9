import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Product = Schemas["ProductOut"];
export type ProductChange = Schemas["ProductChange"];
export type ProductCost = Schemas["ProductCostOut"];
export type CostTold = Schemas["ProductCostIn"];

const KEY = ["products"] as const;
const PAGE = 50;

/** Products whose SKU begins with `q` or whose name has it, by SKU. */
export function useProducts(q: string, cursor: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, q, cursor],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/products", {
          params: { query: { q: q || undefined, cursor: cursor || undefined, limit: PAGE } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** All categories, each with the names above it. */
export function useCategories() {
  return useQuery({
    queryKey: [...KEY, "categories"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/categories", { signal })),
    staleTime: 60_000,
  });
}

export function useSaveProduct(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ProductChange) =>
      answered(client.PATCH("/api/v1/products/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

const COSTS = ["product-costs"] as const;

/** What one piece costs, the newest day first. */
export function useCosts(productId: number) {
  return useQuery({
    queryKey: [...COSTS, productId],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/products/{id}/costs", { params: { path: { id: productId } }, signal })),
  });
}

/** All of them are kept, or none. */
export function useSetCosts() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (costs: CostTold[]) => answered(client.PUT("/api/v1/products/costs", { body: { costs } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: COSTS }),
  });
}

export function useRemoveCost() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.DELETE("/api/v1/products/costs/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: COSTS }),
  });
}
