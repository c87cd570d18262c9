import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type TrackedSource = Schemas["TrackedSourceOut"];
export type SourceDetail = Schemas["TrackedSourceDetail"];
export type Tracking = Schemas["TrackingOut"];
export type Sample = Schemas["SampleOut"];
export type Outcome = Sample["outcome"];
export type Term = Schemas["TermOut"];
export type Channel = Schemas["SourceIn"]["channel"];

export const CHANNELS: readonly Channel[] = [
  "web",
  "app",
  "wechat",
  "pos",
  "marketplace",
  "group_buy",
  "phone",
  "company",
];

const SOURCES = ["tracked-sources"] as const;
const TERMS = ["interest-terms"] as const;
/** A busy shop's figures stand so long at least. */
const FIGURES_MILLISECONDS = 5_000;
const figuresOf = (id: number) => [...SOURCES, id, "figures"] as const;
const topicsOf = (id: number) => [`tracking:${id}`];

/** Every source as one page of a list. */
export function useTrackedSources() {
  return useQuery({
    queryKey: SOURCES,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/tracked-sources", { signal })),
    select: (items) => ({ items, next_cursor: null, total: items.length }),
  });
}

/** Its figures move while somebody watches. */
export function useTrackedSource(id: number) {
  const queryKey = figuresOf(id);
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/tracked-sources/{id}", { params: { path: { id } }, signal })),
    refetchInterval: useFollowed(queryKey, topicsOf(id), FIGURES_MILLISECONDS),
  });
}

/** The latest events; as they come while `live`. */
export function useSamples(id: number, outcome: Outcome | undefined, live: boolean) {
  const queryKey = [...SOURCES, id, "samples", outcome];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/tracked-sources/{id}/samples", { params: { path: { id }, query: { outcome } }, signal }),
      ),
    refetchInterval: useFollowed(queryKey, live ? topicsOf(id) : []),
    placeholderData: keepPreviousData,
  });
}

function useChange<Body>(change: (body: Body) => Promise<SourceDetail>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (source) => {
      queries.setQueryData(figuresOf(source.id), source);
      return queries.invalidateQueries({ queryKey: SOURCES, exact: true });
    },
    meta: { ownErrors: true },
  });
}

export function useTrack() {
  return useChange((id: number) =>
    answered(client.POST("/api/v1/tracked-sources/{id}/track", { params: { path: { id } } })),
  );
}

export function useChangeTracking(id: number) {
  return useChange((body: Schemas["TrackingChange"]) =>
    answered(client.PATCH("/api/v1/tracked-sources/{id}", { params: { path: { id } }, body })),
  );
}

export function useRotate(id: number) {
  return useChange((overlap_hours: number) =>
    answered(client.POST("/api/v1/tracked-sources/{id}/rotate", { params: { path: { id } }, body: { overlap_hours } })),
  );
}

/** A new source with tracking switched on. */
export function useCreateSource() {
  return useChange(async (body: Schemas["SourceIn"]) => {
    const { id } = await answered(client.POST("/api/v1/sources", { body }));
    return answered(client.POST("/api/v1/tracked-sources/{id}/track", { params: { path: { id } } }));
  });
}

export function useTerms(q: string, cursor: string) {
  return useQuery({
    queryKey: [...TERMS, q, cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/interest-terms", { params: { query: { q, cursor: cursor || undefined } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useCreateTerm() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["TermIn"]) => answered(client.POST("/api/v1/interest-terms", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: TERMS }),
    meta: { ownErrors: true },
  });
}

export function useDeleteTerm() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.DELETE("/api/v1/interest-terms/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: TERMS }),
  });
}

export function useAddCatalogueTerms() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.POST("/api/v1/interest-terms/from-catalogue")),
    onSuccess: () => queries.invalidateQueries({ queryKey: TERMS }),
  });
}
