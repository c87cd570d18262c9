import { choiceField, listField, textField, type Values } from "@/components/address";
import { listFields } from "@/components/ListPage";
import { zonedDayStart } from "@/format/when";
import type { CustomerFilter, CustomerOrder } from "./api";

const YES_NO = ["", "yes", "no"] as const;

/** The state of the list of customers, as its address holds it. Days are of the operator's calendar. */
export const CUSTOMER_FIELDS = listFields("-last_order_at", {
  city: textField(),
  store: textField(),
  source: textField(),
  tag: textField(),
  member: choiceField(YES_NO, ""),
  email: choiceField(YES_NO, ""),
  phone: choiceField(YES_NO, ""),
  min_orders: textField(),
  max_orders: textField(),
  last_from: textField(),
  last_to: textField(),
  owner: textField(),
  stage: textField(),
  where: listField(),
});

export type CustomerAddress = Values<typeof CUSTOMER_FIELDS>;

/** What the address asks for, as the API takes it. A day's end is the beginning of the next, in the operator's zone. */
export function filterOf(address: CustomerAddress, timezone: string): CustomerFilter {
  return {
    q: address.q || undefined,
    city: address.city || undefined,
    home_store_id: wholeNumber(address.store),
    source_id: wholeNumber(address.source),
    tag: address.tag || undefined,
    owner_id: wholeNumber(address.owner),
    stage: STAGES.find((stage) => stage === address.stage),
    where: address.where.length > 0 ? [...address.where] : undefined,
    member: yesNo(address.member),
    has_email: yesNo(address.email),
    has_phone: yesNo(address.phone),
    min_orders: wholeNumber(address.min_orders),
    max_orders: wholeNumber(address.max_orders),
    last_order_after: address.last_from ? zonedDayStart(address.last_from, timezone, 0) : undefined,
    last_order_before: address.last_to ? zonedDayStart(address.last_to, timezone, 1) : undefined,
  };
}

export const STAGES = ["lead", "prospect", "new", "regular", "sleeping", "lost"] as const;

const ORDERS: readonly CustomerOrder[] = [
  "-last_order_at",
  "last_order_at",
  "-spent_minor",
  "spent_minor",
  "-orders_count",
  "orders_count",
  "-created_at",
  "created_at",
  "name",
  "-name",
];

/** The order the address asks for; what the server does not know falls back to the latest buyers first. */
export function orderOf(sort: string): CustomerOrder {
  if (/^-?field:[a-z][a-z0-9_]*$/.test(sort)) return sort;
  return ORDERS.find((order) => order === sort) ?? "-last_order_at";
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function yesNo(text: string): boolean | undefined {
  return text === "" ? undefined : text === "yes";
}
