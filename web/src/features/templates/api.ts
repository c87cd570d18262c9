import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { Page } from "@/components/ListPage";
import type { Language } from "@/format/language";
import type { Content, Contents } from "./content";

export type Layout = "plain" | "festive" | "warm" | "night";
export const LAYOUTS: readonly Layout[] = ["plain", "warm", "festive", "night"];
export type Purpose = "marketing" | "service";
export const PURPOSES: readonly Purpose[] = ["marketing", "service"];

export interface TemplateInput {
  readonly name: string;
  readonly purpose: Purpose;
  readonly layout: Layout;
  readonly contents: Contents;
}

export interface Template extends TemplateInput {
  readonly id: number;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Variable {
  readonly key: string;
  readonly label_code: string;
  readonly example: string;
}

export interface StarterTemplate {
  readonly key: string;
  readonly layout: Layout;
  readonly purpose: Purpose;
  readonly names: Readonly<Record<Language, string>>;
  readonly contents: Readonly<Record<Language, Content>>;
}

export interface Rendered {
  readonly language: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Variables without a value for this person. */
  readonly missing: readonly string[];
  readonly warnings: readonly string[];
}

const KEY = ["templates"] as const;

export function useTemplates({ q, cursor }: { q: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "list", q, cursor],
    enabled,
    queryFn: ({ signal }) =>
      answered<Page<Template>>(
        client.GET("/api/v1/templates", { params: { query: { q, cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useTemplate(id: number | null) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    enabled: id !== null,
    queryFn: ({ signal }) =>
      answered<Template>(client.GET("/api/v1/templates/{id}", { params: { path: { id } }, signal })),
  });
}

export function useVariables() {
  return useQuery({
    queryKey: [...KEY, "variables"],
    queryFn: ({ signal }) => answered<Variable[]>(client.GET("/api/v1/templates/variables", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useStarters(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "starters"],
    enabled,
    queryFn: ({ signal }) => answered<StarterTemplate[]>(client.GET("/api/v1/templates/starters", { signal })),
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
    enabled: input !== null,
    queryFn: ({ signal }) => answered<Rendered>(client.POST("/api/v1/templates/preview", { body: input, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export interface OfferChoice {
  readonly id: number;
  readonly name: string;
}

/** Offers a preview can have a code of. */
export function useOfferChoices(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "offers"],
    enabled,
    queryFn: async ({ signal }) =>
      (await answered<Page<OfferChoice>>(client.GET("/api/v1/offers", { params: { query: { limit: 50 } }, signal })))
        .items,
  });
}

export function useSaveTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: TemplateInput & { id: number | null }) =>
      id === null
        ? answered<Template>(client.POST("/api/v1/templates", { body: { ...body, channel: "email" } }))
        : answered<Template>(client.PATCH("/api/v1/templates/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answered<void>(client.DELETE("/api/v1/templates/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "list"] }),
  });
}
