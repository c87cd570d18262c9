import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Reward = Schemas["RewardOut"];
export type RewardDraft = Schemas["RewardIn"];
export type Redemption = Schemas["RedemptionRow"];
export type WholeRedemption = Schemas["RedemptionOut"];

export const REWARD_STATES: readonly Reward["state"][] = ["active", "draft", "paused", "ended"];
export const REWARD_KINDS: readonly Reward["kind"][] = ["coupon", "product", "benefit"];
export const LIMIT_PERIODS: readonly Reward["limit_period"][] = ["day", "week", "month", "year", "ever"];
export const REDEMPTION_STATES: readonly Redemption["state"][] = ["requested", "fulfilled", "cancelled", "expired"];

const KEY = ["rewards"] as const;
const oneOf = <Word extends string>(words: readonly Word[], told: string) => words.find((one) => one === told) ?? null;

export function useRewards(query: { q: string; state: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list", query],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/rewards", {
          params: { query: { q: query.q, state: oneOf(REWARD_STATES, query.state), cursor: query.cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useSaveReward(id: number | null) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: RewardDraft) =>
      id === null
        ? answered(client.POST("/api/v1/loyalty/rewards", { body }))
        : answered(client.PUT("/api/v1/loyalty/rewards/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export type RewardStep = "activate" | "pause" | "end";

export function useRewardStep() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, step }: { id: number; step: RewardStep }) => {
      const params = { params: { path: { id } } };
      if (step === "activate") return answered(client.POST("/api/v1/loyalty/rewards/{id}/activate", params));
      if (step === "pause") return answered(client.POST("/api/v1/loyalty/rewards/{id}/pause", params));
      return answered(client.POST("/api/v1/loyalty/rewards/{id}/end", params));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useAddCodes(id: number) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (codes: string[]) =>
      answered(client.POST("/api/v1/loyalty/rewards/{id}/codes", { params: { path: { id } }, body: { codes } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Offers a coupon can be of: those that run. */
export function useRunningOffers(enabled: boolean) {
  return useQuery({
    queryKey: ["offers", "running"],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/offers", { params: { query: { state: "active", limit: 200 } }, signal })),
  });
}

export function useRedemptions(query: { q: string; state: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "redemptions", query],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/redemptions", {
          params: { query: { q: query.q, state: oneOf(REDEMPTION_STATES, query.state), cursor: query.cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useRedemption(id: number, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "redemption", id],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/loyalty/redemptions/{id}", { params: { path: { id } }, signal })),
  });
}

/** What a member shows at the desk. */
export function useFindByCode() {
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (code: string) =>
      answered(client.GET("/api/v1/loyalty/redemption-codes/{code}", { params: { path: { code } } })),
  });
}

export function useFulfil() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (code: string) =>
      answered(client.POST("/api/v1/loyalty/redemption-codes/{code}/fulfil", { params: { path: { code } }, body: {} })),
    onSuccess: () => Promise.all([KEY, ["customers"]].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}

export function useCancelRedemption(id: number) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (note: string) =>
      answered(client.POST("/api/v1/loyalty/redemptions/{id}/cancel", { params: { path: { id } }, body: { note } })),
    onSuccess: () => Promise.all([KEY, ["customers"]].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}
