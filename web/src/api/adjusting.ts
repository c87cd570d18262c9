import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type AdjustmentDraft = Schemas["AdjustmentIn"];

/** The reasons to choose from, and up to where one acts alone. */
export function useAdjusting(enabled: boolean) {
  return useQuery({
    queryKey: ["adjustments", "terms"],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/loyalty/adjusting", { signal })),
    retry: false,
  });
}

/** The count cards of the terms in effect. */
export function useCountCards(enabled: boolean) {
  return useQuery({
    queryKey: ["adjustments", "count-cards"],
    enabled,
    queryFn: async ({ signal }) => (await answered(client.GET("/api/v1/loyalty/count-cards", { signal }))).cards,
    staleTime: 60_000,
  });
}

// Where something of a member is shown that an adjustment moves: her file, the desk, the list of adjustments.
const MOVED = [["customers"], ["stored-value"], ["adjustments"]] as const;

/** One adjustment, once, however often it is sent. */
export function useAdjust(id: number) {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: AdjustmentDraft) =>
      answered(
        client.POST("/api/v1/customers/{id}/adjustments", {
          params: { path: { id }, header: { "Idempotency-Key": key.current } },
          body,
        }),
      ),
    // The next one is another one; another body under the same key would be refused.
    onSettled: () => {
      key.current = newIdempotencyKey();
    },
    onSuccess: () => Promise.all(MOVED.map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}
