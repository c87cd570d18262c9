import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Offer = Schemas["OfferOut"];
export type OfferState = Offer["state"];
export const OFFER_STATES: readonly OfferState[] = ["active", "draft", "paused", "ended"];

export type OfferDocument = Offer["terms"];

/** What the editor knows of an offer's terms so far; `ends_at` is the first instant at which it is over. */
export interface OfferTerms {
  readonly name: string;
  /** 0 where the offer is of another kind. */
  readonly percent_bp: number;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly valid_days: number | null;
  readonly min_spend: { readonly amount_minor: number; readonly currency: string } | null;
}

export function termsOf({ name, terms }: Pick<Offer, "name" | "terms">): OfferTerms {
  const spend = terms.cart?.spend;
  return {
    name,
    percent_bp: terms.effect.kind === "percent" ? terms.effect.percent_bp : 0,
    starts_at: terms.when?.starts_at ?? null,
    ends_at: terms.when?.ends_at ?? null,
    valid_days: terms.coupon?.valid_days ?? null,
    min_spend: spend && terms.currency ? { amount_minor: spend.amount_minor, currency: terms.currency } : null,
  };
}

/** The whole document, with what the editor knows in the place of what it was. */
function documentOf(terms: OfferTerms, before: OfferDocument | null): OfferDocument {
  const goods = before?.cart?.spend?.goods;
  return {
    ...before,
    currency: terms.min_spend?.currency ?? before?.currency ?? null,
    effect:
      before && before.effect.kind !== "percent"
        ? before.effect
        : { ...before?.effect, kind: "percent", percent_bp: terms.percent_bp },
    when: { ...before?.when, starts_at: terms.starts_at, ends_at: terms.ends_at },
    cart: {
      ...before?.cart,
      spend: terms.min_spend ? { amount_minor: terms.min_spend.amount_minor, ...(goods ? { goods } : {}) } : null,
    },
    coupon: { ...before?.coupon, valid_days: terms.valid_days },
  };
}

const KEY = ["offers"] as const;

export interface OfferQuery {
  readonly q: string;
  /** One of the states; anything else is no filter. */
  readonly state: string;
  readonly cursor: string;
}

export function useOffers(query: OfferQuery, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list", query],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/offers", {
          params: { query: { q: query.q, cursor: query.cursor || null, state: oneOf(OFFER_STATES, query.state) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useOffer(id: number | null) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn:
      id === null
        ? skipToken
        : ({ signal }) => answered(client.GET("/api/v1/offers/{id}", { params: { path: { id } }, signal })),
  });
}

/** Saves the terms: a new offer when it has no number yet. */
export function useSaveOffer() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ offer, terms }: { offer: Offer | null; terms: OfferTerms }) =>
      offer === null
        ? answered(
            client.POST("/api/v1/offers", {
              body: { name: terms.name, terms: documentOf(terms, null) },
            }),
          )
        : answered(
            client.PATCH("/api/v1/offers/{id}", {
              params: { path: { id: offer.id } },
              body: { name: terms.name, terms: documentOf(terms, offer.terms) },
            }),
          ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export type OfferStep = "activate" | "pause" | "end";

export function useOfferStep() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, step }: { id: number; step: OfferStep }) => {
      const params = { path: { id } };
      if (step === "activate") return answered(client.POST("/api/v1/offers/{id}/activate", { params }));
      if (step === "pause") return answered(client.POST("/api/v1/offers/{id}/pause", { params }));
      return answered(client.POST("/api/v1/offers/{id}/end", { params }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** The value if it is one of them; what else stands in an address is no filter. */
function oneOf<T extends string>(values: readonly T[], value: string): T | null {
  return values.find((one) => one === value) ?? null;
}
