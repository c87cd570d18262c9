import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";
import { useDebounced } from "@/components/useDebounced";

type Schemas = components["schemas"];
export type DealRow = Schemas["DealRow"];
export type Deal = Schemas["DealOut"];
export type DealDraft = Schemas["DealIn"];
export type DealChange = Schemas["DealChange"];
export type DealVersion = Schemas["DealVersionOut"];
export type DealState = DealRow["state"];
export type Step = Schemas["GroupbuyStep"];
export type DealDocument = Schemas["DealDocument"];

export const DEAL_STATES: readonly DealState[] = ["on_sale", "draft", "paused", "over"];

const KEY = ["deals"] as const;
const MERCHANTS_SHOWN = 50;
const REST_MILLISECONDS = 200;

export interface DealQuery {
  readonly q: string;
  /** One of the states; anything else is no filter. */
  readonly state: string;
  readonly merchant: number | null;
  readonly cursor: string;
}

export function useDeals({ q, state, merchant, cursor }: DealQuery) {
  return useQuery({
    queryKey: [...KEY, "list", q, state, merchant, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/deals", {
          params: {
            query: {
              q,
              state: DEAL_STATES.find((one) => one === state) ?? null,
              merchant_id: merchant,
              cursor: cursor || null,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useDeal(id: number | null) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn:
      id === null
        ? skipToken
        : ({ signal }) => answered(client.GET("/api/v1/groupbuy/deals/{id}", { params: { path: { id } }, signal })),
  });
}

export function useVersions(id: number) {
  return useQuery({
    queryKey: [...KEY, "versions", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/groupbuy/deals/{id}/versions", { params: { path: { id } }, signal })),
  });
}

/** The groups of a deal: what runs first, or those that formed or failed. */
export function useGroupsOf(deal: number, cursor: string) {
  return useQuery({
    queryKey: ["groups", "of-deal", deal, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/groups", {
          params: { query: { deal_id: deal, cursor: cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Merchants a deal may be of, by what is typed. */
export function useMerchantChoices(typed: string) {
  const q = useDebounced(typed, REST_MILLISECONDS);
  return useQuery({
    queryKey: ["merchants", "choices", q],
    queryFn: async ({ signal }) => {
      const page = await answered(
        client.GET("/api/v1/groupbuy/merchants", {
          params: { query: { q, state: ["admitted"], limit: MERCHANTS_SHOWN } },
          signal,
        }),
      );
      return page.items.map(({ id, name }) => ({ id, name }));
    },
    placeholderData: keepPreviousData,
  });
}

/** Keeps a deal: a new draft, or a change of one that was seen at a version. The form shows what is refused. */
export function useSaveDeal() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (asked: { id: null; body: DealDraft } | { id: number; body: DealChange }) =>
      asked.id === null
        ? answered(client.POST("/api/v1/groupbuy/deals", { body: asked.body }))
        : answered(
            client.PATCH("/api/v1/groupbuy/deals/{id}", { params: { path: { id: asked.id } }, body: asked.body }),
          ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export type DealStep = "publish" | "pause" | "end";

export function useDealStep() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, step }: { id: number; step: DealStep }) => {
      const params = { path: { id } };
      if (step === "publish") return answered(client.POST("/api/v1/groupbuy/deals/{id}/publish", { params }));
      if (step === "pause") return answered(client.POST("/api/v1/groupbuy/deals/{id}/pause", { params }));
      return answered(client.POST("/api/v1/groupbuy/deals/{id}/end", { params }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
