import { expect, test } from "vitest";
import type { Permission } from "@/api/me";
import { isAt, placeAt, visibleMenu } from "./menu";

const menuOf = (...permissions: Permission[]) => visibleMenu((wanted) => permissions.includes(wanted));

test("a clerk sees customers and nothing of settings or marketing but offers", () => {
  const areas = menuOf("customers.read", "orders.read", "offers.read");
  expect(areas.map(({ key, to }) => [key, to])).toEqual([
    ["today", "/"],
    ["customers", "/customers"],
    ["marketing", "/offers"],
  ]);
});

test("an area opens on the first place that is left in it", () => {
  expect(menuOf("health.read").find(({ key }) => key === "settings")?.to).toBe("/settings/health");
});

test("a page belongs to the place above it, and only the front page is today", () => {
  expect(isAt("/customers/12", "/customers")).toBe(true);
  expect(isAt("/customers-old", "/customers")).toBe(false);
  expect(isAt("/customers", "/")).toBe(false);
  expect(isAt("/", "/")).toBe(true);
});

test("a page with a place of its own is not the list's too", () => {
  const children = menuOf("segments.read").find(({ key }) => key === "segments")?.children ?? [];
  const keyAt = (path: string) => placeAt(path, children)?.key;
  expect(keyAt("/segments/analysis")).toBe("analysis");
  expect(keyAt("/segments/12")).toBe("segment_list");
  expect(keyAt("/customers")).toBeUndefined();
});
