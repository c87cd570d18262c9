import { useTranslation } from "react-i18next";
import { Tag, type Tone } from "@/components/Tag";
import type { CardState } from "./api";

const TONES: Record<CardState, Tone> = {
  made: "neutral",
  active: "good",
  blocked: "warning",
  lost: "bad",
  replaced: "neutral",
  closed: "neutral",
};

export function CardStateTag({ state }: { state: CardState }) {
  const { t } = useTranslation("cards");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}
