import { useQuery } from "@tanstack/react-query";
import { answered, client } from "./client";
import { useMay } from "./me";

const LOOK_AGAIN_MILLISECONDS = 60_000;

/** How many adjustments wait for a second person; nothing for who may not be one. */
export function useWaitingAdjustments(): number {
  const may = useMay();
  const query = useQuery({
    queryKey: ["adjustments", "waiting"],
    enabled: may("loyalty.approve"),
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/adjustments", { params: { query: { state: "waiting", limit: 1 } }, signal }),
      ),
    refetchInterval: LOOK_AGAIN_MILLISECONDS,
    retry: false,
    meta: { ownErrors: true },
  });
  return query.data?.total ?? 0;
}
