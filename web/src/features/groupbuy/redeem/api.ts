import { useMutation } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { components } from "@/api/schema";
import { clockOffset } from "./queue";

export type AtCounter = components["schemas"]["AtCounterOut"];

export interface Looked {
  readonly voucher: AtCounter;
  /** How far the server's clock is ahead of this phone's; null where the answer did not say. */
  readonly offset: number | null;
}

/** What a voucher that is shown gives, and whether it holds here and now. */
export function useLook() {
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: async ({ code, storeId }: { code: string; storeId: number }): Promise<Looked> => {
      const call = client.GET("/api/v1/groupbuy/vouchers/at-counter/{code}", {
        params: { path: { code }, query: { store_id: storeId } },
      });
      const voucher = await answered(call);
      const { response } = await call;
      return { voucher, offset: clockOffset(response.headers.get("Date"), Date.now()) };
    },
  });
}

/** Gives uses back that were taken by mistake. */
export function useUndoHere() {
  return useMutation({
    meta: { ownErrors: true },
    mutationFn: ({ id, reason }: { id: number; reason: string }) =>
      answered(client.POST("/api/v1/groupbuy/redemptions/{id}/undo", { params: { path: { id } }, body: { reason } })),
  });
}
