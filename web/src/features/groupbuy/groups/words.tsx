import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { None, When } from "@/components/figures";
import { Tag, type Tone } from "@/components/Tag";
import type { GroupRow, Participation } from "./api";

const TONES: Record<GroupRow["state"], Tone> = { forming: "info", formed: "good", failed: "neutral" };

export function GroupTag({ group }: { group: Pick<GroupRow, "state" | "reason"> }) {
  const { t } = useTranslation("groups");
  return (
    <Tag tone={TONES[group.state]}>
      {group.state === "failed" && group.reason ? t(`failed.${group.reason}`) : t(`state.${group.state}`)}
    </Tag>
  );
}

const PART_TONES: Record<Participation["state"], Tone> = {
  reserved: "info",
  seated: "accent",
  confirmed: "good",
  refunding: "warning",
  refunded: "neutral",
  lapsed: "neutral",
};

export function PartTag({ state }: Pick<Participation, "state">) {
  const { t } = useTranslation("groups");
  return <Tag tone={PART_TONES[state]}>{t(`part.${state}`)}</Tag>;
}

const REASONS = ["unpaid", "left", "failed", "late", "twice", "full", "over"] as const;

/** Why a part lapsed or its money goes back; a reason this client does not know keeps its code. */
export function useReasonWords(): (reason: string) => string {
  const { t } = useTranslation("groups");
  return (reason) => {
    const known = REASONS.find((one) => one === reason);
    return known ? t(`reason.${known}`) : reason;
  };
}

/** Who is in it, and how many are missing. */
export function Seats({ group }: { group: Pick<GroupRow, "seats" | "size" | "missing" | "state"> }) {
  const { t } = useTranslation("groups");
  return (
    <span className="hk-tabular">
      {group.seats} / {group.size}
      {group.state === "forming" && group.missing > 0 && ` · ${t("missing", { count: group.missing })}`}
    </span>
  );
}

/** The time left, running; when it ended, once it has. */
export function TimeLeft({ group }: { group: Pick<GroupRow, "state" | "deadline_at" | "ended_at"> }) {
  const { t } = useTranslation("groups");
  const [now, setNow] = useState(Date.now);
  const runs = group.state === "forming";
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [runs]);
  if (!runs) return group.ended_at ? <When at={group.ended_at} /> : <None />;
  const seconds = Math.floor((Date.parse(group.deadline_at) - now) / 1_000);
  return seconds <= 0 ? t("deciding") : <span className="hk-tabular">{clock(seconds)}</span>;
}

/** `26:03:09`: hours, minutes and seconds, as on the page buyers see. */
export function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
