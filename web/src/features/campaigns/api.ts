import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { useNews } from "@/api/events";
import type { Page } from "@/components/ListPage";

export const CAMPAIGN_STATES = [
  "draft",
  "scheduled",
  "preparing",
  "sending",
  "paused",
  "sent",
  "stopped",
  "failed",
] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

export interface ArmPlan {
  readonly name: string;
  readonly share_bp: number;
  readonly template_id: number;
  readonly offer_id: number | null;
}

export interface Plan {
  readonly name: string;
  readonly objective: string;
  readonly segment_id: number | null;
  readonly exclude_segment_ids: readonly number[];
  readonly control_bp: number;
  readonly arms: readonly ArmPlan[];
  readonly attribution_days: number;
  readonly cost_per_message_micros: number;
}

export interface Progress {
  readonly total: number;
  readonly sent: number;
  readonly failed: number;
  readonly not_sent: number;
  readonly uncertain: number;
  readonly waiting: number;
  readonly held: number;
}

export interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

export interface Campaign extends Omit<Plan, "arms"> {
  readonly id: number;
  readonly state: CampaignState;
  readonly failure_code: string;
  readonly rule: unknown;
  readonly arms: readonly (ArmPlan & { readonly number: number })[];
  readonly currency: string;
  readonly scheduled_at: string | null;
  readonly audience_count: number | null;
  readonly control_count: number | null;
  readonly progress: Progress;
  readonly not_sent_reasons: readonly ReasonCount[];
  readonly trouble: string;
  readonly retry_at: string | null;
  readonly job_id: number | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

export interface Forecast {
  readonly audience: number;
  readonly excluded: number;
  readonly control: number;
  readonly treated: number;
  readonly reachable: number;
  readonly not_reachable: readonly ReasonCount[];
}

export interface GroupResult {
  readonly people: number;
  readonly buyers: number;
  readonly orders: number;
  readonly revenue_minor: number;
  readonly revenue_per_person_micros: number;
}

export interface ArmResult extends GroupResult {
  readonly number: number;
  readonly name: string;
  readonly reached: number;
  readonly delivered: number;
  readonly opened: number;
  readonly clicked: number;
  readonly unsubscribed: number;
  readonly bounced: number;
  readonly coupons_redeemed: number;
}

export interface Lift {
  readonly enough: boolean;
  readonly reason: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly per_person_micros: number | null;
  readonly interval_low_micros: number | null;
  readonly interval_high_micros: number | null;
  readonly p_value: number | null;
  readonly relative_bp: number | null;
  readonly incremental_revenue_minor: number | null;
  readonly incremental_low_minor: number | null;
  readonly incremental_high_minor: number | null;
}

export interface Result {
  readonly as_of: string;
  readonly currency: string;
  readonly window: { readonly starts_at: string; readonly ends_at: string; readonly closed: boolean };
  readonly treated: GroupResult;
  readonly control: GroupResult;
  readonly arms: readonly ArmResult[];
  readonly lift: Lift;
  readonly cost: { readonly sending_minor: number; readonly discount_minor: number; readonly total_minor: number };
  readonly earned: { readonly ratio_bp: number | null; readonly net_minor: number | null };
}

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
export type Figure = (typeof FIGURES)[number];

export interface CampaignPerson {
  readonly customer_id: number;
  readonly name: string;
  readonly group: "treated" | "control";
  readonly arm: number;
  readonly message_state: string | null;
  readonly reason: string;
  readonly sent_at: string | null;
  readonly opened_at: string | null;
  readonly clicked_at: string | null;
  readonly orders_count: number;
  readonly revenue_minor: number;
}

const KEY = ["campaigns"] as const;
/** Asked again this often while it sends, when no event stream gets through. */
const POLL_MILLISECONDS = 3_000;

export function isEditable({ state }: Pick<Campaign, "state">): boolean {
  return state === "draft" || state === "scheduled" || state === "failed";
}

export function isMoving({ state }: Pick<Campaign, "state">): boolean {
  return state === "preparing" || state === "sending";
}

export function useCampaigns({ q, state, cursor }: { q: string; state: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list", q, state, cursor],
    enabled,
    queryFn: ({ signal }) =>
      answered<Page<Campaign>>(
        client.GET("/api/v1/campaigns", { params: { query: compact({ q, state, cursor }) }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isMoving) ? POLL_MILLISECONDS : false),
  });
}

/** One campaign, followed while it prepares and sends. */
export function useCampaign(id: number | null) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: [...KEY, "one", id],
    enabled: id !== null,
    queryFn: ({ signal }) =>
      answered<Campaign>(client.GET("/api/v1/campaigns/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? POLL_MILLISECONDS : false),
  });
  const job = query.data && isMoving(query.data) ? query.data.job_id : null;
  useNews(job === null ? [] : [`job:${job}`], () => void queries.invalidateQueries({ queryKey: [...KEY, "one", id] }));
  return query;
}

export function useSaveCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, plan }: { id: number | null; plan: Plan }) =>
      id === null
        ? answered<Campaign>(client.POST("/api/v1/campaigns", { body: plan }))
        : answered<Campaign>(client.PATCH("/api/v1/campaigns/{id}", { params: { path: { id } }, body: plan })),
    onSuccess: (campaign) => {
      queries.setQueryData([...KEY, "one", campaign.id], campaign);
      void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
    },
  });
}

export function useDeleteCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered<void>(client.DELETE("/api/v1/campaigns/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}

export type Move = "pause" | "resume" | "stop" | "unschedule";

export function useMoveCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, move }: { id: number; move: Move }) => {
      const params = { path: { id } };
      if (move === "pause") return answered<Campaign>(client.POST("/api/v1/campaigns/{id}/pause", { params }));
      if (move === "resume") return answered<Campaign>(client.POST("/api/v1/campaigns/{id}/resume", { params }));
      if (move === "stop") return answered<Campaign>(client.POST("/api/v1/campaigns/{id}/stop", { params }));
      return answered<Campaign>(client.POST("/api/v1/campaigns/{id}/unschedule", { params }));
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
        ? answered<Campaign>(
            client.POST("/api/v1/campaigns/{id}/send", {
              params: { path: { id }, header: { "Idempotency-Key": key } },
            }),
          )
        : answered<Campaign>(
            client.POST("/api/v1/campaigns/{id}/schedule", { params: { path: { id } }, body: { at } }),
          ),
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
    enabled: id !== null && enabled,
    queryFn: ({ signal }) =>
      answered<Forecast>(client.POST("/api/v1/campaigns/{id}/forecast", { params: { path: { id } }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export interface PreviewPerson {
  readonly id: number;
  readonly name: string;
  readonly language: string | null;
}

export function usePreviewPeople(id: number | null, version: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "people-to-preview", id, version],
    enabled: id !== null && enabled,
    queryFn: ({ signal }) =>
      answered<PreviewPerson[]>(
        client.GET("/api/v1/campaigns/{id}/preview-people", { params: { path: { id } }, signal }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export interface Rendered {
  readonly language: string;
  readonly subject: string;
  readonly html: string;
  readonly missing: readonly string[];
}

export function useMailPreview(id: number, version: string, customerId: number | null, arm: number) {
  return useQuery({
    queryKey: [...KEY, "preview", id, version, customerId, arm],
    enabled: customerId !== null,
    queryFn: ({ signal }) =>
      answered<Rendered>(
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
      answered<{ ok: boolean; code: string; detail: string }>(
        client.POST("/api/v1/campaigns/{id}/test", { params: { path: { id } }, body }),
      ),
  });
}

export function useResult(id: number, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "result", id],
    enabled,
    queryFn: ({ signal }) =>
      answered<Result>(client.GET("/api/v1/campaigns/{id}/result", { params: { path: { id } }, signal })),
    refetchInterval: 60_000,
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
      answered<Page<CampaignPerson>>(
        client.GET("/api/v1/campaigns/{id}/people", { params: { path: { id }, query: compact(query) }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export interface SegmentChoice {
  readonly id: number;
  readonly name: string;
  readonly count: number | null;
  readonly sentence: { readonly zh: string; readonly en: string };
}

export interface TemplateChoice {
  readonly id: number;
  readonly name: string;
}

export interface OfferChoice {
  readonly id: number;
  readonly name: string;
  readonly state: string;
}

const MOST_CHOICES = 200;

export function useSegmentChoices() {
  return useQuery({
    queryKey: [...KEY, "segments"],
    queryFn: async ({ signal }) =>
      (
        await answered<Page<SegmentChoice>>(
          client.GET("/api/v1/segments", { params: { query: { limit: MOST_CHOICES } }, signal }),
        )
      ).items,
  });
}

export function useTemplateChoices() {
  return useQuery({
    queryKey: [...KEY, "templates"],
    queryFn: async ({ signal }) =>
      (
        await answered<Page<TemplateChoice>>(
          client.GET("/api/v1/templates", { params: { query: { limit: MOST_CHOICES } }, signal }),
        )
      ).items,
  });
}

export function useOfferChoices() {
  return useQuery({
    queryKey: [...KEY, "offers"],
    queryFn: async ({ signal }) =>
      (
        await answered<Page<OfferChoice>>(
          client.GET("/api/v1/offers", { params: { query: { limit: MOST_CHOICES } }, signal }),
        )
      ).items,
  });
}

/** Parameters that are set; an empty one is left out of the address. */
function compact(params: object): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ""));
}
