import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import { useFollowed } from "@/api/events";
import { useJobStarted } from "@/api/jobs";
import { problemFrom } from "@/api/problem";
import type { components } from "@/api/schema";
import { downloadBlob } from "@/components/csv";

type Schemas = components["schemas"];

export type Coupon = Schemas["CouponRow"];
export type CouponFile = Schemas["CouponOut"];
export type CouponState = Coupon["state"];
export type CouponEvent = CouponFile["events"][number];
export type Batch = Schemas["CodeBatchOut"];
export type BatchState = Batch["state"];
export const COUPON_STATES: readonly CouponState[] = ["issued", "locked", "redeemed", "expired", "void"];

/** Under `offers`: whatever changes there is asked anew with it. */
const KEY = ["offers", "coupons"] as const;
const BATCH_TOPICS = ["code-batches"] as const;

export interface CouponQuery {
  readonly q: string;
  readonly state: string;
  /** `yes` held by a customer, `no` a bearer's. */
  readonly held: string;
  readonly batch: string;
  readonly cursor: string;
}

function narrowed({ state, held, batch }: CouponQuery) {
  return {
    state: COUPON_STATES.find((one) => one === state) ?? null,
    held: held === "yes" ? true : held === "no" ? false : null,
    batch_id: /^\d+$/.test(batch) ? Number(batch) : null,
  };
}

export function useCoupons(offerId: number, query: CouponQuery) {
  return useQuery({
    queryKey: [...KEY, "list", offerId, query],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/offers/{id}/coupons", {
          params: {
            path: { id: offerId },
            query: { ...narrowed(query), q: query.q, cursor: query.cursor || null },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCoupon(code: string, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "one", code],
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/coupons/{code}", { params: { path: { code } }, signal })),
    retry: false,
  });
}

export type CouponStep = "void" | "restore";

export function useCouponStep() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ code, step, reason }: { code: string; step: CouponStep; reason: string }) => {
      const options = { params: { path: { code } }, body: { reason } };
      return step === "void"
        ? answered(client.POST("/api/v1/coupons/{code}/void", options))
        : answered(client.POST("/api/v1/coupons/{code}/restore", options));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["offers"] }),
  });
}

export function useGiveCoupon(code: string) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (customer_id: number) =>
      answered(client.POST("/api/v1/coupons/{code}/give", { params: { path: { code } }, body: { customer_id } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["offers"] }),
  });
}

/** Makes everything void that the filters show; answers its job, by which it is undone. */
export function useVoidMany(offerId: number) {
  const started = useJobStarted();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ query, reason }: { query: CouponQuery; reason: string }) => {
      const { state, held, batch_id } = narrowed(query);
      if (state === "redeemed" || state === "void") throw new Error("what is redeemed or void stays so");
      return answered(
        client.POST("/api/v1/offers/{id}/coupons/void", {
          params: { path: { id: offerId } },
          body: { state, held, batch_id, reason },
        }),
      );
    },
    onSuccess: started,
  });
}

export function useRestoreMany() {
  const started = useJobStarted();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: { job_id: number; reason: string }) =>
      answered(client.POST("/api/v1/coupons/restore", { body })),
    onSuccess: started,
  });
}

export function useIssueToSegment(offerId: number) {
  const started = useJobStarted();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (segment_id: number) =>
      answered(
        client.POST("/api/v1/offers/{id}/coupons/to-segment", {
          params: { path: { id: offerId } },
          body: { segment_id },
        }),
      ),
    onSuccess: started,
  });
}

export function useSegmentChoice(q: string) {
  return useQuery({
    queryKey: [...KEY, "segments", q],
    queryFn: ({ signal }) => answered(client.GET("/api/v1/segments", { params: { query: { q, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useBatches(query: { offer: string; cursor: string }, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "batches", query],
    enabled,
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/code-batches", {
          params: {
            query: { offer_id: /^\d+$/.test(query.offer) ? Number(query.offer) : null, cursor: query.cursor || null },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** One batch, followed while a job works on it. */
export function useBatch(id: number, enabled: boolean) {
  const queryKey = [...KEY, "batch", id];
  const poll = useFollowed(queryKey, enabled ? BATCH_TOPICS : []);
  return useQuery({
    queryKey,
    enabled,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/code-batches/{id}", { params: { path: { id } }, signal })),
    refetchInterval: poll,
  });
}

export function useBatchDownloads(id: number, enabled: boolean) {
  return useQuery({
    queryKey: [...KEY, "downloads", id],
    enabled,
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/code-batches/{id}/downloads", { params: { path: { id } }, signal })),
  });
}

/** Asked again after no answer, the same batch. */
export function useMakeBatch() {
  const queries = useQueryClient();
  const started = useJobStarted();
  const key = useRef(newIdempotencyKey());
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: Schemas["CodeBatchIn"]) =>
      answered(client.POST("/api/v1/code-batches", { params: { header: { "Idempotency-Key": key.current } }, body })),
    onSettled: () => {
      key.current = newIdempotencyKey();
    },
    onSuccess: () => {
      started();
      return queries.invalidateQueries({ queryKey: KEY });
    },
  });
}

export type BatchStep = "continue" | "void" | "restore";

export function useBatchStep(id: number) {
  const queries = useQueryClient();
  const started = useJobStarted();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ step, reason }: { step: BatchStep; reason: string }) => {
      const params = { path: { id } };
      if (step === "continue") return answered(client.POST("/api/v1/code-batches/{id}/continue", { params }));
      const body = { reason };
      if (step === "void") return answered(client.POST("/api/v1/code-batches/{id}/void", { params, body }));
      return answered(client.POST("/api/v1/code-batches/{id}/restore", { params, body }));
    },
    onSuccess: () => {
      started();
      return queries.invalidateQueries({ queryKey: ["offers"] });
    },
  });
}

export function useBatchFile(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const response = await fetch(`/api/v1/code-batches/${id}/file`);
      if (!response.ok) throw problemFrom(response, await response.json().catch(() => null));
      downloadBlob(`codes-${id}.csv`, await response.blob());
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: [...KEY, "downloads", id] }),
  });
}
