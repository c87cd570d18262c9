import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Tag, type Tone } from "@/components/Tag";
import type { CampaignState } from "./api";

const TONES: Record<CampaignState, Tone> = {
  draft: "neutral",
  scheduled: "info",
  preparing: "info",
  sending: "accent",
  paused: "warning",
  sent: "good",
  stopped: "neutral",
  failed: "bad",
};

export function CampaignStateTag({ state }: { state: CampaignState }) {
  const { t } = useTranslation("campaigns");
  return <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>;
}

/** Why a mail did not go out, in words. The server's reasons are data, so they are looked up, not typed. */
export function useReasonWords(): (reason: string) => string {
  const { t, i18n } = useTranslation("campaigns");
  return useCallback(
    (reason) => {
      const key = `reason.${reason}`;
      return i18n.exists(key, { ns: "campaigns" })
        ? (i18n.t as (key: string, options: object) => string)(key, { ns: "campaigns" })
        : t("reason.other");
    },
    [t, i18n],
  );
}
