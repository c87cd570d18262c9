import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { Tag, type Tone } from "@/components/Tag";
import type { Redemption, Reward } from "./api";

const REWARD_TONES: Record<Reward["state"], Tone> = {
  draft: "neutral",
  active: "good",
  paused: "warning",
  ended: "neutral",
};

export function RewardStateTag({ state }: { state: Reward["state"] }) {
  const { t } = useTranslation("rewards");
  return <Tag tone={REWARD_TONES[state]}>{t(`state.${state}`)}</Tag>;
}

const REDEMPTION_TONES: Record<Redemption["state"], Tone> = {
  requested: "accent",
  fulfilled: "good",
  cancelled: "neutral",
  expired: "warning",
};

export function RedemptionStateTag({ state }: { state: Redemption["state"] }) {
  const { t } = useTranslation("rewards");
  return <Tag tone={REDEMPTION_TONES[state]}>{t(`redemptions.state.${state}`)}</Tag>;
}

/** A reward has a name in each language of its readers. */
export function useRewardName(): (named: { name_zh: string; name_en: string }) => string {
  const { language } = useReading();
  return ({ name_zh, name_en }) => (language === "en" ? name_en : name_zh);
}

/** A code in groups of four or five, as it is printed. */
export function spoken(code: string): string {
  return code.replace(/(.{4})(?=.{4})/g, "$1 ");
}
