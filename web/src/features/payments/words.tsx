import { useTranslation } from "react-i18next";
import { Tag, type Tone } from "@/components/Tag";
import type { PaymentRow, Refund } from "./api";

const TONES: Record<PaymentRow["state"], Tone> = {
  created: "neutral",
  pending: "info",
  captured: "good",
  failed: "bad",
  closed: "neutral",
};

export function PaymentTag({ state }: Pick<PaymentRow, "state">) {
  const { t } = useTranslation("payments");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}

const REFUND_TONES: Record<Refund["state"], Tone> = {
  requested: "info",
  sent: "info",
  succeeded: "good",
  refused: "bad",
};

export function RefundTag({ state }: Pick<Refund, "state">) {
  const { t } = useTranslation("payments");
  return <Tag tone={REFUND_TONES[state]}>{t(`refund_state.${state}`)}</Tag>;
}

const VERBS = ["authorise", "capture", "query", "close", "refund", "query_refund"] as const;
const TOLD = [
  "not_found",
  "pending",
  "authorised",
  "captured",
  "failed",
  "closed",
  "processing",
  "succeeded",
  "refused",
] as const;
const OUTCOMES = {
  "provider.refused": "refused",
  "provider.unreachable": "unreachable",
  "provider.unanswered": "unanswered",
  "provider.busy": "busy",
  "provider.misconfigured": "misconfigured",
  "payment.amount_differs": "amount_differs",
  "payment.listener_failed": "listener_failed",
  "payment.no_provider": "no_provider",
  "refund.needs_hand": "needs_hand",
} as const;

/** What was asked, what was told, and why nothing came of it, in words; what this client does not know keeps its code. */
export function useStoryWords() {
  const { t } = useTranslation("payments");
  return {
    verb: (code: string) => {
      const known = VERBS.find((one) => one === code);
      return known ? t(`verb.${known}`) : code;
    },
    told: (code: string) => {
      const known = TOLD.find((one) => one === code);
      return known ? t(`told.${known}`) : code;
    },
    problem: (code: string) => {
      const known = OUTCOMES[code as keyof typeof OUTCOMES];
      return known ? t(`outcome.${known}`) : code;
    },
  };
}
