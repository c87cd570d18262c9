import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
import { useRenewal } from "@/api/renewal";
import type { Measure, Picked, Rule, StepKind, WithinUnit } from "@/api/rule";
import type { components } from "@/api/schema";
import type { Activity, Catalogue, CatalogueField } from "./catalogue";
import { learnChoice, learnField } from "./useRuleWords";

type Schemas = components["schemas"];

export interface PickedValue {
  readonly value: Picked;
  readonly label: string;
  readonly count: number;
}

export type SegmentState = "new" | "refreshing" | "ready" | "failed";
/** A rule travels as an open document; here its members are known. */
export type Segment = Omit<Schemas["SegmentOut"], "rule" | "state"> & {
  readonly rule: Rule;
  readonly state: SegmentState;
};
export type Counted = Schemas["CountOut"];
/** A rule in words, as the server says it. */
export type Said = Schemas["Sentence"];
export type Person = Schemas["CustomerRow"];

const KEY = ["segments"] as const;

export interface ListQueryParams {
  readonly q: string;
  readonly cursor: string;
}

export function useSegments({ q, cursor }: ListQueryParams, enabled = true) {
  return useQuery({
    enabled,
    queryKey: [...KEY, "list", q, cursor],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/segments", { params: { query: { q, cursor: cursor || null } }, signal })),
    select: (page) => ({ ...page, items: page.items.map(segmentOf) }),
    placeholderData: keepPreviousData,
  });
}

export function useSegment(id: number | null) {
  return useQuery<Segment>({
    queryKey: [...KEY, "one", id],
    queryFn:
      id === null
        ? skipToken
        : async ({ signal }) =>
            segmentOf(
              await answered(
                client.GET("/api/v1/segments/{segment_id}", { params: { path: { segment_id: id } }, signal }),
              ),
            ),
  });
}

export function useMembers(id: number, { q, cursor }: { q: string; cursor: string }, enabled = true) {
  return useQuery({
    enabled,
    queryKey: [...KEY, "members", id, q, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/segments/{segment_id}/members", {
          params: { path: { segment_id: id }, query: { q, cursor: cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCatalogue() {
  return useQuery({
    queryKey: [...KEY, "fields"],
    queryFn: async ({ signal }) => catalogueOf(await answered(client.GET("/api/v1/segments/fields", { signal }))),
  });
}

type FieldOut = Schemas["SegmentsFieldOut"];

function catalogueOf({
  fields,
  archived,
  bought,
  activities,
  sequence,
  reach,
  timezone,
}: Schemas["CatalogueOut"]): Catalogue {
  for (const field of [...fields, ...archived]) learn(field.key, field);
  for (const field of bought.where_fields) {
    learn(field.key, field);
    learn(`bought.${field.key}`, field);
  }
  for (const activity of activities)
    for (const field of activity.where_fields) learn(`${activity.key}.${field.key}`, field);
  return {
    fields: fields as readonly CatalogueField[],
    archived: archived as readonly CatalogueField[],
    measures: bought.measures.map(({ key }) => key as Measure),
    whereFields: bought.where_fields as readonly CatalogueField[],
    activities: activities.map((activity) => ({
      ...activity,
      measures: activity.measures.map(({ key }) => key),
    })) as readonly Activity[],
    steps: sequence.steps as readonly StepKind[],
    withinUnits: sequence.units as readonly WithinUnit[],
    channels: reach.channels,
    purposes: reach.purposes,
    timezone,
  };
}

function learn(key: string, { words, choices }: FieldOut): void {
  learnField(key, words);
  for (const choice of choices ?? []) learnChoice(key, choice.value, choice.words);
}

/** Where values are told from; while somebody chooses among them, those of a moment ago are looked at again. */
const VALUE_TOPICS = ["lake:customers", "lake:field_values", "lake:orders"];
const VALUES_REST_MILLISECONDS = 5_000;

/** Values that stand in the data, with how many customers have each; a file that was just imported brings new ones. */
export function useValues(field: string, q: string, enabled: boolean) {
  const queryKey = [...KEY, "values", field, q];
  return useQuery({
    queryKey,
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/segments/values", { params: { query: { field, q } }, signal })),
    select: (values) => values as readonly PickedValue[],
    placeholderData: keepPreviousData,
    staleTime: VALUES_REST_MILLISECONDS,
    refetchInterval: useFollowed(queryKey, enabled ? VALUE_TOPICS : [], VALUES_REST_MILLISECONDS),
  });
}

/**
 * How many a rule matches. A newer rule aborts the call of the older one, so an answer that is late is never shown;
 * until the new one is there the last count stays, as `isPlaceholderData`. When the server tells that what it looked at
 * changed, it is asked again.
 */
export function useCount(rule: Rule | null) {
  const query = useQuery({
    queryKey: [...KEY, "count", rule],
    queryFn:
      rule === null
        ? skipToken
        : ({ signal }) =>
            answered(
              client.POST("/api/v1/segments/count", {
                body: { rule: documentOf(rule), branches: true, funnel: true },
                signal,
              }),
            ),
    placeholderData: keepPreviousData,
    retry: false,
  });
  useRenewal(query);
  return query;
}

export function usePreview(rule: Rule | null) {
  const query = useQuery({
    queryKey: [...KEY, "preview", rule],
    queryFn:
      rule === null
        ? skipToken
        : ({ signal }) =>
            answered(client.POST("/api/v1/segments/preview", { body: { rule: documentOf(rule), limit: 10 }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  useRenewal(query);
  return query;
}

export type Explanation = Schemas["Explanation"];

/** Whom the address names. */
export function usePerson(id: number | null) {
  return useQuery({
    queryKey: ["customers", "named", id],
    queryFn:
      id === null
        ? skipToken
        : async ({ signal }) => {
            const file = await answered(client.GET("/api/v1/customers/{id}", { params: { path: { id } }, signal }));
            return { id: file.id, name: file.name, phone: file.phone, email: file.email };
          },
    staleTime: 60_000,
    retry: false,
  });
}

/** Why one customer is in the segment of a rule, or is not. */
export function useWhy(rule: Rule, customerId: number | null) {
  const query = useQuery({
    queryKey: [...KEY, "why", rule, customerId],
    queryFn:
      customerId === null
        ? skipToken
        : ({ signal }) =>
            answered(
              client.POST("/api/v1/segments/explain", {
                body: { rule: documentOf(rule), customer_id: customerId },
                signal,
              }),
            ),
    retry: false,
  });
  useRenewal(query);
  return query;
}

const WORDS_REST_MILLISECONDS = 60_000;

/** A rule and each of its conditions in words; with `keep` the words of the rule before it stand until these are there. */
export function useSaid(rule: Rule | null, keep: boolean) {
  return useQuery({
    queryKey: [...KEY, "sentence", rule],
    queryFn:
      rule === null
        ? skipToken
        : ({ signal }) =>
            answered(client.POST("/api/v1/segments/sentence", { body: { rule: documentOf(rule) }, signal })),
    placeholderData: keep ? keepPreviousData : undefined,
    staleTime: WORDS_REST_MILLISECONDS,
    retry: false,
  });
}

export interface SegmentInput {
  readonly name: string;
  readonly description: string;
  readonly rule: Rule;
}

type Saved = { readonly id: null; readonly version?: never } | { readonly id: number; readonly version: number };

/** Saves a segment: a new one when it has no number yet. `version` is that of the rule this one was made from. */
export function useSaveSegment({ ownErrors = false } = {}) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, version, name, description, rule }: SegmentInput & Saved) => {
      const body = { name, description, rule: documentOf(rule) };
      const stored =
        id === null
          ? await answered(client.POST("/api/v1/segments", { body }))
          : await answered(
              client.PATCH("/api/v1/segments/{segment_id}", {
                params: { path: { segment_id: id } },
                body: { ...body, version },
              }),
            );
      return segmentOf(stored);
    },
    onSuccess: (segment) => {
      queries.setQueryData([...KEY, "one", segment.id], segment);
      void queries.invalidateQueries({ queryKey: [...KEY, "list"] });
    },
    meta: { ownErrors },
  });
}

export function useDeleteSegment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered(client.DELETE("/api/v1/segments/{segment_id}", { params: { path: { segment_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}

/** Asks for a new list; it is made in the background. */
export function useRefreshSegment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered(client.POST("/api/v1/segments/{segment_id}/refresh", { params: { path: { segment_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

function segmentOf(segment: Schemas["SegmentOut"]): Segment {
  return segment as unknown as Segment;
}

/** A rule as the open document the API takes. */
function documentOf(rule: Rule): Record<string, unknown> {
  return { ...rule };
}

/** Asks the server whether a document is a rule: a `Problem` names what is not. */
export function useCheckRule() {
  return useMutation({
    mutationFn: (rule: Record<string, unknown>) =>
      answered(client.POST("/api/v1/segments/sentence", { body: { rule } })),
    meta: { ownErrors: true },
  });
}

export function useStores() {
  return useQuery({
    queryKey: ["stores"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal })),
    staleTime: 300_000,
  });
}

/** The currencies that orders come in, by the sources that send them. */
export function useCurrencies() {
  return useQuery({
    queryKey: ["sources"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/sources", { signal })),
    select: (sources) => [...new Set(sources.map(({ currency }) => currency))].sort(),
    staleTime: 300_000,
  });
}
