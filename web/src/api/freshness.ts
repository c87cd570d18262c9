import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "./client";
import { useNews } from "./events";

/** Up to which moment segments, counts and reports know everything. */
export interface Freshness {
  readonly as_of: string | null;
  readonly lag_seconds: number | null;
}

const KEY = ["freshness"] as const;

export function useFreshness() {
  const queries = useQueryClient();
  useNews(["freshness"], (_topic, news) => queries.setQueryData(KEY, news as Freshness));
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => answered<Freshness>(client.GET("/api/v1/freshness", { signal })),
    refetchInterval: 60_000,
  });
}
