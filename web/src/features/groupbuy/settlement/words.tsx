import { useTranslation } from "react-i18next";
import { Day } from "@/components/figures";
import { Tag, type Tone } from "@/components/Tag";
import type { State, Statement } from "./api";

const TONES: Record<State, Tone> = { cut: "warning", approved: "accent", paid: "good", carried: "neutral" };

export function StateTag({ state }: { state: State }) {
  const { t } = useTranslation("settlement");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}

/** From the first day to the last one. */
export function Days({ statement }: { statement: Pick<Statement, "starts_on" | "ends_on"> }) {
  return (
    <>
      <Day on={statement.starts_on} /> – <Day on={dayBefore(statement.ends_on)} />
    </>
  );
}

export function dayBefore(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}
