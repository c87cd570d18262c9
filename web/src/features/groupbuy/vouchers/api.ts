import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type VoucherRow = Schemas["VoucherRow"];
export type Voucher = Schemas["VoucherOut"];
export type VoucherState = VoucherRow["state"];
export type Redemption = Schemas["VoucherRedemptionOut"];

export const VOUCHER_STATES: readonly VoucherState[] = ["issued", "partly_used", "used", "expired", "refunded"];

const KEY = ["vouchers"] as const;

/** Vouchers; a code finds the one it is of. */
export function useVouchers(query: { code: string; state: string; deal: number | null; cursor: string }) {
  return useQuery({
    queryKey: [...KEY, "list", query],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/groupbuy/vouchers", {
          params: {
            query: {
              code: query.code,
              state: VOUCHER_STATES.find((one) => one === query.state) ?? null,
              deal_id: query.deal,
              cursor: query.cursor || null,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useVoucher(id: number) {
  return useQuery({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) =>
      answered(client.GET("/api/v1/groupbuy/vouchers/{id}", { params: { path: { id } }, signal })),
  });
}

/** Gives back what is left of a voucher; the dialog shows why it is refused. */
export function useRefundVoucher(id: number) {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: (regardless: boolean) =>
      answered(
        client.POST("/api/v1/groupbuy/vouchers/{id}/refund", { params: { path: { id } }, body: { regardless } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useUndo() {
  const queries = useQueryClient();
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ id, reason }: { id: number; reason: string }) =>
      answered(client.POST("/api/v1/groupbuy/redemptions/{id}/undo", { params: { path: { id } }, body: { reason } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
