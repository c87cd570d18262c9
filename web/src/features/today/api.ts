import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useNewsAtMost, useWithoutNews } from "@/api/events";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Today = Schemas["TodayOut"];
export type Against = Schemas["Against"];
export type CampaignState = Schemas["CampaignOut"]["state"];

const LATEST = ["campaigns", "latest"] as const;
const TODAY = ["today"] as const;
/** Looked at this often where no news get through. */
const POLL_MILLISECONDS = 60_000;
/** Sales come all day long: so long the figures stand at least. */
const REST_MILLISECONDS = 10_000;

/** The latest campaigns, for those who may see them. */
export function useLatestCampaigns(enabled: boolean) {
  const queries = useQueryClient();
  const poll = useWithoutNews(POLL_MILLISECONDS);
  useNewsAtMost(enabled ? ["campaigns"] : [], REST_MILLISECONDS, () => {
    void queries.invalidateQueries({ queryKey: LATEST });
  });
  return useQuery({
    queryKey: LATEST,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/campaigns", { params: { query: { limit: 4 } }, signal })),
    enabled,
    refetchInterval: poll,
  });
}

export function useToday() {
  const queries = useQueryClient();
  const poll = useWithoutNews(POLL_MILLISECONDS);
  useNewsAtMost(["lake:orders", "lake:customers", "day"], REST_MILLISECONDS, () => {
    void queries.invalidateQueries({ queryKey: TODAY });
  });
  return useQuery({
    queryKey: TODAY,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/today", { signal })),
    refetchInterval: poll,
  });
}
