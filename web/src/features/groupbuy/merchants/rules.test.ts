import { expect, test } from "vitest";
import { formOf, termsOf, weightOf } from "./rules";

const TERMS = {
  documents: [
    { kind: "licence", categories: [] },
    { kind: "food_permit", categories: ["food", "drink"] },
  ],
  least_score: 70,
  commission_bp: 812,
  score: {
    weights: {
      credit_code: 20,
      licence: 15,
      documents: 15,
      duplicates: 15,
      licence_matches: 15,
      premises: 10,
      bank_account: 10,
    },
    admission_percent: 40,
  },
  complaints: { window_days: 90, least_redemptions: 50, warns_at_bp: 207, suspends_at_bp: 500, suspends: true },
  settlement: { period: "half_month", waits_days: 2 },
} as const;

test("what is read and not changed is written as it was, rates to the hundredth of a percent", () => {
  const terms = structuredClone(TERMS) as unknown as Parameters<typeof formOf>[0];
  expect(formOf(terms)).toMatchObject({ commission: 8.12, warns_at: 2.07, suspends_at: 5 });
  expect(termsOf(formOf(terms))).toEqual(TERMS);
});

test("the weights of all checks are added up, those not typed yet as nothing", () => {
  expect(weightOf(TERMS.score.weights)).toBe(100);
  expect(weightOf({ licence: 15, premises: 10 })).toBe(25);
});
