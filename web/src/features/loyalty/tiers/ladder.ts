import { currencyExponent, decimalToMinor, minorToDecimal } from "@/format/money";
import type { Ladder, Metric, Tier } from "./api";

/** A ladder before anything is typed: everybody is in the first tier, the second asks for money. */
export const FIRST_LADDER: Ladder = {
  tiers: [],
  qualify_window: { counted: "rolling_months", months: 12 },
  keep_window: { counted: "since_tier", months: 12 },
  kept: "months",
  kept_months: 12,
  grace_days: 0,
  falls: true,
  downgrade: "one_step",
  discount: { except_skus: [], except_category_ids: [], except_brand_ids: [], on_reduced: true },
  memberships: [],
};

const COLORS = ["#8c8c8c", "#9aa5b1", "#c8963e", "#5b6472", "#7a4fb5", "#a8324a"] as const;

/** A tier above those that are there; its key is told apart from theirs and never changes again. */
export function nextTier(tiers: readonly Tier[]): Tier {
  const keys = new Set(tiers.map(({ key }) => key));
  let number = tiers.length + 1;
  while (keys.has(`tier_${number}`)) number += 1;
  const asks = tiers.length === 0 ? [] : [{ metric: "net" as const, at_least: nextAmount(tiers) }];
  return {
    key: `tier_${number}`,
    name: "",
    name_en: "",
    color: COLORS[tiers.length % COLORS.length] ?? COLORS[0],
    qualify: { match: "any", thresholds: asks },
    keep: null,
    benefits: { discount_bp: 0, services: [], partners: [], birthday_gift: "" },
  };
}

function nextAmount(tiers: readonly Tier[]): number {
  const highest = Math.max(0, ...tiers.map((tier) => amountOf(tier, "net") ?? 0));
  return highest === 0 ? 100_000 : highest * 5;
}

export function amountOf(tier: Tier, metric: Metric): number | undefined {
  return tier.qualify.thresholds.find((threshold) => threshold.metric === metric)?.at_least;
}

/** Where a ladder does not hold together, as the server would say it: the rank and a code. */
export function faultsOf(ladder: Ladder): { readonly rank: number; readonly code: string }[] {
  const faults: { rank: number; code: string }[] = [];
  const reached = new Map<Metric, number>();
  ladder.tiers.forEach((tier, rank) => {
    if (tier.name.trim() === "") faults.push({ rank, code: "name_missing" });
    if (rank > 0 && tier.qualify.thresholds.length === 0) faults.push({ rank, code: "entry_not_lowest" });
    for (const { metric, at_least } of tier.qualify.thresholds) {
      if (at_least <= (reached.get(metric) ?? 0)) faults.push({ rank, code: "not_rising" });
      reached.set(metric, Math.max(at_least, reached.get(metric) ?? 0));
      const keeps = tier.keep?.thresholds.find((threshold) => threshold.metric === metric)?.at_least;
      if (keeps !== undefined && keeps > at_least) faults.push({ rank, code: "keep_above_qualify" });
    }
  });
  return faults;
}

/** A threshold as it is typed: money in whole units, anything else as it is. */
export function shownAmount(metric: Metric, amount: number, currency: string): string {
  return metric === "net" ? minorToDecimal(amount, currencyExponent(currency)) : String(amount);
}

export function typedAmount(metric: Metric, text: string, currency: string): number | null {
  if (metric === "net") return decimalToMinor(text, currency);
  const amount = Number(text);
  return Number.isInteger(amount) && amount > 0 ? amount : null;
}
