import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type CompanyRow = Schemas["CompanyRow"];
export type Company = Schemas["CompanyOut"];
export type CompanyDraft = Schemas["CompanyIn"];
export type Contact = Schemas["ContactOut"];

const COMPANIES = ["companies"] as const;

export function useCompanies(q: string, order: string, cursor: string) {
  return useQuery({
    queryKey: [...COMPANIES, "list", q, order, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/companies", { params: { query: { q, order, cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCompany(id: number) {
  return useQuery({
    queryKey: [...COMPANIES, "one", id],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/companies/{id}", { params: { path: { id } }, signal })),
  });
}

export function useContacts(id: number) {
  return useQuery({
    queryKey: [...COMPANIES, "contacts", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/companies/{id}/contacts", { params: { path: { id } }, signal })),
  });
}

export function useSaveCompany(id: number | null) {
  return useChange((body: CompanyDraft) =>
    id === null
      ? answered(client.POST("/api/v1/companies", { body }))
      : answered(client.PATCH("/api/v1/companies/{id}", { params: { path: { id } }, body })),
  );
}

export function useDeleteCompany() {
  return useChange((id: number) => answered(client.DELETE("/api/v1/companies/{id}", { params: { path: { id } } })));
}

export function useAddContact(id: number) {
  return useChange((body: Schemas["ContactIn"]) =>
    answered(client.POST("/api/v1/companies/{id}/contacts", { params: { path: { id } }, body })),
  );
}

export function useRemoveContact(id: number) {
  return useChange((customer_id: number) =>
    answered(client.DELETE("/api/v1/companies/{id}/contacts/{customer_id}", { params: { path: { id, customer_id } } })),
  );
}

export function useColleagues(enabled: boolean) {
  return useQuery({
    queryKey: ["users", "names"],
    enabled,
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/users", { params: { query: { limit: 200 } }, signal }));
      return page.items.map(({ id, name }) => ({ id, name }));
    },
    staleTime: 300_000,
  });
}

function useChange<Wish, Answer>(change: (wish: Wish) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queries.invalidateQueries({ queryKey: COMPANIES }),
    meta: { ownErrors: true },
  });
}
