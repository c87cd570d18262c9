import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answered, client, newIdempotencyKey } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Statement = Schemas["StatementRow"];
export type Line = Schemas["StatementLineOut"];
export type State = Statement["state"];

export const STATES: readonly State[] = ["cut", "approved", "paid", "carried"];

const KEY = ["settlement"] as const;

export function useStatements(query: { state: string; merchant: number | null; cursor: string }) {
  return useQuery({
    queryKey: [...KEY, "list", query],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/settlements", {
          params: {
            query: {
              state: STATES.filter((one) => one === query.state),
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

export function useStatement(id: number) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/groupbuy/settlements/{id}", { params: { path: { id } }, signal })),
  });
}

export function useLines(id: number, cursor: string) {
  return useQuery({
    queryKey: [...KEY, "lines", id, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/settlements/{id}/lines", {
          params: { path: { id }, query: { cursor: cursor || null } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useAccount(merchant: number) {
  return useQuery({
    queryKey: [...KEY, "account", merchant],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/groupbuy/merchants/{id}/account", { params: { path: { id: merchant } }, signal })),
  });
}

export type Deed = "approve" | "take_back" | "pay";

export function useDeed(id: number) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ deed, bank_reference }: { deed: Deed; bank_reference: string }) => {
      const params = { path: { id } };
      if (deed === "approve") return answered(client.POST("/api/v1/groupbuy/settlements/{id}/approve", { params }));
      if (deed === "take_back") return answered(client.POST("/api/v1/groupbuy/settlements/{id}/take-back", { params }));
      return answered(client.POST("/api/v1/groupbuy/settlements/{id}/pay", { params, body: { bank_reference } }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useCut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.POST("/api/v1/groupbuy/settlements/cut")),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useAdjust(merchant: number) {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (body: Schemas["SettlementAdjustmentIn"]) =>
      answered(
        client.POST("/api/v1/groupbuy/merchants/{id}/settlement-adjustments", {
          params: { path: { id: merchant }, header: { "Idempotency-Key": key.current } },
          body,
        }),
      ),
    onSettled: () => {
      key.current = newIdempotencyKey();
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** The whole statement as a sheet. */
export function sheetAddress(id: number, format: "csv" | "xlsx", language: "zh" | "en"): string {
  return `/api/v1/groupbuy/settlements/${id}/file?format=${format}&language=${language}`;
}
