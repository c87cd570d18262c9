import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, DatePicker, Dropdown, InputNumber, Select, Space } from "antd";
import dayjs from "dayjs";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { useCurrencies } from "../api";
import {
  type Catalogue,
  carriedValue,
  DEFAULT_WINDOW,
  FIGURE_OPERATORS,
  familyOf,
  findField,
  INSTANT_OPERATORS,
  isNothing,
  newWhere,
  withMeasure,
} from "../catalogue";
import {
  type CalendarUnit,
  type DraftBought,
  isInstantMeasure,
  isMoneyMeasure,
  type Operator,
  type Unit,
  type Where,
  type Window,
} from "../rule";
import { useRuleWords } from "../useRuleWords";
import styles from "./builder.module.css";
import { DateValue, FieldValue, FigureValue, SpanValue } from "./values";

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
      <Narrowing bought={bought} catalogue={catalogue} onChange={onChange} />
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
          {instant ? (
            bought.op === "last_n" || bought.op === "next_n" ? (
              <SpanValue value={bought.value} onChange={(value) => onChange({ ...bought, value }, "value")} />
            ) : (
              <DateValue
                op={bought.op}
                value={bought.value}
                onChange={(value) => onChange({ ...bought, value }, "value")}
              />
            )
          ) : (
            <FigureValue
              type={isMoneyMeasure(bought.measure) ? "money" : "number"}
              op={bought.op}
              currency={bought.currency}
              value={bought.value}
              onChange={(value) => onChange({ ...bought, value }, "value")}
            />
          )}
          {isMoneyMeasure(bought.measure) && (
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

/** Which money is meant. Amounts of different currencies are never added, so it is asked where there are several. */
function CurrencyChoice({ value, onChange }: { value: string | undefined; onChange: (currency: string) => void }) {
  const { t } = useTranslation("segments");
  const { currency: home } = useReading();
  const known = useCurrencies();
  const choices = [...new Set([home, ...(value ? [value] : []), ...(known.data ?? [])])];
  if (choices.length < 2) return null;
  return (
    <Select
      value={value ?? home}
      aria-label={t("bought.currency")}
      popupMatchSelectWidth={false}
      options={choices.map((code) => ({ value: code, label: code }))}
      onChange={onChange}
    />
  );
}

/** Only these products, stores, channels. */
function Narrowing({
  bought,
  catalogue,
  onChange,
}: {
  bought: DraftBought;
  catalogue: Catalogue;
  onChange: (bought: DraftBought, control: string) => void;
}) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const where = bought.where ?? [];
  const put = (next: readonly Where[], control: string) => onChange({ ...bought, where: next }, control);
  const change = (place: number, one: Where, control: string) =>
    put(
      where.map((before, at) => (at === place ? one : before)),
      `where.${place}.${control}`,
    );
  const free = catalogue.whereFields.filter(({ key }) => !where.some((one) => one.field === key));
  return (
    <div className={styles.narrowing}>
      {where.map((one, place) => {
        const field = findField(catalogue.whereFields, one.field);
        if (!field) return null;
        const family = familyOf(field.type);
        return (
          <div key={one.field} className={styles.where}>
            <span className={styles.quiet}>{t("bought.where")}</span>
            <span className={styles.whereName}>{words.field(one.field)}</span>
            <Select
              value={one.op}
              aria-label={t("group.operator")}
              popupMatchSelectWidth={false}
              options={offeredOperators(field.ops, one.op, (op) => words.operator(family, op))}
              onChange={(op) => change(place, { ...one, op, value: carriedValue(family, one.op, op, one.value) }, "op")}
            />
            <FieldValue
              field={field}
              op={one.op}
              value={one.value}
              onChange={(value) => change(place, { ...one, value }, "value")}
            />
            <Button
              type="text"
              size="small"
              icon={<CloseOutlined />}
              aria-label={t("bought.remove_where")}
              onClick={() =>
                put(
                  where.filter((_, at) => at !== place),
                  "where",
                )
              }
            />
          </div>
        );
      })}
      {free.length > 0 && (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: free.map((field) => ({ key: field.key, label: words.field(field.key) })),
            onClick: ({ key }) => {
              const field = findField(catalogue.whereFields, key);
              if (field) put([...where, newWhere(field)], "where");
            },
          }}
        >
          <Button type="text" size="small" className={styles.narrow} icon={<PlusOutlined />}>
            {where.length === 0 ? t("bought.add_where") : t("bought.where_add")}
          </Button>
        </Dropdown>
      )}
    </div>
  );
}

/** Operators to choose from. Where two read the same (`in`, `eq`), the one in use stays, else the one that takes several. */
export function offeredOperators(
  ops: readonly Operator[],
  current: Operator,
  label: (op: Operator) => string,
): { value: Operator; label: string }[] {
  const byLabel = new Map<string, Operator>();
  for (const op of ops) {
    const known = byLabel.get(label(op));
    if (known === undefined || op === current || (known !== current && (op === "in" || op === "not_in"))) {
      byLabel.set(label(op), op);
    }
  }
  return [...byLabel].map(([text, value]) => ({ value, label: text }));
}

type WindowKind = "last" | "between" | "ago" | "calendar" | "ever";
const KINDS: readonly WindowKind[] = ["last", "between", "calendar", "ago", "ever"];
const PERIODS = [
  ["this", "week"],
  ["last", "week"],
  ["this", "month"],
  ["last", "month"],
  ["this", "quarter"],
  ["last", "quarter"],
  ["this", "year"],
  ["last", "year"],
] as const satisfies readonly (readonly ["this" | "last", CalendarUnit])[];
const UNITS: readonly Unit[] = ["hours", "days", "weeks", "months", "years"];

function kindOf(window: Window): WindowKind {
  return KINDS.find((kind) => kind in window) ?? "ever";
}

const FRESH: Record<WindowKind, Window> = {
  last: DEFAULT_WINDOW,
  between: { between: {} },
  ago: { ago: { from_n: 90, to_n: 30, unit: "days" } },
  calendar: { calendar: { which: "this", unit: "month" } },
  ever: { ever: true },
};

/** When: the last so many days, between two dates, a calendar period… */
function WindowEditor({ window, onChange }: { window: Window; onChange: (window: Window) => void }) {
  const { t } = useTranslation("segments");
  return (
    <span className={styles.window}>
      <Select
        value={kindOf(window)}
        aria-label={t("window.label")}
        popupMatchSelectWidth={false}
        options={KINDS.map((kind) => ({ value: kind, label: t(`window.kind.${kind}`) }))}
        onChange={(kind) => onChange(FRESH[kind])}
      />
      {"last" in window && <SpanValue value={window.last} onChange={(last) => onChange({ last })} />}
      {"calendar" in window && (
        <Select
          value={`${window.calendar.which}_${window.calendar.unit}` as const}
          aria-label={t("window.which")}
          popupMatchSelectWidth={false}
          options={PERIODS.map(([which, unit]) => ({
            value: `${which}_${unit}` as const,
            label: t(`window.calendar.${which}_${unit}`),
          }))}
          onChange={(next) => {
            const period = PERIODS.find(([which, unit]) => `${which}_${unit}` === next);
            if (period) onChange({ calendar: { which: period[0], unit: period[1] } });
          }}
        />
      )}
      {"between" in window && (
        <DatePicker.RangePicker
          className={styles.range}
          value={[dayOf(window.between.from), dayOf(window.between.to)]}
          allowEmpty={[true, true]}
          onChange={(days) =>
            onChange({
              between: { from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD") },
            })
          }
        />
      )}
      {"ago" in window && (
        <Space size={6}>
          <InputNumber
            className={styles.count}
            controls={false}
            min={1}
            precision={0}
            value={window.ago.from_n}
            aria-label={t("window.from")}
            onChange={(from_n) => onChange({ ago: { ...window.ago, from_n: from_n ?? 0 } })}
          />
          <span className={styles.quiet}>{t("window.ago_to")}</span>
          <InputNumber
            className={styles.count}
            controls={false}
            min={0}
            precision={0}
            value={window.ago.to_n}
            aria-label={t("window.until")}
            onChange={(to_n) => onChange({ ago: { ...window.ago, to_n: to_n ?? 0 } })}
          />
          <Select
            value={window.ago.unit}
            aria-label={t("window.unit")}
            popupMatchSelectWidth={false}
            options={UNITS.map((unit) => ({ value: unit, label: t(`unit.${unit}`) }))}
            onChange={(unit) => onChange({ ago: { ...window.ago, unit } })}
          />
          <span className={styles.quiet}>{t("window.ago_end")}</span>
        </Space>
      )}
    </span>
  );
}

function dayOf(value: string | undefined) {
  return value ? dayjs(value) : null;
}
