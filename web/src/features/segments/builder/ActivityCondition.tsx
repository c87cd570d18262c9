import { Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isInstantMeasure, type Operator, PROPERTY, type Tally } from "@/api/rule";
import { useReading } from "@/components/reading";
import {
  type Activity,
  type Catalogue,
  carriedValue,
  FIGURE_OPERATORS,
  findActivity,
  INSTANT_OPERATORS,
  isNever,
  looksAtMoney,
  tallyType,
  withTally,
  withVerb,
} from "../catalogue";
import type { DraftHappened } from "../draft";
import { useNamed, useRuleWords } from "../useRuleWords";
import styles from "./builder.module.css";
import { CurrencyChoice, Limits, PropertyName } from "./Limits";
import { MeasuredValue } from "./values";
import { WindowEditor } from "./WindowEditor";

interface ActivityProps {
  readonly condition: DraftHappened;
  readonly activity: Activity;
  readonly onChange: (condition: DraftHappened, control: string) => void;
}

/** What they did or what was done for them, how often, when: edited as the sentence it is. */
export function ActivityCondition({
  condition,
  catalogue,
  onChange,
}: {
  condition: DraftHappened;
  catalogue: Catalogue;
  onChange: (condition: DraftHappened, control: string) => void;
}) {
  const { language } = useReading();
  const activity = findActivity(catalogue, condition.activity);
  if (!activity) return <span className={styles.fieldName}>{condition.activity}</span>;
  const put = (next: DraftHappened, control: string) => onChange(withoutIdleCurrency(next, activity), control);
  const verb = activity.verbs.find(({ key }) => key === condition.verb) ?? activity.verbs[0];
  const when = (
    <WindowEditor
      key="when"
      window={condition.window}
      ahead={verb?.ahead ?? false}
      onChange={(window) => put({ ...condition, window }, "window")}
    />
  );
  const what = <Told key="what" condition={condition} activity={activity} onChange={put} />;
  const parts: ReactNode[] = language === "zh-CN" ? [when, what] : [what, when];
  return (
    <div className={styles.bought}>
      <div className={styles.sentence}>{parts}</div>
      <Limits
        kind={activity.key}
        where={condition.where ?? []}
        limits={activity.where_fields}
        hasProperties={activity.has_properties}
        currency={condition.currency}
        onChange={(where, control) => put({ ...condition, where }, control)}
      />
    </div>
  );
}

/** A currency says which amounts are looked at; where none are, it is not asked for. */
function withoutIdleCurrency(condition: DraftHappened, activity: Activity): DraftHappened {
  if (condition.currency === undefined || looksAtMoney(activity, condition)) return condition;
  const { currency: _, ...rest } = condition;
  return rest;
}

/** The verb, and what is told of the times it happened. */
function Told({ condition, activity, onChange }: ActivityProps) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const named = useNamed();
  const never = isNever(condition);
  const verb = condition.verb ?? activity.verbs[0]?.key;
  const type = tallyType(activity, condition);
  const family = type === "instant" ? "date" : "number";
  return (
    <>
      <Select
        value={`${never ? "none" : "some"}:${verb}`}
        aria-label={t("activity.verb")}
        popupMatchSelectWidth={false}
        options={[
          ...activity.verbs.map(({ key, words }) => ({ value: `some:${key}`, label: named(words) })),
          ...activity.verbs.map(({ key, none }) => ({ value: `none:${key}`, label: named(none) })),
        ]}
        onChange={(next: string) => {
          const [some, key] = next.split(":");
          const chosen = activity.verbs.find((one) => one.key === key);
          if (!chosen) return;
          const told = withVerb(condition, chosen, activity);
          if (some === "none") onChange({ ...withTally(told, "count", activity), op: "eq", value: 0 }, "verb");
          else onChange(never ? { ...told, op: "gte", value: 1 } : told, "verb");
        }}
      />
      {!never && (
        <>
          <Select
            value={condition.measure}
            aria-label={t("bought.measure_label")}
            popupMatchSelectWidth={false}
            options={activity.measures.map((measure) => ({ value: measure, label: t(`activity.measure.${measure}`) }))}
            onChange={(measure: Tally) => onChange(withTally(condition, measure, activity), "measure")}
          />
          {condition.measure === "sum" && <Summed condition={condition} activity={activity} onChange={onChange} />}
          <Select
            value={condition.op}
            aria-label={t("group.operator")}
            popupMatchSelectWidth={false}
            options={(isInstantMeasure(condition.measure) ? INSTANT_OPERATORS : FIGURE_OPERATORS).map((op) => ({
              value: op,
              label: words.operator(family, op),
            }))}
            onChange={(op: Operator) =>
              onChange({ ...condition, op, value: carriedValue(family, condition.op, op, condition.value) }, "op")
            }
          />
          <MeasuredValue
            type={type}
            op={condition.op}
            currency={condition.currency}
            value={condition.value}
            onChange={(value) => onChange({ ...condition, value }, "value")}
          />
          {condition.measure === "count" && <span className={styles.quiet}>{t("activity.times")}</span>}
        </>
      )}
      {looksAtMoney(activity, condition) && (
        <CurrencyChoice
          value={condition.currency}
          onChange={(currency) => onChange({ ...condition, currency }, "currency")}
        />
      )}
    </>
  );
}

/** What is added up: a detail, or a property of events. */
function Summed({ condition, activity, onChange }: ActivityProps) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const of = condition.of ?? "";
  const isProperty = of.startsWith(PROPERTY);
  const options = [
    ...activity.sums.map((key) => ({ value: key, label: words.field(`${activity.key}.${key}`) })),
    ...(activity.has_properties ? [{ value: PROPERTY, label: t("limit.property") }] : []),
  ];
  return (
    <>
      {options.length > 1 && (
        <Select
          value={isProperty ? PROPERTY : of}
          aria-label={t("activity.of")}
          popupMatchSelectWidth={false}
          options={options}
          onChange={(next: string) => {
            const changed = { ...condition, of: next };
            const sameKind = tallyType(activity, changed) === tallyType(activity, condition);
            onChange(sameKind ? changed : { ...changed, value: null }, "of");
          }}
        />
      )}
      {isProperty && (
        <PropertyName
          kind={activity.key}
          value={of}
          onChange={(property) => onChange({ ...condition, of: property }, "of")}
        />
      )}
    </>
  );
}
