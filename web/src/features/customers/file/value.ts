import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
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

export type RewardForMember = Schemas["RewardForMember"];

/** What she may exchange her points for, and why not for the rest. */
export function useRewardChoice(id: number, wanted: boolean) {
  return useQuery({
    queryKey: [...VALUE, id, "rewards"],
    enabled: wanted,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/rewards", { params: { path: { id } }, signal })),
  });
}

/** One redemption, once, however often it is sent. */
export function useRedeem(id: number) {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  return useMutation({
    mutationFn: (reward_id: number) =>
      answered(
        client.POST("/api/v1/customers/{id}/redemptions", {
          params: { path: { id }, header: { "Idempotency-Key": key.current } },
          body: { reward_id },
        }),
      ),
    // The next one is another one; another body under the same key would be refused.
    onSettled: () => {
      key.current = newIdempotencyKey();
    },
    onSuccess: () =>
      Promise.all([["customers"], ["rewards"]].map((queryKey) => queries.invalidateQueries({ queryKey }))),
    meta: { ownErrors: true },
  });
}
