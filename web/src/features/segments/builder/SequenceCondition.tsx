import { InputNumber, Select, Space } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { StepKind, Within, WithinUnit } from "@/api/rule";
import { useReading } from "@/components/reading";
import { type Catalogue, findActivity, findField, limitsOf, withStep } from "../catalogue";
import type { DraftSequence, DraftStep } from "../draft";
import { useNamed } from "../useRuleWords";
import styles from "./builder.module.css";
import { CurrencyChoice, Limits } from "./Limits";
import { WindowEditor } from "./WindowEditor";

interface SequenceProps {
  readonly sequence: DraftSequence;
  readonly catalogue: Catalogue;
  readonly onChange: (sequence: DraftSequence, control: string) => void;
}

/** One thing, and what came of it after: edited as the sentence it is. */
export function SequenceCondition({ sequence, catalogue, onChange }: SequenceProps) {
  const { t } = useTranslation("segments");
  const { language } = useReading();
  const { first, second, followed, within, window } = sequence;
  const when = (
    <WindowEditor key="when" window={window} onChange={(next) => onChange({ ...sequence, window: next }, "window")} />
  );
  const what = (
    <StepChoice
      key="what"
      label={t("sequence.first")}
      step={first}
      catalogue={catalogue}
      onChange={(next) => onChange({ ...sequence, first: next }, "first")}
    />
  );
  const soon = (
    <WithinEditor
      key="soon"
      within={within}
      units={catalogue.withinUnits}
      onChange={(next) => onChange({ ...sequence, within: next }, "within")}
    />
  );
  const after = (
    <StepChoice
      key="after"
      label={t("sequence.second")}
      step={second}
      followed={followed}
      catalogue={catalogue}
      onChange={(next, isFollowed) => onChange({ ...sequence, second: next, followed: isFollowed }, "second")}
    />
  );
  const chinese = language === "zh-CN";
  const beginning: ReactNode[] = chinese ? [when, what] : [what, when];
  const ending: ReactNode[] = chinese ? [soon, after] : [after, soon];
  return (
    <div className={styles.bought}>
      <div className={styles.sentence}>{beginning}</div>
      <StepLimits
        step={first}
        catalogue={catalogue}
        onChange={(next, control) => onChange({ ...sequence, first: next }, `first.${control}`)}
      />
      <div className={styles.sentence}>
        <span className={styles.quiet}>{t("sequence.after")}</span>
        {ending}
      </div>
      <StepLimits
        step={second}
        catalogue={catalogue}
        onChange={(next, control) => onChange({ ...sequence, second: next }, `second.${control}`)}
      />
    </div>
  );
}

interface Thing {
  readonly kind: StepKind;
  readonly verb: string | undefined;
  readonly some: string;
  readonly none: string;
}

/** What a step is: a purchase, or an activity by one of its verbs; of the second step also that it did not come. */
function StepChoice({
  label,
  step,
  followed,
  catalogue,
  onChange,
}: {
  label: string;
  step: DraftStep;
  followed?: boolean;
  catalogue: Catalogue;
  onChange: (step: DraftStep, followed: boolean) => void;
}) {
  const { t } = useTranslation("segments");
  const named = useNamed();
  const things: readonly Thing[] = catalogue.steps.flatMap((kind): Thing[] => {
    if (kind === "bought") return [{ kind, verb: undefined, some: t("bought.something"), none: t("bought.nothing") }];
    const verbs = findActivity(catalogue, kind)?.verbs ?? [];
    // What lies ahead has not come yet, so nothing comes before or after it.
    return verbs
      .filter(({ ahead }) => !ahead)
      .map(({ key, words, none }) => ({ kind, verb: key, some: named(words), none: named(none) }));
  });
  const keyOf = (isFollowed: boolean, kind: StepKind, verb: string | undefined) =>
    `${isFollowed ? "some" : "none"}:${kind}:${verb ?? ""}`;
  const only = step.kind === "bought" ? undefined : findActivity(catalogue, step.kind)?.verbs[0]?.key;
  return (
    <Select
      value={keyOf(followed ?? true, step.kind, step.verb ?? only)}
      aria-label={label}
      popupMatchSelectWidth={false}
      showSearch={{ optionFilterProp: "label" }}
      options={[
        ...things.map(({ kind, verb, some }) => ({ value: keyOf(true, kind, verb), label: some })),
        ...(followed === undefined
          ? []
          : things.map(({ kind, verb, none }) => ({ value: keyOf(false, kind, verb), label: none }))),
      ]}
      onChange={(next: string) => {
        const chosen = things.find(({ kind, verb }) => next.endsWith(keyOf(true, kind, verb).slice("some".length)));
        if (chosen) onChange(withStep(step, chosen.kind, chosen.verb), next.startsWith("some"));
      }}
    />
  );
}

function StepLimits({
  step,
  catalogue,
  onChange,
}: {
  step: DraftStep;
  catalogue: Catalogue;
  onChange: (step: DraftStep, control: string) => void;
}) {
  const limits = limitsOf(catalogue, step.kind);
  const needsMoney = (where: DraftStep["where"]) =>
    (where ?? []).some(({ field }) => findField(limits, field)?.type === "money");
  return (
    <>
      <Limits
        kind={step.kind}
        where={step.where ?? []}
        limits={limits}
        hasProperties={step.kind !== "bought" && findActivity(catalogue, step.kind)?.has_properties}
        currency={step.currency}
        onChange={(where, control) => {
          const { currency, ...rest } = step;
          onChange({ ...rest, where, ...(currency && needsMoney(where) ? { currency } : {}) }, control);
        }}
      />
      {needsMoney(step.where) && (
        <CurrencyChoice value={step.currency} onChange={(currency) => onChange({ ...step, currency }, "currency")} />
      )}
    </>
  );
}

const A_DAY: Within = { n: 1, unit: "days" };

/** How soon the second thing comes: whenever, or within so long by the clock. */
function WithinEditor({
  within,
  units,
  onChange,
}: {
  within: Within | null;
  units: readonly WithinUnit[];
  onChange: (within: Within | null) => void;
}) {
  const { t } = useTranslation("segments");
  return (
    <span className={styles.window}>
      <Select
        value={within === null ? "whenever" : "within"}
        aria-label={t("sequence.how_soon")}
        popupMatchSelectWidth={false}
        options={[
          { value: "within", label: t("sequence.within") },
          { value: "whenever", label: t("sequence.whenever") },
        ]}
        onChange={(next) => onChange(next === "within" ? A_DAY : null)}
      />
      {within !== null && (
        <Space.Compact>
          <InputNumber
            className={styles.count}
            value={within.n > 0 ? within.n : null}
            aria-label={t("sequence.soon_number")}
            controls={false}
            min={1}
            max={100_000}
            precision={0}
            onChange={(n) => onChange({ ...within, n: n ?? 0 })}
          />
          <Select
            value={within.unit}
            aria-label={t("sequence.soon_unit")}
            popupMatchSelectWidth={false}
            options={units.map((unit) => ({ value: unit, label: t(`unit.${unit}`) }))}
            onChange={(unit) => onChange({ ...within, unit })}
          />
        </Space.Compact>
      )}
    </span>
  );
}
