import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { CSRF_HEADER, csrfToken } from "@/api/csrf";
import { problemFrom } from "@/api/problem";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type MerchantRow = Schemas["MerchantRow"];
export type Merchant = Schemas["MerchantOut"];
export type MerchantDraft = Schemas["MerchantIn"];
export type Check = Schemas["MerchantCheckOut"];
export type Paper = Schemas["MerchantDocumentOut"];
export type Complaint = Schemas["ComplaintOut"];
export type Terms = Schemas["MerchantTermsOut"];
export type State = MerchantRow["state"];

export const STATES: readonly State[] = ["applied", "in_review", "admitted", "suspended", "rejected", "closed"];
export const CATEGORIES = [
  "food",
  "drink",
  "beauty",
  "leisure",
  "travel",
  "education",
  "health",
  "goods",
  "other",
] as const satisfies readonly MerchantDraft["categories"][number][];
export const PAPER_KINDS = ["licence", "food_permit", "special_permit", "authorisation", "identity", "other"] as const;
export const COMPLAINT_KINDS: readonly Complaint["kind"][] = [
  "refused",
  "not_as_described",
  "quality",
  "service",
  "refund",
  "other",
];
export const COMPLAINT_STATES: readonly Complaint["state"][] = ["open", "upheld", "rejected"];

const KEY = ["merchants"] as const;
const COMPLAINTS = ["complaints"] as const;

export function useMerchants(query: { q: string; state: string; cursor: string }) {
  const state = STATES.filter((one) => one === query.state);
  return useQuery({
    queryKey: [...KEY, "list", query],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/merchants", {
          params: { query: { q: query.q, state, cursor: query.cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCounts() {
  return useQuery({
    queryKey: [...KEY, "counts"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/groupbuy/merchants/counts", { signal })),
  });
}

export function useMerchant(id: number) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/groupbuy/merchants/{id}", { params: { path: { id } }, signal })),
  });
}

/** One key for what is asked again after no answer, a new one once it was answered. */
function useKey() {
  const key = useRef(newIdempotencyKey());
  return {
    header: () => ({ "Idempotency-Key": key.current }),
    onSettled: () => {
      key.current = newIdempotencyKey();
    },
  };
}

export function useEnterMerchant() {
  const queries = useQueryClient();
  const { header, onSettled } = useKey();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: MerchantDraft) =>
      answered(client.POST("/api/v1/groupbuy/merchants", { params: { header: header() }, body })),
    onSettled,
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useChangeMerchant(id: number) {
  return useStep(id, (body: MerchantDraft) =>
    answered(client.PUT("/api/v1/groupbuy/merchants/{id}", { params: { path: { id } }, body })),
  );
}

export function useReview(id: number) {
  return useStep(id, () =>
    answered(client.POST("/api/v1/groupbuy/merchants/{id}/review", { params: { path: { id } } })),
  );
}

export function useAsk(id: number) {
  return useStep(id, (words: string) =>
    answered(client.POST("/api/v1/groupbuy/merchants/{id}/ask", { params: { path: { id } }, body: { words } })),
  );
}

export function useAnswerCheck(id: number) {
  return useStep(id, ({ name, passed, words }: { name: string; passed: boolean; words: string }) =>
    answered(
      client.POST("/api/v1/groupbuy/merchants/{id}/checks/{name}", {
        params: { path: { id, name } },
        body: { passed, words },
      }),
    ),
  );
}

export function useWaiveCheck(id: number) {
  return useStep(id, ({ name, words }: { name: string; words: string }) =>
    answered(
      client.POST("/api/v1/groupbuy/merchants/{id}/checks/{name}/waive", {
        params: { path: { id, name } },
        body: { words },
      }),
    ),
  );
}

export type Decision = "admit" | "reject" | "suspend" | "reinstate" | "close";

export function useDecide(id: number) {
  return useStep(
    id,
    ({ decision, words, commission_bp }: { decision: Decision; words: string; commission_bp: number | null }) => {
      const params = { path: { id } };
      switch (decision) {
        case "admit":
          return answered(
            client.POST("/api/v1/groupbuy/merchants/{id}/admit", { params, body: { words, commission_bp } }),
          );
        case "reject":
          return answered(client.POST("/api/v1/groupbuy/merchants/{id}/reject", { params, body: { words } }));
        case "suspend":
          return answered(client.POST("/api/v1/groupbuy/merchants/{id}/suspend", { params, body: { words } }));
        case "reinstate":
          return answered(client.POST("/api/v1/groupbuy/merchants/{id}/reinstate", { params, body: { words } }));
        case "close":
          return answered(client.POST("/api/v1/groupbuy/merchants/{id}/close", { params, body: { words } }));
      }
    },
  );
}

export function useAgreeCommission(id: number) {
  return useStep(id, (body: Schemas["CommissionIn"]) =>
    answered(client.POST("/api/v1/groupbuy/merchants/{id}/commission", { params: { path: { id } }, body })),
  );
}

export function useHandIn(id: number) {
  return useStep(id, async ({ file, kind, expires_on }: { file: File; kind: string; expires_on: string }) => {
    const body = new FormData();
    body.append("file", file);
    body.append("kind", kind);
    if (expires_on) body.append("expires_on", expires_on);
    const answer = await fetch(`/api/v1/groupbuy/merchants/${id}/documents`, {
      method: "POST",
      headers: { [CSRF_HEADER]: csrfToken(), Accept: "application/json" },
      body,
    });
    const told: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw problemFrom(answer, told);
    return told as Merchant;
  });
}

/** Where a paper is downloaded; that it was read is written down. */
export function paperAddress(id: number, paper: Paper): string {
  return `/api/v1/groupbuy/merchants/${id}/documents/${paper.id}`;
}

export function useNewLink(id: number) {
  return useMutation({
    mutationFn: () => answered(client.POST("/api/v1/groupbuy/merchants/{id}/link", { params: { path: { id } } })),
  });
}

export function useBankAccount(id: number) {
  return useMutation({
    mutationFn: () =>
      answered(client.POST("/api/v1/groupbuy/merchants/{id}/bank-account", { params: { path: { id } } })),
  });
}

function useStep<Wish>(id: number, step: (wish: Wish) => Promise<Merchant>) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: step,
    onSuccess: async (merchant) => {
      queries.setQueryData([...KEY, "one", id], merchant);
      await queries.invalidateQueries({ queryKey: KEY });
    },
  });
}

const TERMS = ["merchant-terms"] as const;

export function useTerms() {
  return useQuery({
    queryKey: [...TERMS, "now"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/groupbuy/merchants/terms", { signal })),
  });
}

/** Every version, the newest first. */
export function useTermsVersions() {
  return useQuery({
    queryKey: [...TERMS, "versions"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/groupbuy/merchants/terms/versions", { signal })),
  });
}

export function useSetTerms() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: Schemas["MerchantTermsIn"]) =>
      answered(client.PUT("/api/v1/groupbuy/merchants/terms", { body })),
    onSuccess: async (made) => {
      queries.setQueryData([...TERMS, "now"], made);
      await Promise.all([queries.invalidateQueries({ queryKey: TERMS }), queries.invalidateQueries({ queryKey: KEY })]);
    },
  });
}

export function useComplaints(query: { state: string; merchant: number | null; cursor: string }) {
  return useQuery({
    queryKey: [...COMPLAINTS, "list", query],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/complaints", {
          params: {
            query: {
              state: COMPLAINT_STATES.find((one) => one === query.state) ?? null,
              merchant_id: query.merchant,
              cursor: query.cursor || null,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useNoteComplaint(merchant: number) {
  return useComplaining((body: Schemas["ComplaintIn"]) =>
    answered(client.POST("/api/v1/groupbuy/merchants/{id}/complaints", { params: { path: { id: merchant } }, body })),
  );
}

export function useDecideComplaint() {
  return useComplaining(({ id, upheld, words }: { id: number; upheld: boolean; words: string }) =>
    answered(
      client.POST("/api/v1/groupbuy/complaints/{id}/decide", { params: { path: { id } }, body: { upheld, words } }),
    ),
  );
}

function useComplaining<Wish>(act: (wish: Wish) => Promise<Complaint>) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: act,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: COMPLAINTS });
      await queries.invalidateQueries({ queryKey: KEY });
    },
  });
}

export function useStoreChoices() {
  return useQuery({
    queryKey: ["stores", "choices"],
    queryFn: async ({ signal }) => {
      const page = await answered(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal }));
      return page.items.map(({ id, name }) => ({ value: id, label: name }));
    },
    staleTime: 300_000,
  });
}
