import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Liability = Schemas["LiabilityOut"];
export type Ending = Schemas["EndingOut"];

const KEY = ["loyalty", "liability"] as const;

export function useLiability(asset: string, month: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, asset, month],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/liability", {
          params: { query: { asset: asset || null, month: month || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useMembersEnding(asset: string, month: string) {
  return useInfiniteQuery({
    queryKey: [...KEY, "members", asset, month],
    queryFn: ({ pageParam, signal }) =>
      answered(
        client.GET("/api/v1/loyalty/liability/members", {
          params: { query: { asset, month, cursor: pageParam || null } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useMovements(asset: string, month: string, account: string) {
  return useInfiniteQuery({
    queryKey: [...KEY, "movements", asset, month, account],
    queryFn: ({ pageParam, signal }) =>
      answered(
        client.GET("/api/v1/loyalty/liability/movements", {
          params: { query: { asset, month, account, cursor: pageParam || null } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}
