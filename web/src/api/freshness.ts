import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "./client";
import { useNews, useWithoutNews } from "./events";
import type { components } from "./schema";

/** Up to which moment segments, counts and reports know everything. */
export type Freshness = components["schemas"]["FreshnessOut"];

const KEY = ["freshness"] as const;

export function useFreshness() {
  const queries = useQueryClient();
  useNews(["freshness"], (_topic, news) => queries.setQueryData(KEY, news as Freshness));
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/freshness", { signal })),
    refetchInterval: useWithoutNews(60_000),
  });
}
