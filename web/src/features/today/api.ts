import { useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { Job } from "@/api/jobs";

export interface Against {
  readonly today: number;
  readonly same_day_last_week: number;
}

export interface Hour {
  readonly hour: number;
  readonly revenue_minor: number | null;
  readonly orders: number | null;
  readonly last_week_revenue_minor: number;
  readonly last_week_orders: number;
}

export interface TodayAlert {
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly link: string;
}

export interface TodayCampaign {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly sent: number;
  readonly bought: number;
}

export interface Today {
  readonly as_of: string;
  readonly currency: string;
  readonly figures: {
    readonly revenue: Against;
    readonly orders: Against;
    readonly new_customers: Against;
    readonly returning_customers: Against;
  };
  readonly series: readonly Hour[];
  readonly alerts: readonly TodayAlert[];
  readonly jobs: readonly Job[];
  readonly campaigns?: readonly TodayCampaign[];
}

export function useToday() {
  return useQuery({
    queryKey: ["today"],
    queryFn: ({ signal }) => answered<Today>(client.GET("/api/v1/today", { signal })),
    refetchInterval: 60_000,
  });
}
