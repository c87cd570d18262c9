import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "./client";
import { useNews, useWithoutNews } from "./events";
import type { components } from "./schema";

/** Up to which moment segments, counts and reports know everything. */
export type Freshness = components["schemas"]["FreshnessOut"];

const KEY = ["freshness"] as const;
const POLL_MILLISECONDS = 10_000;

/**
 * How fresh the data is. An error that passes says that the connection is lost: neither news nor answers get through, and the
 * page stands as it was. Hence no second try before it is told, and an answer that does not come counts as none.
 */
export function useFreshness() {
  const queries = useQueryClient();
  useNews(["freshness"], (_topic, news) => queries.setQueryData(KEY, news as Freshness));
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/freshness", { signal: AbortSignal.any([signal, AbortSignal.timeout(POLL_MILLISECONDS)]) }),
      ),
    refetchInterval: useWithoutNews(POLL_MILLISECONDS),
    networkMode: "always",
    retry: false,
  });
}
