import { describe, expect, test } from "vitest";
import { fieldOfColumn, missingFields, withColumn } from "./mapping";

const MAPPING = { order_id: "InvoiceNo", placed_at: "InvoiceDate", sku: "StockCode", unit_price: null };

describe("a mapping asked column by column", () => {
  test("says what a column means", () => {
    expect(fieldOfColumn(MAPPING, "StockCode")).toBe("sku");
    expect(fieldOfColumn(MAPPING, "Country")).toBeNull();
  });

  test("moves a field to another column and leaves the first one without meaning", () => {
    const next = withColumn(MAPPING, "Code2", "sku");
    expect(fieldOfColumn(next, "Code2")).toBe("sku");
    expect(fieldOfColumn(next, "StockCode")).toBeNull();
  });

  test("gives a column another meaning and empties the field it had", () => {
    const next = withColumn(MAPPING, "StockCode", "unit_price");
    expect(next).toEqual({ order_id: "InvoiceNo", placed_at: "InvoiceDate", sku: null, unit_price: "StockCode" });
  });

  test("takes a column out", () => {
    expect(withColumn(MAPPING, "InvoiceNo", null).order_id).toBeNull();
  });
});

describe("what is missing", () => {
  const fields = [
    { key: "order_id", required: true },
    { key: "placed_at", required: true },
    { key: "sku", required: false },
    { key: "description", required: false },
    { key: "unit_price", required: false },
    { key: "line_amount", required: false },
  ];

  test("names required fields and groups of which one is needed", () => {
    expect(missingFields("orders", fields, { order_id: "A" })).toEqual([
      ["placed_at"],
      ["sku", "description"],
      ["unit_price", "line_amount", "paid_amount"],
    ]);
  });

  test("is nothing when one of each group is there", () => {
    const mapping = { order_id: "A", placed_at: "B", description: "C", line_amount: "D" };
    expect(missingFields("orders", fields, mapping)).toEqual([]);
    expect(missingFields("customers", [], { email: "E" })).toEqual([]);
  });
});
