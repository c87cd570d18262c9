import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type GroupRow = Schemas["GroupRow"];
export type Group = Schemas["GroupOut"];
export type Participation = Schemas["ParticipationRow"];

export const GROUP_STATES: readonly GroupRow["state"][] = ["forming", "formed", "failed"];

const KEY = ["groups"] as const;
/** A group moves with those who take part in it. */
const TOPICS = ["lake:participations"] as const;
/** On a busy evening somebody joins every moment. */
const REST_MILLISECONDS = 3_000;

export interface GroupQuery {
  readonly state: string;
  readonly deal: number | null;
  readonly missing: number | null;
  readonly hours: number | null;
  readonly cursor: string;
}

/** Groups; those that run with the one that ends soonest first. */
export function useGroups({ state, deal, missing, hours, cursor }: GroupQuery) {
  const queryKey = [...KEY, "list", state, deal, missing, hours, cursor];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/groups", {
          params: {
            query: {
              state: GROUP_STATES.find((one) => one === state) ?? null,
              deal_id: deal,
              missing_at_most: missing,
              ends_within_hours: hours,
              soonest: state === "forming",
              cursor: cursor || null,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: useFollowed(queryKey, TOPICS, REST_MILLISECONDS),
  });
}

export function useGroup(id: number) {
  const queryKey = [...KEY, "one", id];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/groupbuy/groups/{id}", { params: { path: { id } }, signal })),
    refetchInterval: useFollowed(queryKey, TOPICS, REST_MILLISECONDS),
  });
}

/** Every refund the payment side refused: what is owed until somebody sees to it. */
export function useRefusedRefunds(enabled: boolean) {
  return useQuery({
    queryKey: ["payments", "refused-refunds"],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/payments/refunds", { params: { query: { state: "refused", limit: 200 } }, signal })),
  });
}

/** Deals a list may be narrowed to, the newest. */
export function useDealChoices() {
  return useQuery({
    queryKey: ["deals", "choices"],
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/groupbuy/deals", { params: { query: { limit: 100 } }, signal }));
      return page.items.map(({ id, name }) => ({ value: String(id), label: name }));
    },
    staleTime: 60_000,
  });
}

export function useLeave() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered(client.POST("/api/v1/groupbuy/participations/{id}/leave", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** The short name in the address of a deal's public page. */
export function useSlug(deal: number): string | undefined {
  return useQuery({
    queryKey: ["deals", "one", deal],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/groupbuy/deals/{id}", { params: { path: { id: deal } }, signal })),
  }).data?.slug;
}
