import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { problemFrom } from "@/api/problem";
import type { components } from "@/api/schema";
import { downloadBlob } from "@/components/csv";

type Schemas = components["schemas"];

export type CardBatch = Schemas["CardBatchOut"];
export type CardBatchDraft = Schemas["CardBatchIn"];
export type BatchKind = CardBatch["kind"];
export type Card = Schemas["CardOut"];
export type CardState = Card["state"];
export const BATCH_KINDS: readonly BatchKind[] = ["physical", "digital"];

const KEY = ["cards"] as const;

export function useCardBatches(query: { kind: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "batches", query],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/loyalty/card-batches", {
          params: {
            query: { kind: BATCH_KINDS.find((one) => one === query.kind) ?? null, cursor: query.cursor || null },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Makes a batch; asked again after no answer, the same batch. */
export function useMakeBatch() {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: CardBatchDraft) =>
      answered(
        client.POST("/api/v1/loyalty/card-batches", { params: { header: { "Idempotency-Key": key.current } }, body }),
      ),
    onSettled: () => {
      key.current = newIdempotencyKey();
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export type FileFormat = "csv" | "xlsx";

export function useBatchFile() {
  return useMutation({
    mutationFn: async ({ id, format }: { id: number; format: FileFormat }) => {
      const response = await fetch(`/api/v1/loyalty/card-batches/${id}/file?format=${format}`);
      if (!response.ok) throw problemFrom(response, await response.json().catch(() => null));
      downloadBlob(`cards-${id}.${format}`, await response.blob());
    },
  });
}

export function useCard(number: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "one", number],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/loyalty/cards/{number}", { params: { path: { number } }, signal })),
    retry: false,
  });
}

/** What is done to a card with nothing but a reason. */
export type CardStep = "block" | "unblock" | "report_lost" | "found" | "close";

export function useCardStep(number: string) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ step, note }: { step: CardStep; note: string }) => {
      const options = { params: { path: { number } }, body: { note } };
      if (step === "block") return answered(client.POST("/api/v1/loyalty/cards/{number}/block", options));
      if (step === "unblock") return answered(client.POST("/api/v1/loyalty/cards/{number}/unblock", options));
      if (step === "found") return answered(client.POST("/api/v1/loyalty/cards/{number}/found", options));
      if (step === "close") return answered(client.POST("/api/v1/loyalty/cards/{number}/close", options));
      return answered(client.POST("/api/v1/loyalty/cards/{number}/report-lost", options));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useBindCard(number: string) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (customer_id: number) =>
      answered(
        client.POST("/api/v1/loyalty/cards/{number}/bind", {
          params: { path: { number } },
          body: { customer_id, note: "" },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Answers the card that took the place. */
export function useReplaceCard(number: string) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: { by_number: string | null; note: string }) =>
      answered(client.POST("/api/v1/loyalty/cards/{number}/replace", { params: { path: { number } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
