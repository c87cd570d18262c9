import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import type { components } from "@/api/schema";

export type OwnCoupon = components["schemas"]["OwnCouponOut"];

const key = (id: number) => ["customers", "coupons", id] as const;

export function useCouponsOf(id: number) {
  return useQuery({
    queryKey: key(id),
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/coupons", { params: { path: { id } }, signal })),
  });
}

/** Offers of which somebody can be given a coupon now. */
export function useCouponOffers(q: string) {
  return useQuery({
    queryKey: ["customers", "coupon-offers", q],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/offers", {
          params: { query: { q, state: "active", applies: "coupon", limit: 20 } },
          signal,
        }),
      ),
  });
}

/** Asked again after no answer, the same coupon. */
export function useGiveCoupon(id: number) {
  const queries = useQueryClient();
  const once = useRef(newIdempotencyKey());
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (offer: number) =>
      answered(
        client.POST("/api/v1/offers/{id}/coupons", {
          params: { path: { id: offer }, header: { "Idempotency-Key": once.current } },
          body: { customer_ids: [id] },
        }),
      ),
    onSettled: () => {
      once.current = newIdempotencyKey();
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["customers"] }),
  });
}
