import { expect, test } from "vitest";
import { readFields } from "@/components/address";
import { changesOf } from "./CustomerForm";
import { CUSTOMER_FIELDS, filterOf, orderOf } from "./filter";

const filter = (search: string) => filterOf(readFields(CUSTOMER_FIELDS, new URLSearchParams(search)), "Asia/Shanghai");
const given = (search: string) =>
  Object.fromEntries(Object.entries(filter(search)).filter(([, value]) => value !== undefined));

test("an empty address asks for everyone", () => {
  expect(given("")).toEqual({});
});

test("days are the operator's: the last one is taken whole", () => {
  expect(given("last_from=2026-11-01&last_to=2026-11-30")).toEqual({
    last_order_after: "2026-10-31T16:00:00Z",
    last_order_before: "2026-11-30T16:00:00Z",
  });
});

test("yes, no and nothing said are three things", () => {
  expect(given("member=yes&email=no")).toEqual({ member: true, has_email: false });
});

test("what is not a number, or not an order, is left out", () => {
  expect(given("min_orders=many&store=7")).toEqual({ home_store_id: 7 });
  expect(orderOf("-spent_minor")).toBe("-spent_minor");
  expect(orderOf("; drop table")).toBe("-last_order_at");
});

test("a new file holds only what was filled in", () => {
  expect(changesOf({ name: "王芳", phone: "", city: undefined }, undefined)).toEqual({ name: "王芳" });
});
