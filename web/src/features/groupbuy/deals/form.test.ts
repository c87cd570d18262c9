import { describe, expect, test } from "vitest";
import type { Deal } from "./api";
import {
  documentFrom,
  FRESH,
  faultAt,
  faultsOf,
  ladderFaults,
  placeInForm,
  placeOf,
  type Typed,
  typedFrom,
} from "./form";

const ZONE = "Asia/Shanghai";

const TYPED: Typed = {
  ...FRESH,
  merchantId: 3,
  productId: 8,
  name: "双人下午茶",
  titleZh: "双人下午茶",
  titleEn: "Tea for two",
  items: [{ nameZh: "司康", nameEn: "Scones", quantity: 2, valueMinor: 3_600 }],
  listMinor: 19_800,
  ladder: [
    { size: 2, priceMinor: 12_800, formsAt: null },
    { size: 5, priceMinor: 9_900, formsAt: 4 },
  ],
  starts: "2026-12-01 10:00",
  ends: "2026-12-31 23:30",
  stock: 200,
  perOrder: 2,
  perPerson: 4,
  uses: 2,
  afterDays: 1,
  storeIds: [4, 2],
  hours: [{ weekdays: [1, 2, 3], opens: "14:00", closes: "02:00" }],
  blackout: ["2027-02-06"],
  refundUnused: false,
  onExpiry: "keep",
  commissionPercent: 8.5,
};

function kept(typed: Typed): Deal {
  return {
    merchant: { id: typed.merchantId, name: "", state: "admitted" },
    product: { id: typed.productId, sku: "TEA", name: "" },
    name: typed.name,
    stock: typed.stock,
    terms: documentFrom(typed, ZONE),
  } as Deal;
}

describe("what is typed and what is kept", () => {
  test("are the same there and back", () => {
    expect(typedFrom(kept(TYPED), ZONE)).toEqual(TYPED);
  });

  test("times are of the operator's clock, prices and shares whole numbers", () => {
    expect(documentFrom(TYPED, ZONE)).toMatchObject({
      starts_at: "2026-12-01T02:00:00Z",
      ends_at: "2026-12-31T15:30:00Z",
      commission_bp: 850,
      ladder: [
        { size: 2, price_minor: 12_800, forms_at: null },
        { size: 5, price_minor: 9_900, forms_at: 4 },
      ],
      validity: { valid_days: 60, valid_until: null, hours: [{ weekdays: [1, 2, 3], opens_at: "14:00" }] },
    });
  });

  test("steps typed in any order stand by size", () => {
    const turned = { ...TYPED, ladder: [...TYPED.ladder].reverse() };
    expect(documentFrom(turned, ZONE).ladder.map(({ size }) => size)).toEqual([2, 5]);
    expect(placeInForm("ladder.0.price_minor", turned.ladder)).toBe("ladder.1.price_minor");
  });

  test("a last day is one of the two", () => {
    const until = { ...TYPED, last: "date" as const, validUntil: "2027-03-31" };
    expect(documentFrom(until, ZONE).validity).toMatchObject({ valid_days: null, valid_until: "2027-03-31" });
  });
});

describe("a ladder", () => {
  const step = (size: number | null, priceMinor: number | null, formsAt: number | null = null) => ({
    size,
    priceMinor,
    formsAt,
  });
  test.each([
    ["is fine", [step(2, 900), step(5, 700, 4)], [null, null]],
    ["may keep its price", [step(2, 900), step(5, 900)], [null, null]],
    ["lacks a price", [step(2, null)], ["step"]],
    ["rises", [step(5, 950), step(2, 900)], ["rises", null]],
    ["names a size twice", [step(2, 900), step(2, 800)], [null, "size_twice"]],
    ["forms above its size", [step(3, 900, 4)], ["forms_above_size"]],
    ["costs more than alone", [step(2, 1_001)], ["dearer_than_alone"]],
  ])("%s", (_, ladder, faults) => {
    expect(ladderFaults(ladder, 1_000)).toEqual(faults);
  });
});

describe("faults", () => {
  test("nothing is missing in a whole form", () => {
    expect(faultsOf(TYPED)).toEqual({});
  });

  test("stand at their places", () => {
    const faulty = { ...TYPED, name: " ", ends: "2026-12-01 10:00", perPerson: 1, validDays: 0, merchantId: null };
    expect(faultsOf(faulty)).toEqual({
      merchant_id: "needed",
      name: "needed",
      starts_at: "window",
      most_per_person: "limits",
      "validity.valid_days": "never_valid",
    });
  });

  test("of the server find their part of the form", () => {
    expect(placeOf({ where: "", code: "deal.ladder_rises" }, TYPED.ladder)).toBe("ladder");
    expect(placeOf({ where: "validity.store_ids", code: "deal.store_unknown" }, TYPED.ladder)).toBe(
      "validity.store_ids",
    );
    expect(faultAt({ "package.1.value_minor": "x" }, "package.1")).toBe("x");
    expect(faultAt({ "package.1": "x" }, "package.10")).toBeNull();
  });
});
