import { useTranslation } from "react-i18next";
import { Tag, type Tone } from "@/components/Tag";
import type { VoucherState } from "./api";

const TONES: Record<VoucherState, Tone> = {
  issued: "info",
  partly_used: "accent",
  used: "good",
  expired: "neutral",
  refunded: "neutral",
};

export function VoucherTag({ state }: { state: VoucherState }) {
  const { t } = useTranslation("vouchers");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}

const UNDO_MINUTES = 30;

/** May this redemption still be undone? */
export function isFresh(redemption: { undone_at: string | null; recorded_at: string }, now: number): boolean {
  return redemption.undone_at === null && now - Date.parse(redemption.recorded_at) < UNDO_MINUTES * 60_000;
}

/** The last second at which something holds that ends at this instant: what "until" means to a reader. */
export function lastMoment(endsAt: string): string {
  return new Date(Date.parse(endsAt) - 1_000).toISOString();
}
