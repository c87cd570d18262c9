import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answered, client } from "@/api/client";
import type { MoneyAmount } from "@/format/money";

interface Named {
  readonly id: number;
  readonly name: string;
}

export type SalesChannel = "pos" | "web" | "app" | "wechat" | "marketplace" | "group_buy" | "phone" | "company";

export interface OrderRow {
  readonly id: number;
  readonly external_id: string;
  readonly revision: number;
  readonly kind: "sale" | "return";
  readonly state: "placed" | "cancelled";
  readonly source: Named;
  readonly store: Named | null;
  readonly channel: SalesChannel;
  readonly clerk: string;
  readonly customer: Named | null;
  readonly anonymous_key: string | null;
  readonly placed_at: string;
  readonly gross: MoneyAmount;
  readonly discount: MoneyAmount;
  readonly net: MoneyAmount;
}

export interface OrderLine {
  readonly line_number: number;
  readonly product: { readonly id: number; readonly sku: string; readonly name: string };
  readonly quantity: string;
  readonly unit_price: string | null;
  readonly gross_minor: number;
  readonly discount_minor: number;
  readonly net_minor: number;
}

export type Tender = "cash" | "card" | "wallet" | "points" | "stored_value" | "coupon" | "voucher" | "other";

export interface OrderFull extends OrderRow {
  readonly lines: readonly OrderLine[];
  readonly payments: readonly { readonly tender: Tender; readonly amount_minor: number }[];
  readonly return_of: { readonly id: number; readonly external_id: string } | null;
  readonly returns: readonly { readonly id: number; readonly external_id: string }[];
}

export interface OrderFilter {
  readonly q?: string;
  readonly kind?: "sale" | "return";
  readonly channel?: string;
  readonly store_id?: number;
  readonly anonymous?: boolean;
  readonly placed_from?: string;
  readonly placed_before?: string;
}

interface OrderPage {
  readonly items: readonly OrderRow[];
  readonly next_cursor: string | null;
  readonly total: number | null;
}

export function useOrders(filter: OrderFilter, cursor: string) {
  return useQuery({
    queryKey: ["orders", filter, cursor],
    queryFn: ({ signal }) =>
      answered<OrderPage>(
        client.GET("/api/v1/orders", { params: { query: { ...filter, cursor: cursor || undefined } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function useOrder(id: number) {
  return useQuery({
    queryKey: ["orders", id],
    queryFn: ({ signal }) =>
      answered<OrderFull>(client.GET("/api/v1/orders/{id}", { params: { path: { id } }, signal })),
  });
}
