import type { ArmPlan, Campaign, Forecast, Lift, Plan } from "./api";

/** Pure rules of planning a campaign and of reading its result. */

export const WHOLE_BP = 10_000;
const DEFAULT_CONTROL_BP = 2_000;
const DEFAULT_ATTRIBUTION_DAYS = 14;

/** An arm while it is planned: the template may not be chosen yet. */
export interface ArmDraft {
  readonly key: number;
  readonly name: string;
  readonly share_bp: number;
  readonly template_id: number | null;
  readonly offer_id: number | null;
}

export interface PlanDraft extends Omit<Plan, "arms"> {
  readonly arms: readonly ArmDraft[];
}

export function newPlan(given: { name: string; segment?: number; template?: number; offer?: number }): PlanDraft {
  return {
    name: given.name,
    objective: "",
    segment_id: given.segment ?? null,
    exclude_segment_ids: [],
    control_bp: DEFAULT_CONTROL_BP,
    arms: [
      { key: 1, name: "", share_bp: WHOLE_BP, template_id: given.template ?? null, offer_id: given.offer ?? null },
    ],
    attribution_days: DEFAULT_ATTRIBUTION_DAYS,
    cost_per_message_micros: 0,
  };
}

export function planOf(campaign: Campaign): PlanDraft {
  const arms = campaign.arms.map(({ number, name, share_bp, template_id, offer_id }) => ({
    key: number,
    name,
    share_bp,
    template_id,
    offer_id,
  }));
  return {
    name: campaign.name,
    objective: campaign.objective,
    segment_id: campaign.segment_id,
    exclude_segment_ids: campaign.exclude_segment_ids,
    control_bp: campaign.control_bp,
    arms: arms.length > 0 ? arms : newPlan({ name: "" }).arms,
    attribution_days: campaign.attribution_days,
    cost_per_message_micros: campaign.cost_per_message_micros,
  };
}

/** What can be stored of a draft: arms only when each has its template and they make a whole. */
export function storablePlan({ arms, ...rest }: PlanDraft): Plan {
  const chosen = arms.filter((arm): arm is ArmDraft & { template_id: number } => arm.template_id !== null);
  const whole = chosen.length === arms.length && shareSum(arms) === WHOLE_BP;
  const stored: readonly ArmPlan[] = whole
    ? chosen.map(({ name, share_bp, template_id, offer_id }) => ({ name, share_bp, template_id, offer_id }))
    : [];
  return { ...rest, name: rest.name.trim(), objective: rest.objective.trim(), arms: stored };
}

export function shareSum(arms: readonly { readonly share_bp: number }[]): number {
  return arms.reduce((sum, { share_bp }) => sum + share_bp, 0);
}

/** Equal shares that make a whole to the last basis point; the first arms take what is left over. */
export function evenShares<T extends { readonly share_bp: number }>(arms: readonly T[]): T[] {
  const base = Math.floor(WHOLE_BP / arms.length);
  const rest = WHOLE_BP - base * arms.length;
  return arms.map((arm, place) => ({ ...arm, share_bp: base + (place < rest ? 1 : 0) }));
}

export function addArm(arms: readonly ArmDraft[]): ArmDraft[] {
  const key = Math.max(0, ...arms.map((arm) => arm.key)) + 1;
  const offer_id = arms.at(-1)?.offer_id ?? null;
  return evenShares([...arms, { key, name: "", share_bp: 0, template_id: null, offer_id }]);
}

export function armLetter(place: number): string {
  return String.fromCharCode("A".charCodeAt(0) + place);
}

export function unreachable({ treated, reachable }: Forecast): number {
  return treated - reachable;
}

/** Millionths of the major unit, as minor units, halves away from zero. */
export function minorOfMicros(micros: number, exponent: number): number {
  const scaled = micros / 10 ** (6 - exponent);
  return Math.sign(scaled) * Math.round(Math.abs(scaled));
}

export type Verdict = "up" | "down" | "unclear";

export function verdictOf({ interval_low_micros, interval_high_micros }: Lift): Verdict {
  if (interval_low_micros !== null && interval_low_micros > 0) return "up";
  if (interval_high_micros !== null && interval_high_micros < 0) return "down";
  return "unclear";
}

export interface Scale {
  /** Places on the drawing, in percent of its width. */
  readonly low: number;
  readonly value: number;
  readonly high: number;
  readonly zero: number;
}

/** Where an interval, its middle and zero stand on a line that has room for all of them. */
export function intervalScale(low: number, value: number, high: number): Scale {
  const from = Math.min(low, 0);
  const to = Math.max(high, 0);
  const room = (to - from) * 0.08 || 1;
  const place = (at: number) => ((at - from + room) / (to - from + 2 * room)) * 100;
  return { low: place(low), value: place(value), high: place(high), zero: place(0) };
}
