import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Asset = Schemas["AssetOut"];
export type LedgerLine = Schemas["LedgerLineOut"];

/** Below the customers', so that whatever changes a customer's file asks anew. */
const VALUE = ["customers", "value"] as const;

export function useMemberValue(customer_id: number) {
  return useQuery({
    queryKey: [...VALUE, customer_id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/loyalty/members/{customer_id}", { params: { path: { customer_id } }, signal })),
  });
}

export function useLedger(customer_id: number, asset: string, kinds: readonly string[]) {
  return useInfiniteQuery({
    queryKey: [...VALUE, customer_id, "ledger", asset, kinds],
    queryFn: ({ pageParam, signal }) =>
      answered(
        client.GET("/api/v1/loyalty/members/{customer_id}/ledger", {
          params: {
            path: { customer_id },
            query: { asset, kinds: kinds.length > 0 ? kinds.join(",") : undefined, cursor: pageParam || undefined },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** Where the ledger is downloaded from, filtered as it is shown. */
export function ledgerFile(customer_id: number, asset: string, kinds: readonly string[]): string {
  const asked = new URLSearchParams({ asset, ...(kinds.length > 0 ? { kinds: kinds.join(",") } : {}) });
  return `/api/v1/loyalty/members/${customer_id}/ledger/file?${asked}`;
}
