import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { useFollowed } from "@/api/events";
import type { components, paths } from "@/api/schema";

type Schemas = components["schemas"];

export type PaymentRow = Schemas["PaymentRow"];
export type PaymentFull = Schemas["PaymentStory"];
export type PaymentState = PaymentRow["state"];
export type Refund = Schemas["PaymentRefund"];
export type Question = Schemas["PaymentQuestion"];
export type Provider = Schemas["ProviderOut"];
export type FeeTerms = Schemas["FeeTermsOut"];
export type ProviderDraft = Schemas["StripeSettings"] | Schemas["WechatSettings"];
export type PaymentFilter = Omit<NonNullable<paths["/api/v1/payments"]["get"]["parameters"]["query"]>, "cursor">;

export const PAYMENT_STATES: readonly PaymentState[] = ["created", "pending", "captured", "failed", "closed"];

const KEY = ["payments"] as const;
const PROVIDERS = ["payment-providers"] as const;
/** A payment that is being asked for moves by itself. */
const TOPICS = ["payments"] as const;

export function usePayments(filter: PaymentFilter, cursor: string) {
  return useQuery({
    queryKey: [...KEY, "list", filter, cursor],
    queryFn: ({ signal }) =>
      answered(
        client.GET("/api/v1/payments", { params: { query: { ...filter, cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Where the browser fetches the same payments as a file. */
export function exportAddress(filter: PaymentFilter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return `/api/v1/payments/export?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

export function usePayment(id: number) {
  const queryKey = [...KEY, "one", id];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/payments/{id}", { params: { path: { id } }, signal })),
    refetchInterval: useFollowed(queryKey, TOPICS),
  });
}

export function useAskPayment(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answered(client.POST("/api/v1/payments/{id}/ask", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useRetryRefund() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      answered(client.POST("/api/v1/payments/refunds/{id}/retry", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useProviders() {
  return useQuery({
    queryKey: PROVIDERS,
    queryFn: ({ signal }) => answered(client.GET("/api/v1/payments/providers", { signal })),
  });
}

/** A change of accounts, after which all of them are asked for again. */
function useProviderStep<Input, Answer>(mutationFn: (input: Input) => Promise<Answer>, ownErrors = true) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queries.invalidateQueries({ queryKey: PROVIDERS }),
    meta: { ownErrors },
  });
}

export function useSaveProvider() {
  return useProviderStep(({ key, body }: { key: string; body: ProviderDraft }) =>
    answered(client.PUT("/api/v1/payments/providers/{key}", { params: { path: { key } }, body })),
  );
}

export function useDeleteProvider() {
  return useProviderStep(
    (key: string) => answered(client.DELETE("/api/v1/payments/providers/{key}", { params: { path: { key } } })),
    false,
  );
}

export function useSetDefault() {
  return useProviderStep(
    ({ currency, provider }: { currency: string; provider: string | null }) =>
      answered(
        client.PUT("/api/v1/payments/defaults/{currency}", { params: { path: { currency } }, body: { provider } }),
      ),
    false,
  );
}

export function useSetFees() {
  return useProviderStep(({ key, body }: { key: string; body: Schemas["FeeTermsIn"] }) =>
    answered(client.POST("/api/v1/payments/providers/{key}/fees", { params: { path: { key } }, body })),
  );
}

export function useTestProvider() {
  return useMutation({
    mutationFn: (key: string) =>
      answered(client.POST("/api/v1/payments/providers/{key}/test", { params: { path: { key } } })),
    meta: { ownErrors: true },
  });
}
