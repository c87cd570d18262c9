import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { problemFrom } from "@/api/problem";
import type { components } from "@/api/schema";
import { downloadBlob } from "@/components/csv";

type Schemas = components["schemas"];

export type Value = Schemas["ValueOut"];
export type TopUp = Schemas["TopUpOut"];
export type TopUpDraft = Schemas["TopUpIn"];
export type TenderAmount = Schemas["TenderAmount"];
export type Tender = TenderAmount["tender"];
export type RefundQuote = Schemas["RefundQuoteOut"];
export type Statement = Schemas["ValueStatementOut"];
export type StoreDay = Schemas["StoreDayOut"];
export type Figure = StoreDay["figures"][number]["figure"];
export type Adjustment = Schemas["AdjustmentOut"];

export const TENDERS: readonly Tender[] = ["cash", "card", "wallet", "transfer", "other"];
export const FIGURES: readonly Figure[] = [
  "topped_up",
  "bonus_given",
  "spent",
  "given_back",
  "paid_out",
  "kept",
  "forfeited",
  "expired",
  "adjusted",
  "other",
];
export const STATES: readonly Adjustment["state"][] = ["waiting", "done", "rejected", "expired"];

const KEY = ["stored-value"] as const;
const ADJUSTMENTS = ["adjustments"] as const;

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

export function useFind() {
  const { header, onSettled } = useKey();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (text: string) =>
      answered(client.POST("/api/v1/loyalty/desk/find", { params: { header: header() }, body: { text } })),
    onSettled,
  });
}

export function usePlans(enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "plans"],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/loyalty/stored-value/plans", { signal })),
    retry: false,
  });
}

export function useStoresOfDesk() {
  return useQuery({
    queryKey: ["stores"],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal })),
    staleTime: 300_000,
  });
}

export function useCustomerName(id: number | null) {
  return useQuery({
    queryKey: ["customers", "name", id],
    enabled: id !== null,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}", { params: { path: { id: id ?? 0 } }, signal })),
    retry: false,
  });
}

export function useValue(id: number | null) {
  return useQuery({
    queryKey: [...KEY, "of", id],
    enabled: id !== null,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/customers/{id}/stored-value", { params: { path: { id: id ?? 0 } }, signal })),
    retry: false,
  });
}

export function useTopUp(id: number) {
  const queries = useQueryClient();
  const { header, onSettled } = useKey();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: TopUpDraft) =>
      answered(
        client.POST("/api/v1/customers/{id}/stored-value/top-ups", {
          params: { path: { id }, header: header() },
          body,
        }),
      ),
    onSettled,
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useRefundQuote(id: number, amountMinor: number | null) {
  return useQuery({
    queryKey: [...KEY, "refund", id, amountMinor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/customers/{id}/stored-value/refund", {
          params: { path: { id }, query: { amount_minor: amountMinor } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useRefund(id: number) {
  const queries = useQueryClient();
  const { header, onSettled } = useKey();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: Schemas["RefundIn"]) =>
      answered(
        client.POST("/api/v1/customers/{id}/stored-value/refunds", {
          params: { path: { id }, header: header() },
          body,
        }),
      ),
    onSettled: () => {
      onSettled();
      return queries.invalidateQueries({ queryKey: KEY });
    },
  });
}

export function useFreeze(id: number) {
  const queries = useQueryClient();
  const { header, onSettled } = useKey();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ frozen, reason }: { frozen: boolean; reason: string }) => {
      const options = { params: { path: { id }, header: header() }, body: { reason } };
      return frozen
        ? answered(client.POST("/api/v1/customers/{id}/stored-value/freeze", options))
        : answered(client.POST("/api/v1/customers/{id}/stored-value/thaw", options));
    },
    onSettled,
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useStatement(id: number, from: string, to: string) {
  return useQuery({
    queryKey: [...KEY, "statement", id, from, to],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/customers/{id}/stored-value/statement", {
          params: { path: { id }, query: { from_on: from, to_on: to } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Fetches a file of the server and hands it to the browser. */
export function useFile() {
  return useMutation({
    mutationFn: async ({ path, name }: { path: string; name: string }) => {
      const response = await fetch(`/api/v1${path}`);
      if (!response.ok) throw problemFrom(response, await response.json().catch(() => null));
      downloadBlob(name, await response.blob());
    },
  });
}

export function useDay(on: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "day", on],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/loyalty/stored-value/day", { params: { query: { on } }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export interface RowsOf {
  on: string;
  figure: Figure;
  storeId: number | null;
}

export function useDayRows({ on, figure, storeId }: RowsOf) {
  return useQuery({
    queryKey: [...KEY, "day", on, figure, storeId],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/stored-value/day/rows", {
          params: { query: { on, figure, store_id: storeId, limit: 200 } },
          signal,
        }),
      ),
  });
}

export function useAdjustments(query: { state: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...ADJUSTMENTS, "list", query],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/adjustments", {
          params: {
            query: { state: STATES.find((one) => one === query.state) ?? null, cursor: query.cursor || null },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export type Decision = "approve" | "reject" | "undo";

export function useDecide(id: number) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ decision, words }: { decision: Decision; words: string }) => {
      const options = { params: { path: { id } }, body: { words } };
      if (decision === "approve") return answered(client.POST("/api/v1/loyalty/adjustments/{id}/approve", options));
      if (decision === "reject") return answered(client.POST("/api/v1/loyalty/adjustments/{id}/reject", options));
      return answered(client.POST("/api/v1/loyalty/adjustments/{id}/undo", options));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ADJUSTMENTS }),
  });
}

export type HeldCard = Schemas["HeldCardOut"];
export type UsesLot = HeldCard["lots"][number];

const CARDS = [...KEY, "count-cards"] as const;

/** What she has of each count card, and until when. */
export function useHeldCards(id: number) {
  return useQuery({
    queryKey: [...CARDS, id],
    queryFn: async ({ signal }) => {
      const held = await answered(
        client.GET("/api/v1/customers/{id}/count-cards", { params: { path: { id } }, signal }),
      );
      return held.cards;
    },
  });
}

/** Takes uses of a card, once, however often it is sent. */
export function useUseCard(id: number) {
  const queries = useQueryClient();
  const { header, onSettled } = useKey();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: Schemas["UseIn"]) =>
      answered(
        client.POST("/api/v1/customers/{id}/count-cards/uses", { params: { path: { id }, header: header() }, body }),
      ),
    onSettled,
    onSuccess: () => queries.invalidateQueries({ queryKey: CARDS }),
  });
}

/** What unused uses of one order's card come to; as many as are asked. */
export function useUsesQuote(id: number, asked: { order_id: number; card_key: string; uses: number | null }) {
  return useQuery({
    queryKey: [...CARDS, id, "refund", asked],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/customers/{id}/count-cards/refund", {
          params: { path: { id }, query: asked },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useRefundUses(id: number) {
  const queries = useQueryClient();
  const { header, onSettled } = useKey();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: Schemas["UsesRefundIn"]) =>
      answered(
        client.POST("/api/v1/customers/{id}/count-cards/refunds", {
          params: { path: { id }, header: header() },
          body,
        }),
      ),
    onSettled,
    onSuccess: () => queries.invalidateQueries({ queryKey: CARDS }),
  });
}
