import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { useFollowed, useNews, useNewsAtMost, useWithoutNews } from "@/api/events";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Campaign = Schemas["CampaignOut"];
export type CampaignState = Campaign["state"];
export const CAMPAIGN_STATES: readonly CampaignState[] = [
  "draft",
  "scheduled",
  "preparing",
  "sending",
  "paused",
  "sent",
  "stopped",
  "failed",
];
export type ArmPlan = Omit<Schemas["ArmOut"], "number">;
export type Plan = Pick<
  Campaign,
  | "name"
  | "objective"
  | "segment_id"
  | "exclude_segment_ids"
  | "control_bp"
  | "attribution_days"
  | "cost_per_message_micros"
> & { readonly arms: readonly ArmPlan[] };
export type Forecast = Schemas["ForecastOut"];
export type GroupResult = Schemas["GroupResult"];
export type ArmResult = Schemas["ArmResult"];
export type Lift = Schemas["LiftOut"];
export type Result = Schemas["CampaignsResultOut"];
export type CampaignPerson = Schemas["PersonRow"];

export const GROUPS = ["treated", "control"] as const satisfies readonly CampaignPerson["group"][];
export const FIGURES = [
  "reached",
  "delivered",
  "opened",
  "clicked",
  "unsubscribed",
  "bounced",
  "bought",
  "not_bought",
  "failed",
  "not_sent",
  "uncertain",
  "waiting",
] as const;

const KEY = ["campaigns"] as const;
/** Asked again this often while it sends, where no news get through. */
const POLL_MILLISECONDS = 3_000;
/** While it sends there is news with every lot of messages. */
const REST_MILLISECONDS = 1_000;
const RESULT_TOPICS = ["campaigns", "lake:messages", "lake:orders", "lake:used_coupons"] as const;
/** A result is of all orders of its window. */
const RESULT_REST_MILLISECONDS = 10_000;

export function isEditable({ state }: Pick<Campaign, "state">): boolean {
  return state === "draft" || state === "scheduled" || state === "failed";
}

export function isMoving({ state }: Pick<Campaign, "state">): boolean {
  return state === "preparing" || state === "sending";
}

export function useCampaigns({ q, state, cursor }: { q: string; state: string; cursor: string }, enabled: boolean) {
  const queries = useQueryClient();
  const poll = useWithoutNews(POLL_MILLISECONDS);
  useNewsAtMost(enabled ? ["campaigns"] : [], REST_MILLISECONDS, () => {
    void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
  });
  return useQuery({
    queryKey: [...KEY, "list", q, state, cursor],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/campaigns", {
          params: { query: { q, cursor: cursor || null, state: oneOf(CAMPAIGN_STATES, state) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isMoving) ? poll : false),
  });
}

/** One campaign, followed while it prepares and sends. */
export function useCampaign(id: number | null) {
  const queries = useQueryClient();
  const poll = useWithoutNews(POLL_MILLISECONDS);
  const query = useQuery({
    queryKey: [...KEY, "one", id],
    queryFn:
      id === null
        ? skipToken
        : ({ signal }) => answered(client.GET("/api/v1/campaigns/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? poll : false),
  });
  const job = query.data && isMoving(query.data) ? query.data.job_id : null;
  const look = () => void queries.invalidateQueries({ queryKey: [...KEY, "one", id] });
  useNews(job === null ? [] : [`job:${job}`], look);
  useNewsAtMost(id === null ? [] : ["campaigns"], REST_MILLISECONDS, look);
  return query;
}

export function useSaveCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, plan }: { id: number | null; plan: Plan }) => {
      const body = { ...plan, arms: [...plan.arms], exclude_segment_ids: [...plan.exclude_segment_ids] };
      return id === null
        ? answered(client.POST("/api/v1/campaigns", { body }))
        : answered(client.PATCH("/api/v1/campaigns/{id}", { params: { path: { id } }, body }));
    },
    onSuccess: (campaign) => {
      queries.setQueryData([...KEY, "one", campaign.id], campaign);
      void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
    },
  });
}

export function useDeleteCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.DELETE("/api/v1/campaigns/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}

export type Move = "pause" | "resume" | "stop" | "unschedule";

export function useMoveCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, move }: { id: number; move: Move }) => {
      const params = { path: { id } };
      if (move === "pause") return answered(client.POST("/api/v1/campaigns/{id}/pause", { params }));
      if (move === "resume") return answered(client.POST("/api/v1/campaigns/{id}/resume", { params }));
      if (move === "stop") return answered(client.POST("/api/v1/campaigns/{id}/stop", { params }));
      return answered(client.POST("/api/v1/campaigns/{id}/unschedule", { params }));
    },
    onSuccess: (campaign) => {
      queries.setQueryData([...KEY, "one", campaign.id], campaign);
      void queries.invalidateQueries({ queryKey: KEY });
    },
  });
}

/** Sends now, or at an instant. One dialog is one action: pressed twice, it is sent once. */
export function useSendCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, at, key }: { id: number; at: string | null; key: string }) =>
      at === null
        ? answered(
            client.POST("/api/v1/campaigns/{id}/send", {
              params: { path: { id } },
              headers: { "Idempotency-Key": key },
            }),
          )
        : answered(client.POST("/api/v1/campaigns/{id}/schedule", { params: { path: { id } }, body: { at } })),
    onSuccess: (campaign) => {
      queries.setQueryData([...KEY, "one", campaign.id], campaign);
      void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
    },
  });
}

export { newIdempotencyKey };

/** What sending now would do; asked anew whenever the stored plan changes. */
export function useForecast(id: number | null, version: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "forecast", id, version],
    queryFn:
      id === null || !enabled
        ? skipToken
        : ({ signal }) =>
            answered(client.POST("/api/v1/campaigns/{id}/forecast", { params: { path: { id } }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function usePreviewPeople(id: number | null, version: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "people-to-preview", id, version],
    queryFn:
      id === null || !enabled
        ? skipToken
        : ({ signal }) =>
            answered(client.GET("/api/v1/campaigns/{id}/preview-people", { params: { path: { id } }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useMailPreview(id: number, version: string, customerId: number | null, arm: number) {
  return useQuery({
    queryKey: [...KEY, "preview", id, version, customerId, arm],
    queryFn:
      customerId === null
        ? skipToken
        : ({ signal }) =>
            answered(
              client.GET("/api/v1/campaigns/{id}/preview", {
                params: { path: { id }, query: { customer_id: customerId, arm } },
                signal,
              }),
            ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useTestMail() {
  return useMutation({
    mutationFn: ({ id, ...body }: { id: number; to: string; arm: number; customer_id: number | null }) =>
      answered(client.POST("/api/v1/campaigns/{id}/test", { params: { path: { id } }, body })),
  });
}

/** What people bought, got, opened and redeemed since; it stands so long at least. */
export function useResult(id: number, enabled: boolean) {
  const queryKey = [...KEY, "result", id];
  const poll = useFollowed(queryKey, enabled ? RESULT_TOPICS : [], RESULT_REST_MILLISECONDS);
  return useQuery({
    queryKey,
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/campaigns/{id}/result", { params: { path: { id } }, signal })),
    refetchInterval: poll,
  });
}

export interface PeopleQuery {
  readonly group: string;
  readonly figure: string;
  readonly reason: string;
  readonly arm: string;
  readonly cursor: string;
}

export function useCampaignPeople(id: number, query: PeopleQuery) {
  return useQuery({
    queryKey: [...KEY, "people", id, query],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/campaigns/{id}/people", {
          params: {
            path: { id },
            query: {
              group: oneOf(GROUPS, query.group),
              figure: oneOf(FIGURES, query.figure),
              reason: query.reason || null,
              arm: query.arm === "" ? null : Number(query.arm),
              cursor: query.cursor || null,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

const MOST_CHOICES = 200;

export function useSegmentChoices() {
  return useQuery({
    queryKey: [...KEY, "segments"],
    queryFn: async ({ signal }) =>
      (await answered(client.GET("/api/v1/segments", { params: { query: { limit: MOST_CHOICES } }, signal }))).items,
  });
}

export function useTemplateChoices() {
  return useQuery({
    queryKey: [...KEY, "templates"],
    queryFn: async ({ signal }) =>
      (await answered(client.GET("/api/v1/templates", { params: { query: { limit: MOST_CHOICES } }, signal }))).items,
  });
}

export function useOfferChoices() {
  return useQuery({
    queryKey: [...KEY, "offers"],
    queryFn: async ({ signal }) =>
      (await answered(client.GET("/api/v1/offers", { params: { query: { limit: MOST_CHOICES } }, signal }))).items,
  });
}

/** The value if it is one of them; what else stands in an address is no filter. */
function oneOf<T extends string>(values: readonly T[], value: string): T | null {
  return values.find((one) => one === value) ?? null;
}
