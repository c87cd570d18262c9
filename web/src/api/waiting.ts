import { useQuery } from "@tanstack/react-query";
import { answered, client } from "./client";
import { useFollowed } from "./events";
import { useMay } from "./me";

const KEY = ["adjustments", "waiting"] as const;

/** How many adjustments wait for a second person; nothing for who may not be one. */
export function useWaitingAdjustments(): number {
  const may = useMay();
  const mayApprove = may("loyalty.approve");
  const poll = useFollowed(KEY, mayApprove ? ["adjustments"] : []);
  const query = useQuery({
    queryKey: KEY,
    enabled: mayApprove,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/adjustments", { params: { query: { state: "waiting", limit: 1 } }, signal }),
      ),
    refetchInterval: poll,
    retry: false,
    meta: { ownErrors: true },
  });
  return query.data?.total ?? 0;
}
