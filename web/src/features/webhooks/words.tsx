import { useTranslation } from "react-i18next";
import { useCodeWords } from "@/components/codes";
import { Tag, type Tone } from "@/components/Tag";
import type { Delivery, Webhook } from "./api";

const HEALTH_TONES: Record<Webhook["health"], Tone> = {
  off: "neutral",
  failing: "bad",
  held: "warning",
  ok: "good",
  new: "info",
};

export function HealthTag({ webhook: { health, disabled_reason } }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const isOffByItself = health === "off" && disabled_reason !== "person";
  return <Tag tone={isOffByItself ? "bad" : HEALTH_TONES[health]}>{t(`health.${health}`)}</Tag>;
}

const STATE_TONES: Record<Delivery["state"], Tone> = { pending: "info", delivered: "good", failed: "bad" };

export function StateTag({ state }: Pick<Delivery, "state">) {
  const { t } = useTranslation("webhooks");
  return <Tag tone={STATE_TONES[state]}>{t(`deliveries.state.${state}`)}</Tag>;
}

/** An event in words; one this client does not know yet keeps its name. */
export function useEventWords(): (name: string) => string {
  const words = useCodeWords("events");
  return (name) => words(name) ?? name;
}

const OUTCOMES = [
  "delivered",
  "refused",
  "timeout",
  "unreachable",
  "blocked",
  "unsigned",
  "too_large",
  "interrupted",
] as const;

/** How an attempt ended, with the status where there was an answer. */
export function useOutcomeWords(): (outcome: string, status: number | null) => string {
  const { t } = useTranslation("webhooks");
  return (outcome, status) => {
    const known = OUTCOMES.find((one) => one === outcome);
    const word = known ? t(`outcome.${known}`) : outcome;
    return status === null ? word : t("status", { word, status });
  };
}
