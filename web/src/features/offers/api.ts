import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Offer = Schemas["OfferOut"];
export type OfferState = Offer["state"];
export const OFFER_STATES: readonly OfferState[] = ["active", "draft", "paused", "ended"];

export type OfferDocument = Offer["terms"];

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

/** Saves name and terms: a new offer when there is none yet. The editor shows what is refused at its fields. */
export function useSaveOffer() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ offer, name, terms }: { offer: Offer | null; name: string; terms: OfferDocument }) =>
      offer === null
        ? answered(client.POST("/api/v1/offers", { body: { name, terms } }))
        : answered(client.PATCH("/api/v1/offers/{id}", { params: { path: { id: offer.id } }, body: { name, terms } })),
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
