import { useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Today = Schemas["TodayOut"];
export type Against = Schemas["Against"];
export type CampaignState = Schemas["CampaignOut"]["state"];

/** The latest campaigns, for those who may see them. */
export function useLatestCampaigns(enabled: boolean) {
  return useQuery({
    queryKey: ["campaigns", "latest"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/campaigns", { params: { query: { limit: 4 } }, signal })),
    enabled,
    refetchInterval: 60_000,
  });
}

export function useToday() {
  return useQuery({
    queryKey: ["today"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/today", { signal })),
    refetchInterval: 60_000,
  });
}
