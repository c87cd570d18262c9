import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useCodeWords } from "@/components/codes";
import { useReading } from "@/components/reading";
import { Tag, type Tone } from "@/components/Tag";
import { percent } from "@/format/percent";
import type { Segment, SegmentState } from "../api";
import { useProgress } from "./api";

const TONES: Record<SegmentState, Tone> = { new: "neutral", refreshing: "info", ready: "good", failed: "bad" };

/** How a segment stands: of one that is asked, how far that is; of one that failed, why. */
export function StateTag({ segment }: { segment: Pick<Segment, "id" | "state" | "error"> }) {
  const { t } = useTranslation("segments");
  const { language } = useReading();
  const why = useFailureWords();
  const done = useProgress(segment.id);
  const far = segment.state === "refreshing" && done !== null ? ` ${percent(done, language)}` : "";
  const tag = <Tag tone={TONES[segment.state]}>{`${t(`state.${segment.state}`)}${far}`}</Tag>;
  if (segment.state !== "failed") return tag;
  return (
    <Tooltip title={why(segment.error)}>
      <span>{tag}</span>
    </Tooltip>
  );
}

/** Why the last refresh failed, in words. */
export function useFailureWords(): (code: string | null) => string {
  const { t } = useTranslation("memberships");
  const say = useCodeWords("problems");
  return (code) => {
    if (code === "segment.rule_invalid") return t("reason.rule_gone");
    if (code === "lake.query_too_large") return t("reason.too_large");
    if (code === "lake.query_too_slow") return t("reason.too_slow");
    return (code && say(code, {})) || t("reason.unknown");
  };
}
