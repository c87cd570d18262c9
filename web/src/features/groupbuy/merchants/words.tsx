import { useTranslation } from "react-i18next";
import { Tag, type Tone } from "@/components/Tag";
import type { Check, Complaint, State } from "./api";

const STATE_TONES: Record<State, Tone> = {
  applied: "info",
  in_review: "accent",
  admitted: "good",
  suspended: "bad",
  rejected: "neutral",
  closed: "neutral",
};

export function StateTag({ state, warned = false }: { state: State; warned?: boolean }) {
  const { t } = useTranslation("merchants");
  return (
    <>
      <Tag tone={STATE_TONES[state]}>{t(`state.${state}`)}</Tag>
      {warned && state === "admitted" && <Tag tone="warning">{t("warned")}</Tag>}
    </>
  );
}

const OUTCOME_TONES: Record<NonNullable<Check["outcome"]>, Tone> = {
  passed: "good",
  warned: "warning",
  waived: "info",
  failed: "bad",
};

export function OutcomeTag({ outcome }: { outcome: Check["outcome"] }) {
  const { t } = useTranslation("merchants");
  return outcome === null ? (
    <Tag>{t("outcome.open")}</Tag>
  ) : (
    <Tag tone={OUTCOME_TONES[outcome]}>{t(`outcome.${outcome}`)}</Tag>
  );
}

const COMPLAINT_TONES: Record<Complaint["state"], Tone> = { open: "warning", upheld: "bad", rejected: "neutral" };

export function ComplaintTag({ state }: { state: Complaint["state"] }) {
  const { t } = useTranslation("merchants");
  return <Tag tone={COMPLAINT_TONES[state]}>{t(`complaint.state.${state}`)}</Tag>;
}

/** A check in the reader's words. */
export function useCheckName(): (name: string) => string {
  const { t } = useTranslation("merchants");
  return (name) => {
    switch (name) {
      case "credit_code":
      case "licence":
      case "documents":
      case "duplicates":
      case "licence_matches":
      case "premises":
      case "bank_account":
        return t(`check.${name}.name`);
      default:
        return name;
    }
  };
}

export function useKindNames(): { category: (key: string) => string; paper: (key: string) => string } {
  const { t } = useTranslation("merchants");
  return {
    category: (key) => {
      switch (key) {
        case "food":
        case "drink":
        case "beauty":
        case "leisure":
        case "travel":
        case "education":
        case "health":
        case "goods":
          return t(`category.${key}`);
        default:
          return t("category.other");
      }
    },
    paper: (key) => {
      switch (key) {
        case "licence":
        case "food_permit":
        case "special_permit":
        case "authorisation":
        case "identity":
          return t(`paper.${key}`);
        default:
          return t("paper.other");
      }
    },
  };
}
