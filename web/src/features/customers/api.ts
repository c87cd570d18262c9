import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import { type Job, useJobStarted } from "@/api/jobs";
import type { MoneyAmount } from "@/format/money";

export interface Named {
  readonly id: number;
  readonly name: string;
}

export interface CustomerRow {
  readonly id: number;
  readonly state: "active" | "merged" | "erased";
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly city: string | null;
  readonly home_store: Named | null;
  readonly orders_count: number;
  readonly returns_count: number;
  readonly spent: MoneyAmount | null;
  readonly first_order_at: string | null;
  readonly last_order_at: string | null;
  readonly member_since_at: string | null;
  readonly tags: readonly string[];
  readonly created_at: string;
}

export type Gender = "female" | "male" | "other";
export type Channel = "email" | "sms" | "wechat" | "phone";
export type Purpose = "marketing" | "service";
export type ConsentState = "granted" | "denied" | "withdrawn";

export interface Consent {
  readonly channel: Channel;
  readonly purpose: Purpose;
  readonly state: ConsentState;
  readonly given_at: string;
  readonly how: string;
}

export interface ConsentEvent extends Consent {
  readonly id: number;
  readonly recorded_at: string;
}

export interface Totals {
  readonly currency: string;
  readonly orders_count: number;
  readonly returns_count: number;
  readonly net_minor: number;
  readonly average_minor: number | null;
  readonly first_at: string | null;
  readonly last_at: string | null;
}

export interface CustomerFile extends CustomerRow {
  readonly card_number: string | null;
  readonly gender: Gender | null;
  readonly birth_on: string | null;
  readonly language: string | null;
  readonly country: string | null;
  readonly province: string | null;
  readonly district: string | null;
  readonly has_address: boolean;
  readonly occupation: string | null;
  readonly notes: string;
  readonly source: Named | null;
  readonly identities: readonly {
    readonly kind: string;
    readonly value: string;
    readonly source: Named | null;
    readonly verified: boolean;
  }[];
  readonly consents: readonly Consent[];
  readonly totals: readonly Totals[];
}

export interface PersonalData {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly address: string | null;
  readonly card_number: string | null;
}

export interface CustomerChanges {
  readonly name?: string;
  readonly phone?: string | null;
  readonly email?: string | null;
  readonly card_number?: string | null;
  readonly gender?: Gender | null;
  readonly birth_on?: string | null;
  readonly language?: string | null;
  readonly province?: string | null;
  readonly city?: string | null;
  readonly district?: string | null;
  readonly address?: string | null;
  readonly occupation?: string | null;
  readonly notes?: string;
  readonly home_store_id?: number | null;
}

export interface TimelineEntry {
  readonly at: string;
  readonly kind: string;
  readonly id: number;
  readonly title_code: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly link: string | null;
}

export interface OrderRow {
  readonly id: number;
  readonly external_id: string;
  readonly kind: "sale" | "return";
  readonly state: "placed" | "cancelled";
  readonly channel: string;
  readonly store: Named | null;
  readonly source: Named | null;
  readonly placed_at: string;
  readonly net: MoneyAmount;
}

interface Paged<Row> {
  readonly items: readonly Row[];
  readonly next_cursor: string | null;
  readonly total: number | null;
}

/** What narrows the list, as the API takes it; what is undefined narrows nothing. */
export interface CustomerFilter {
  readonly q?: string;
  readonly city?: string;
  readonly home_store_id?: number;
  readonly source_id?: number;
  readonly tag?: string;
  readonly has_email?: boolean;
  readonly has_phone?: boolean;
  readonly member?: boolean;
  readonly min_orders?: number;
  readonly max_orders?: number;
  readonly last_order_after?: string;
  readonly last_order_before?: string;
}

const CUSTOMERS = ["customers"] as const;

export function useCustomers(filter: CustomerFilter, order: string, cursor: string) {
  return useQuery({
    queryKey: [...CUSTOMERS, "list", filter, order, cursor],
    queryFn: ({ signal }) =>
      answered<Paged<CustomerRow>>(
        client.GET("/api/v1/customers", {
          params: { query: { ...filter, order, cursor: cursor || undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useCustomer(id: number) {
  return useQuery({
    queryKey: [...CUSTOMERS, "file", id],
    queryFn: ({ signal }) =>
      answered<CustomerFile>(client.GET("/api/v1/customers/{id}", { params: { path: { id } }, signal })),
  });
}

export function useTimeline(id: number, kinds: readonly string[]) {
  return useInfiniteQuery({
    queryKey: [...CUSTOMERS, "timeline", id, kinds],
    queryFn: ({ pageParam, signal }) =>
      answered<Paged<TimelineEntry>>(
        client.GET("/api/v1/customers/{id}/timeline", {
          params: {
            path: { id },
            query: { kinds: kinds.length > 0 ? kinds.join(",") : undefined, cursor: pageParam || undefined },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useOrdersOf(id: number) {
  return useInfiniteQuery({
    queryKey: [...CUSTOMERS, "orders", id],
    queryFn: ({ pageParam, signal }) =>
      answered<Paged<OrderRow>>(
        client.GET("/api/v1/customers/{id}/orders", {
          params: { path: { id }, query: { cursor: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useConsentHistory(id: number) {
  return useQuery({
    queryKey: [...CUSTOMERS, "consents", id],
    queryFn: ({ signal }) =>
      answered<Paged<ConsentEvent>>(
        client.GET("/api/v1/customers/{id}/consent-events", { params: { path: { id } }, signal }),
      ),
  });
}

/** Personal data in clear. The server writes down who looked, and why. */
export function useUnmask(id: number) {
  return useMutation({
    mutationFn: (reason: string) =>
      answered<PersonalData>(
        client.POST("/api/v1/customers/{id}/unmask", { params: { path: { id } }, body: { reason } }),
      ),
  });
}

export function useCreateCustomer() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CustomerChanges) => answered<CustomerFile>(client.POST("/api/v1/customers", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useChangeCustomer(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CustomerChanges) =>
      answered<CustomerFile>(client.PATCH("/api/v1/customers/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useRecordConsent(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { channel: Channel; purpose: Purpose; state: ConsentState; how: string }) =>
      answered(client.POST("/api/v1/customers/{id}/consents", { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
    meta: { ownErrors: true },
  });
}

export function useTagCustomers() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { ids: readonly number[]; add?: readonly string[]; remove?: readonly string[] }) =>
      answered<{ changed: number }>(client.POST("/api/v1/customers/tags", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: CUSTOMERS }),
  });
}

export function useExportCustomers() {
  const started = useJobStarted();
  return useMutation({
    mutationFn: (body: { filter: CustomerFilter; columns: readonly string[]; format: "csv" | "xlsx" }) =>
      answered<Job>(client.POST("/api/v1/customers/export", { body })),
    onSuccess: started,
    meta: { ownErrors: true },
  });
}

export function useStores() {
  return useQuery({
    queryKey: ["stores"],
    queryFn: ({ signal }) =>
      answered<Paged<Named>>(client.GET("/api/v1/stores", { params: { query: { limit: 200 } }, signal })),
    staleTime: 300_000,
  });
}

export function useSources() {
  return useQuery({
    queryKey: ["sources"],
    queryFn: ({ signal }) => answered<readonly Named[]>(client.GET("/api/v1/sources", { signal })),
    staleTime: 300_000,
  });
}
