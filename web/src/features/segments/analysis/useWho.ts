import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Rule } from "@/api/rule";
import { readRule } from "@/api/ruleAddress";
import { useSegment } from "../api";
import type { AnalysisAddress } from "./fields";

/** Whose figures these are. */
export type Who =
  | { readonly state: "ready"; readonly rule: Rule | null; readonly name: string }
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly error: unknown; readonly retry: () => void }
  /** The address has a rule that cannot be read: said, never taken for everybody. */
  | { readonly state: "unreadable" };

export function segmentNumber(text: string): number | null {
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : null;
}

/** Everybody, a saved segment, or the rule that came in the address. */
export function useWho({ values }: AnalysisAddress): Who {
  const { t } = useTranslation("analysis");
  const chosen = useGroup(values.who, t("who.everybody"));
  const rule = useMemo(() => readRule(values.rule), [values.rule]);
  if (values.who === "" && values.rule !== "")
    return rule ? { state: "ready", rule, name: t("who.rule") } : { state: "unreadable" };
  return chosen;
}

/** A saved segment by its number; without one, those whom `otherwise` names. */
export function useGroup(number: string, otherwise: string): Who {
  const id = segmentNumber(number);
  const segment = useSegment(id);
  if (number === "") return { state: "ready", rule: null, name: otherwise };
  if (id === null) return { state: "unreadable" };
  if (segment.data) return { state: "ready", rule: segment.data.rule, name: segment.data.name };
  return segment.error
    ? { state: "failed", error: segment.error, retry: () => void segment.refetch() }
    : { state: "loading" };
}
