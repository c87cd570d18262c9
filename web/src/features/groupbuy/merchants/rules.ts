import type { components } from "@/api/schema";

type MerchantTerms = components["schemas"]["MerchantTerms"];
type Document = NonNullable<MerchantTerms["documents"]>[number];
type Period = NonNullable<NonNullable<MerchantTerms["settlement"]>["period"]>;

export const PERIODS: readonly Period[] = ["month", "half_month", "week"];
/** The checks in the order in which they are shown. */
export const WEIGHED = [
  "credit_code",
  "licence",
  "documents",
  "duplicates",
  "licence_matches",
  "premises",
  "bank_account",
] as const;
export type Weights = Record<(typeof WEIGHED)[number], number>;

/** The rules as they are typed: rates in percent. */
export interface RulesForm {
  readonly documents: readonly { readonly kind: Document["kind"]; readonly categories: Document["categories"] }[];
  readonly least_score: number;
  readonly commission: number;
  readonly weights: Weights;
  readonly admission_percent: number;
  readonly window_days: number;
  readonly least_redemptions: number;
  readonly warns_at: number;
  readonly suspends_at: number;
  readonly suspends: boolean;
  readonly period: Period;
  readonly waits_days: number;
}

/** What all checks count for together: it has to be 100. */
export function weightOf(weights: Partial<Weights>): number {
  return WEIGHED.reduce((sum, check) => sum + (weights[check] ?? 0), 0);
}

/** The rules as the server tells them, which tells all of them. */
export function formOf(terms: MerchantTerms): RulesForm {
  const { documents, score, complaints, settlement, least_score, commission_bp } = terms as Whole;
  return {
    documents: documents.map(({ kind, categories }) => ({ kind, categories: categories ?? [] })),
    least_score,
    commission: commission_bp / 100,
    weights: score.weights,
    admission_percent: score.admission_percent,
    window_days: complaints.window_days,
    least_redemptions: complaints.least_redemptions,
    warns_at: complaints.warns_at_bp / 100,
    suspends_at: complaints.suspends_at_bp / 100,
    suspends: complaints.suspends,
    period: settlement.period,
    waits_days: settlement.waits_days,
  };
}

export function termsOf(form: RulesForm): MerchantTerms {
  return {
    documents: form.documents.map(({ kind, categories }) => ({ kind, categories: categories ?? [] })),
    least_score: form.least_score,
    commission_bp: Math.round(form.commission * 100),
    score: { weights: form.weights, admission_percent: form.admission_percent },
    complaints: {
      window_days: form.window_days,
      least_redemptions: form.least_redemptions,
      warns_at_bp: Math.round(form.warns_at * 100),
      suspends_at_bp: Math.round(form.suspends_at * 100),
      suspends: form.suspends,
    },
    settlement: { period: form.period, waits_days: form.waits_days },
  };
}

type Told<Part> = Required<NonNullable<Part>>;

interface Whole {
  readonly documents: Document[];
  readonly least_score: number;
  readonly commission_bp: number;
  readonly score: { readonly weights: Weights; readonly admission_percent: number };
  readonly complaints: Told<MerchantTerms["complaints"]>;
  readonly settlement: Told<MerchantTerms["settlement"]>;
}
