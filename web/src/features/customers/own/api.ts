import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useNews } from "@/api/events";
import { useJobStarted } from "@/api/jobs";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type OwnField = Schemas["CustomFieldOut"];
export type OwnFieldDraft = Schemas["CustomFieldIn"];
export type OwnFieldChange = Schemas["CustomFieldChange"];
export type Tag = Schemas["TagOut"];
export type TagRule = Schemas["TagRuleOut"];

const FIELDS = ["customer-fields"] as const;
const TAGS = ["tags"] as const;

/** The operator's own fields; with `counted`, archived ones and how many customers have each. */
export function useOwnFields(counted = false) {
  return useQuery({
    queryKey: [...FIELDS, counted],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customer-fields", { params: { query: { counted } }, signal })),
    staleTime: counted ? 0 : 60_000,
  });
}

export function useSaveField(id: number | null) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: OwnFieldDraft) => {
      if (id === null) return answered(client.POST("/api/v1/customer-fields", { body }));
      const { key: _, ...change } = body;
      return answered(client.PATCH("/api/v1/customer-fields/{id}", { params: { path: { id } }, body: change }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: FIELDS }),
    meta: { ownErrors: true },
  });
}

export function useArchiveField() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, archived }: { id: number; archived: boolean }) =>
      archived
        ? answered(client.POST("/api/v1/customer-fields/{id}/archive", { params: { path: { id } } }))
        : answered(client.POST("/api/v1/customer-fields/{id}/restore", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: FIELDS }),
  });
}

export function useOrderFields() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ids: number[]) => answered(client.POST("/api/v1/customer-fields/order", { body: { ids } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: FIELDS }),
  });
}

export function useReferences(fieldId: number, q: string, enabled: boolean) {
  return useQuery({
    queryKey: [...FIELDS, "references", fieldId, q],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/customer-fields/{id}/references", {
          params: { path: { id: fieldId }, query: { q } },
          signal,
        }),
      ),
  });
}

export interface Named {
  readonly id: number;
  readonly name: string;
}

const PICKED_AT_MOST = 20;

/** Whom a filter may name: customers by what the list's search finds. */
export function useCustomerPicks(q: string) {
  return usePicks("customers", q, async (signal) => {
    const page = await answered(
      client.GET("/api/v1/customers", { params: { query: { q: q || undefined, limit: PICKED_AT_MOST } }, signal }),
    );
    return page.items.map(({ id, name }) => ({ id, name: name || `#${id}` }));
  });
}

/** Households by one of their people. */
export function useHouseholdPicks(q: string) {
  return usePicks("households", q, async (signal) => {
    const page = await answered(
      client.GET("/api/v1/customers", {
        params: { query: { q: q || undefined, where: ["household:is_set"], limit: PICKED_AT_MOST } },
        signal,
      }),
    );
    const found = new Map<number, string>();
    for (const { household, name } of page.items) {
      if (household === null || found.has(household.id)) continue;
      found.set(household.id, name && name !== household.name ? `${household.name} · ${name}` : household.name);
    }
    return [...found].map(([id, name]) => ({ id, name }));
  });
}

export function useCompanyPicks(q: string) {
  return usePicks("companies", q, async (signal) => {
    const page = await answered(
      client.GET("/api/v1/companies", { params: { query: { q, limit: PICKED_AT_MOST } }, signal }),
    );
    return page.items.map(({ id, name }) => ({ id, name }));
  });
}

/** What an own reference field may point to. */
export function referencePicks(fieldId: number) {
  return function useFieldPicks(q: string) {
    return useReferences(fieldId, q, true);
  };
}

function usePicks(what: string, q: string, find: (signal: AbortSignal) => Promise<Named[]>) {
  return useQuery({
    queryKey: ["customers", "picks", what, q],
    queryFn: ({ signal }) => find(signal),
    placeholderData: keepPreviousData,
  });
}

export function useTags() {
  const queries = useQueryClient();
  // A tag that is being renamed or deleted goes on every file in the background.
  useNews(["jobs"], () => void queries.invalidateQueries({ queryKey: TAGS }));
  return useQuery({
    queryKey: TAGS,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/tags", { signal })),
  });
}

export function useTagRules(enabled: boolean) {
  return useQuery({
    queryKey: [...TAGS, "rules"],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/tag-rules", { signal })),
  });
}

/** Segments to choose from. */
export function useSegmentNames(enabled: boolean) {
  return useQuery({
    queryKey: ["segments", "names"],
    enabled,
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/segments", { params: { query: { limit: 200 } }, signal }));
      return page.items.map(({ id, name }) => ({ id, name }));
    },
  });
}

export type TagDeed =
  | { verb: "describe"; body: Schemas["TagIn"] }
  | { verb: "rename"; name: string; to: string }
  | { verb: "delete"; name: string }
  | { verb: "follow"; tag: string; segment_id: number }
  | { verb: "unfollow"; id: number };

/** One thing done to a tag; renaming and deleting go on as jobs. */
export function useTagDeed() {
  const queries = useQueryClient();
  const started = useJobStarted();
  return useMutation({
    mutationFn: async (deed: TagDeed): Promise<number | null> => {
      switch (deed.verb) {
        case "describe":
          await answered(client.PUT("/api/v1/tags", { body: deed.body }));
          return null;
        case "rename":
          await answered(client.POST("/api/v1/tags/rename", { body: { name: deed.name, to: deed.to } }));
          started();
          return null;
        case "delete":
          await answered(client.POST("/api/v1/tags/delete", { body: { name: deed.name } }));
          started();
          return null;
        case "follow":
          await answered(client.PUT("/api/v1/tag-rules", { body: { tag: deed.tag, segment_id: deed.segment_id } }));
          return null;
        case "unfollow":
          await answered(client.DELETE("/api/v1/tag-rules/{id}", { params: { path: { id: deed.id } } }));
          return null;
      }
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: TAGS });
      await queries.invalidateQueries({ queryKey: ["customers"] });
    },
    meta: { ownErrors: true },
  });
}
