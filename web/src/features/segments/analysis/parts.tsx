import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import type { Rule } from "@/api/rule";
import { newSegmentHref } from "@/api/ruleAddress";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import { dateAndTime } from "@/format/when";
import styles from "./analysis.module.css";
import type { AnalysisAddress } from "./fields";
import type { Who } from "./useWho";

/** What the people of a figure are called: whose they are, unless everybody's, and what chose them. */
export function calledPeople(whose: string, ...chosenBy: readonly string[]): string {
  return [whose, ...chosenBy].filter((part) => part !== "").join(" · ");
}

/** A figure that opens its people as a new segment; plain where she may not make segments, or no rule chooses them. */
export function Opens({ rule, name, children }: { rule: Rule | null; name: string; children: ReactNode }) {
  const { t } = useTranslation("analysis");
  const may = useMay();
  if (rule === null || !may("segments.write")) return <span className={styles.plain}>{children}</span>;
  return (
    <Link className={styles.opens} to={newSegmentHref(rule, name)} title={t("opens", { name })}>
      {children}
    </Link>
  );
}

/** The same for a chart, whose bars are no links: what a click on a bar does, if anything. */
export function useOpensPick(
  peopleOf: (bar: number) => { readonly rule: Rule; readonly name: string } | null,
): ((bar: number) => void) | undefined {
  const may = useMay();
  const navigate = useNavigate();
  if (!may("segments.write")) return undefined;
  return (bar) => {
    const people = peopleOf(bar);
    if (people) void navigate(newSegmentHref(people.rule, people.name));
  };
}

/** What stands in place of a report while it is not known whose it is; null once it is. */
export function WhoNotReady({ who, address }: { who: Exclude<Who, { state: "ready" }>; address: AnalysisAddress }) {
  const { t } = useTranslation("analysis");
  if (who.state === "loading") return <BoneLines lines={8} />;
  if (who.state === "failed") return <ErrorState error={who.error} onRetry={who.retry} />;
  return (
    <EmptyState
      title={t("unreadable.title")}
      purpose={t("unreadable.words")}
      action={
        <Button onClick={() => address.change({ who: "", rule: "", against: "" })}>{t("unreadable.everybody")}</Button>
      }
    />
  );
}

/** Nobody to tell anything of. */
export function Nobody({ address }: { address: AnalysisAddress }) {
  const { t } = useTranslation("analysis");
  return (
    <EmptyState
      title={t("nobody.title")}
      purpose={t("nobody.words")}
      action={
        (address.values.who !== "" || address.values.rule !== "") && (
          <Button onClick={() => address.change({ who: "", rule: "", slice: "" })}>{t("unreadable.everybody")}</Button>
        )
      }
    />
  );
}

export function FreshAt({ at }: { at: string | null | undefined }) {
  const { t } = useTranslation("segments");
  const { language, timezone } = useReading();
  return at ? (
    <p className={styles.fresh}>{t("live.as_of", { time: dateAndTime(new Date(at), { timezone, language }) })}</p>
  ) : null;
}
