import { Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isInstantMeasure, isMoneyMeasure, type Operator } from "@/api/rule";
import { useReading } from "@/components/reading";
import {
  type Catalogue,
  carriedValue,
  FIGURE_OPERATORS,
  INSTANT_OPERATORS,
  isNothing,
  withMeasure,
} from "../catalogue";
import type { DraftBought } from "../draft";
import { useRuleWords } from "../useRuleWords";
import styles from "./builder.module.css";
import { CurrencyChoice, Limits } from "./Limits";
import { MeasuredValue } from "./values";
import { WindowEditor } from "./WindowEditor";

/** What they bought, how much of it, when: edited as the sentence it is. */
export function BoughtCondition({
  bought,
  catalogue,
  onChange,
}: {
  bought: DraftBought;
  catalogue: Catalogue;
  onChange: (bought: DraftBought, control: string) => void;
}) {
  const { language } = useReading();
  const when = (
    <WindowEditor key="when" window={bought.window} onChange={(window) => onChange({ ...bought, window }, "window")} />
  );
  const what = <Amount key="what" bought={bought} catalogue={catalogue} onChange={onChange} />;
  const parts: ReactNode[] = language === "zh-CN" ? [when, what] : [what, when];
  return (
    <div className={styles.bought}>
      <div className={styles.sentence}>{parts}</div>
      <Limits
        kind="bought"
        where={bought.where ?? []}
        limits={catalogue.whereFields}
        currency={bought.currency}
        onChange={(where, control) => onChange({ ...bought, where }, control)}
      />
    </div>
  );
}

function Amount({
  bought,
  catalogue,
  onChange,
}: {
  bought: DraftBought;
  catalogue: Catalogue;
  onChange: (bought: DraftBought, control: string) => void;
}) {
  const { t } = useTranslation("segments");
  const { currency } = useReading();
  const words = useRuleWords();
  const instant = isInstantMeasure(bought.measure);
  const nothing = isNothing(bought);
  const family = instant ? "date" : "number";
  return (
    <>
      <Select
        value={nothing ? "nothing" : bought.measure}
        aria-label={t("bought.measure_label")}
        popupMatchSelectWidth={false}
        options={[
          ...catalogue.measures.map((measure) => ({ value: measure as string, label: t(`bought.measure.${measure}`) })),
          { value: "nothing", label: t("bought.nothing") },
        ]}
        onChange={(next) => {
          if (next === "nothing")
            onChange({ ...withMeasure(bought, "orders", currency), op: "eq", value: 0 }, "measure");
          else {
            const measured = withMeasure(bought, next as DraftBought["measure"], currency);
            onChange(nothing && next === "orders" ? { ...measured, op: "gte", value: 1 } : measured, "measure");
          }
        }}
      />
      {!nothing && (
        <>
          <Select
            value={bought.op}
            aria-label={t("group.operator")}
            popupMatchSelectWidth={false}
            options={(instant ? INSTANT_OPERATORS : FIGURE_OPERATORS).map((op) => ({
              value: op,
              label: words.operator(family, op),
            }))}
            onChange={(op: Operator) =>
              onChange({ ...bought, op, value: carriedValue(family, bought.op, op, bought.value) }, "op")
            }
          />
          <MeasuredValue
            type={instant ? "instant" : isMoneyMeasure(bought.measure) ? "money" : "number"}
            op={bought.op}
            currency={bought.currency}
            value={bought.value}
            onChange={(value) => onChange({ ...bought, value }, "value")}
          />
          {(isMoneyMeasure(bought.measure) || bought.where?.some(({ field }) => field === "unit_price")) && (
            <CurrencyChoice
              value={bought.currency}
              onChange={(next) => onChange({ ...bought, currency: next }, "currency")}
            />
          )}
          <span className={styles.quiet}>{words.unit(bought.measure)}</span>
        </>
      )}
    </>
  );
}
