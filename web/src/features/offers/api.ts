import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { Page } from "@/components/ListPage";
import type { MoneyAmount } from "@/format/money";

export type OfferState = "draft" | "active" | "paused" | "ended";
export const OFFER_STATES: readonly OfferState[] = ["active", "draft", "paused", "ended"];

export interface OfferTerms {
  readonly name: string;
  readonly percent_bp: number;
  readonly starts_at: string | null;
  /** The first instant at which it is over. */
  readonly ends_at: string | null;
  readonly valid_days: number | null;
  readonly min_spend: MoneyAmount | null;
}

export interface Offer extends OfferTerms {
  readonly id: number;
  readonly kind: "percent";
  readonly state: OfferState;
  readonly issued: number;
  readonly redeemed: number;
  readonly discount_given: readonly MoneyAmount[];
  readonly created_at: string;
}

export type CouponState = "issued" | "locked" | "redeemed" | "expired" | "void";
export const COUPON_STATES: readonly CouponState[] = ["issued", "locked", "redeemed", "expired", "void"];

export interface Coupon {
  readonly id: number;
  readonly code: string;
  readonly state: CouponState;
  readonly customer: { readonly id: number; readonly name: string } | null;
  readonly issued_at: string;
  readonly expires_at: string | null;
  readonly redeemed_at: string | null;
  readonly discount: MoneyAmount | null;
  readonly order: { readonly id: number; readonly external_id: string } | null;
}

const KEY = ["offers"] as const;

export interface OfferQuery {
  readonly q: string;
  readonly state: string;
  readonly cursor: string;
}

export function useOffers(query: OfferQuery, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list", query],
    enabled,
    queryFn: ({ signal }) =>
      answered<Page<Offer>>(client.GET("/api/v1/offers", { params: { query: compact(query) }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useOffer(id: number | null) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    enabled: id !== null,
    queryFn: ({ signal }) => answered<Offer>(client.GET("/api/v1/offers/{id}", { params: { path: { id } }, signal })),
  });
}

export function useCoupons(offerId: number, query: { q: string; state: string; cursor: string }) {
  return useQuery({
    queryKey: [...KEY, "coupons", offerId, query],
    queryFn: ({ signal }) =>
      answered<Page<Coupon>>(
        client.GET("/api/v1/offers/{id}/coupons", {
          params: { path: { id: offerId }, query: compact(query) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Saves the terms: a new offer when it has no number yet. */
export function useSaveOffer() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, terms }: { id: number | null; terms: OfferTerms }) =>
      id === null
        ? answered<Offer>(
            client.POST("/api/v1/offers", { body: { ...terms, kind: "percent", coupon_mode: "one_each" } }),
          )
        : answered<Offer>(client.PATCH("/api/v1/offers/{id}", { params: { path: { id } }, body: terms })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export type OfferStep = "activate" | "pause" | "end";

export function useOfferStep() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, step }: { id: number; step: OfferStep }) => {
      const params = { path: { id } };
      if (step === "activate") return answered<Offer>(client.POST("/api/v1/offers/{id}/activate", { params }));
      if (step === "pause") return answered<Offer>(client.POST("/api/v1/offers/{id}/pause", { params }));
      return answered<Offer>(client.POST("/api/v1/offers/{id}/end", { params }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useVoidCoupon() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ code, reason }: { code: string; reason: string }) =>
      answered<Coupon>(client.POST("/api/v1/coupons/{code}/void", { params: { path: { code } }, body: { reason } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Parameters that are set; an empty one is left out of the address. */
function compact(params: object): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ""));
}
