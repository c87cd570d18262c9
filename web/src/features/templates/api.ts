import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";
import type { Language } from "@/format/language";
import type { Contents } from "./content";

type Schemas = components["schemas"];

export type Template = Omit<Schemas["TemplateOut"], "contents"> & { readonly contents: Contents };
export type Layout = Template["layout"];
export const LAYOUTS: readonly Layout[] = ["plain", "warm", "festive", "night"];
export type Purpose = Template["purpose"];
export const PURPOSES: readonly Purpose[] = ["marketing", "service"];
export type TemplateInput = Pick<Template, "name" | "purpose" | "layout" | "contents">;
export type StarterTemplate = Omit<Schemas["StarterOut"], "names" | "contents"> & {
  readonly names: Readonly<Record<Language, string>>;
  readonly contents: Contents;
};

const KEY = ["templates"] as const;

export function useTemplates({ q, cursor }: { q: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list", q, cursor],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/templates", { params: { query: { q, cursor: cursor || null } }, signal })),
    select: (page) => ({ ...page, items: page.items as readonly Template[] }),
    placeholderData: keepPreviousData,
  });
}

export function useTemplate(id: number | null) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn:
      id === null
        ? skipToken
        : ({ signal }) => answered(client.GET("/api/v1/templates/{id}", { params: { path: { id } }, signal })),
    select: (template) => template as Template,
  });
}

export function useVariables() {
  return useQuery({
    queryKey: [...KEY, "variables"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/templates/variables", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useStarters(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "starters"],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/templates/starters", { signal })),
    select: (starters) => starters as unknown as readonly StarterTemplate[],
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface PreviewInput {
  readonly contents: Contents;
  readonly layout: Layout;
  readonly customer_id: number;
  readonly offer_id: number | null;
  readonly language: Language;
}

/** The mail this customer would get; the last good one stays while a newer is on its way or the text is faulty. */
export function usePreview(input: PreviewInput | null) {
  return useQuery({
    queryKey: [...KEY, "preview", input],
    queryFn:
      input === null
        ? skipToken
        : ({ signal }) => answered(client.POST("/api/v1/templates/preview", { body: input, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export type OfferChoice = Pick<Schemas["OfferOut"], "id" | "name">;

/** Offers a preview can have a code of. */
export function useOfferChoices(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "offers"],
    enabled,
    queryFn: async ({ signal }) =>
      (await answered(client.GET("/api/v1/offers", { params: { query: { limit: 50 } }, signal }))).items,
  });
}

export function useSaveTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: TemplateInput & { id: number | null }) =>
      id === null
        ? answered(client.POST("/api/v1/templates", { body: { ...body, channel: "email" } }))
        : answered(client.PATCH("/api/v1/templates/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered(client.DELETE("/api/v1/templates/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}
