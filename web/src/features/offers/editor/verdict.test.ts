import { expect, test } from "vitest";
import type { TriedOffer } from "./api";
import { arranged, numberIn, outdoneBy, takenOff, whyOf } from "./verdict";

function offer(id: number | null, told: Partial<TriedOffer> = {}): TriedOffer {
  return {
    code: null,
    offer_id: id,
    name: String(id),
    applied: false,
    reason_code: null,
    params: {},
    discount_minor: 0,
    line_discounts_minor: [],
    given: null,
    ...told,
  };
}

const FIVE_SHORT = offer(1, { reason_code: "offer.min_spend", params: { missing_minor: 500 } });
const ONE_SHORT = offer(2, { reason_code: "offer.min_spend", params: { missing_minor: 100 } });
const UNITS_SHORT = offer(3, { reason_code: "offer.min_quantity", params: { missing: 1 } });
const ELSEWHERE = offer(4, { reason_code: "offer.wrong_store" });
const STANDS = offer(5, { applied: true, line_discounts_minor: [0, 30] });

test("the draft first, what stands beside it, and of the rest what is nearest", () => {
  const draft = offer(null, { applied: true });
  expect(arranged([ELSEWHERE, FIVE_SHORT, STANDS, UNITS_SHORT, draft, ONE_SHORT], null)).toEqual({
    own: draft,
    codes: [],
    standing: [STANDS],
    others: [ONE_SHORT, FIVE_SHORT, UNITS_SHORT, ELSEWHERE],
  });
});

test("the draft of a stored offer is the one under its number", () => {
  expect(arranged([STANDS, ELSEWHERE], 4).own).toBe(ELSEWHERE);
  expect(arranged([STANDS, ELSEWHERE], 9).own).toBeNull();
});

test("a coupon's code is told by itself, as typed, also where its offer is the one that is written", () => {
  const unknown = offer(null, { code: "TEA-X", reason_code: "coupon.not_found" });
  const held = offer(4, { code: "TEA-Y", applied: true });
  expect(arranged([unknown, held, STANDS], 4)).toEqual({
    own: null,
    codes: [unknown, held],
    standing: [STANDS],
    others: [],
  });
  expect(arranged([unknown], null).own).toBeNull();
  expect([whyOf(unknown), whyOf({ reason_code: "coupon.of_tomorrow" })]).toEqual(["coupon_not_found", "other"]);
});

test("only what an offer takes off a line is said at the line", () => {
  expect(takenOff({ offers: [STANDS, ELSEWHERE] }, 0)).toEqual([]);
  expect(takenOff({ offers: [STANDS, ELSEWHERE] }, 1)).toEqual([{ offer: STANDS, minor: 30 }]);
});

test("a reason this page has no words for is still a reason", () => {
  expect(whyOf(ONE_SHORT)).toBe("min_spend");
  expect(whyOf({ reason_code: "offer.of_tomorrow" })).toBe("other");
});

test("what is missing is read as it is told", () => {
  expect(numberIn(FIVE_SHORT.params, "missing_minor")).toBe(500);
  expect(numberIn({ missing_minor: "500" }, "missing_minor")).toBeNull();
  expect(
    outdoneBy({
      by: [
        { id: 1, name: "Autumn" },
        { id: 2 ** 62, name: "" },
      ],
    }),
  ).toEqual(["Autumn", ""]);
});
