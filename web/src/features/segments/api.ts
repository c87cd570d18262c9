import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { Page } from "@/components/ListPage";
import type { Catalogue, CatalogueField } from "./catalogue";
import type { Measure, Picked, Rule } from "./rule";

export type SegmentState = "new" | "refreshing" | "ready" | "failed";

export interface Segment {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly rule: Rule;
  readonly sentence: { readonly zh: string; readonly en: string };
  readonly count: number | null;
  readonly counted_at: string | null;
  readonly refreshed_at: string | null;
  readonly state: SegmentState;
  readonly error: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Counted {
  readonly count: number;
  readonly total: number;
  readonly branches: readonly { readonly path: string; readonly count: number }[];
  readonly as_of: string | null;
  readonly fresh_at: string | null;
  readonly elapsed_ms: number;
}

export interface Person {
  readonly id: number;
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly city: string | null;
  readonly home_store: { readonly id: number; readonly name: string } | null;
  readonly orders_count: number;
  readonly spent: { readonly amount_minor: number; readonly currency: string } | null;
  readonly last_order_at: string | null;
  readonly member_since_at: string | null;
}

export interface PickedValue {
  readonly value: Picked;
  readonly label: string;
  readonly count: number;
}

const KEY = ["segments"] as const;
/** How often a list that is being made is looked for. */
const POLL_MILLISECONDS = 3_000;

export interface ListQueryParams {
  readonly q: string;
  readonly cursor: string;
}

export function useSegments({ q, cursor }: ListQueryParams, enabled = true) {
  return useQuery({
    enabled,
    queryKey: [...KEY, "list", q, cursor],
    queryFn: ({ signal }) =>
      answered<Page<Segment>>(client.GET("/api/v1/segments", { params: { query: compact({ q, cursor }) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.items.some((segment) => segment.state === "refreshing") ? POLL_MILLISECONDS : false,
  });
}

export function useSegment(id: number | null) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data?.state === "refreshing" ? POLL_MILLISECONDS : false),
    queryFn: ({ signal }) =>
      answered<Segment>(client.GET("/api/v1/segments/{segment_id}", { params: { path: { segment_id: id } }, signal })),
  });
}

export function useMembers(id: number, { q, cursor }: { q: string; cursor: string }, enabled = true) {
  return useQuery({
    enabled,
    queryKey: [...KEY, "members", id, q, cursor],
    queryFn: ({ signal }) =>
      answered<Page<Person>>(
        client.GET("/api/v1/segments/{segment_id}/members", {
          params: { path: { segment_id: id }, query: compact({ q, cursor }) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCatalogue() {
  return useQuery({
    queryKey: [...KEY, "fields"],
    queryFn: async ({ signal }) =>
      catalogueOf(await answered<RawCatalogue>(client.GET("/api/v1/segments/fields", { signal }))),
    staleTime: 10 * 60_000,
  });
}

interface RawCatalogue {
  readonly fields: readonly CatalogueField[];
  readonly bought: {
    readonly measures: readonly { readonly key: Measure }[];
    readonly where_fields: readonly CatalogueField[];
  };
}

function catalogueOf({ fields, bought }: RawCatalogue): Catalogue {
  return { fields, measures: bought.measures.map(({ key }) => key), whereFields: bought.where_fields };
}

/** Values that stand in the data, with how many customers have each. */
export function useValues(field: string, q: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "values", field, q],
    enabled,
    queryFn: ({ signal }) =>
      answered<readonly PickedValue[]>(
        client.GET("/api/v1/segments/values", { params: { query: compact({ field, q }) }, signal }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/**
 * How many a rule matches. A newer rule aborts the call of the older one, so an answer that is late is never shown;
 * until the new one is there the last count stays, as `isPlaceholderData`.
 */
export function useCount(rule: Rule | null) {
  return useQuery({
    queryKey: [...KEY, "count", rule],
    enabled: rule !== null,
    queryFn: ({ signal }) => answered<Counted>(client.POST("/api/v1/segments/count", { body: { rule }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function usePreview(rule: Rule | null) {
  return useQuery({
    queryKey: [...KEY, "preview", rule],
    enabled: rule !== null,
    queryFn: ({ signal }) =>
      answered<{ items: readonly Person[] }>(
        client.POST("/api/v1/segments/preview", { body: { rule, limit: 10 }, signal }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** The server's sentence for a rule this client has no words for. */
export function useServerSentence(rule: Rule | null) {
  return useQuery({
    queryKey: [...KEY, "sentence", rule],
    enabled: rule !== null,
    queryFn: ({ signal }) =>
      answered<{ zh: string; en: string }>(client.POST("/api/v1/segments/sentence", { body: { rule }, signal })),
    retry: false,
  });
}

export interface SegmentInput {
  readonly name: string;
  readonly description: string;
  readonly rule: Rule;
}

/** Saves a segment: a new one when it has no number yet. */
export function useSaveSegment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: SegmentInput & { id: number | null }) =>
      id === null
        ? answered<Segment>(client.POST("/api/v1/segments", { body }))
        : answered<Segment>(
            client.PATCH("/api/v1/segments/{segment_id}", { params: { path: { segment_id: id } }, body }),
          ),
    onSuccess: (segment) => {
      queries.setQueryData([...KEY, "one", segment.id], segment);
      void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
    },
  });
}

export function useDeleteSegment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered<void>(client.DELETE("/api/v1/segments/{segment_id}", { params: { path: { segment_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}

/** Asks for a new list; it is made in the background. */
export function useRefreshSegment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered<{ readonly id: number }>(
        client.POST("/api/v1/segments/{segment_id}/refresh", { params: { path: { segment_id: id } } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Parameters that are set; an empty one is left out of the address. */
function compact(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ""));
}
