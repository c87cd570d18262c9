import { DatePicker, Input, InputNumber, Select, Space } from "antd";
import dayjs from "dayjs";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AroundStore, Circle, Operator, Period, Picked, Span, Unit, Value } from "@/api/rule";
import { useReading } from "@/components/reading";
import { useDebounced } from "@/components/useDebounced";
import { exactCount } from "@/format/count";
import { currencyExponent, currencySign, decimalToMinor, minorToDecimal } from "@/format/money";
import { useStores, useValues } from "../api";
import { type CatalogueField, type FieldType, familyOf, isAnniversary, isList, isSpanOperator } from "../catalogue";
import { learnLabel, useRuleWords } from "../useRuleWords";
import styles from "./builder.module.css";

export interface ValueEditorProps {
  readonly value: Value | undefined;
  readonly op: Operator;
  readonly onChange: (value: Value) => void;
}

/** The editor of a field's value, by the field's type and the operator's shape. */
export function FieldValue({
  field,
  op,
  value,
  currency,
  onChange,
}: ValueEditorProps & { field: CatalogueField; currency?: string }) {
  const family = familyOf(field.type);
  if (op === "is_set" || op === "is_not_set") return null;
  if (isSpanOperator(op)) {
    // Days have no hours, nor has a day that comes round.
    const units = field.type === "instant" && !isAnniversary(op) ? UNITS : DAY_UNITS;
    return <SpanValue value={value} units={units} onChange={onChange} />;
  }
  if (op === "during") return <PeriodValue value={value} onChange={onChange} />;
  if (op === "within") return <PlaceValue value={value} onChange={onChange} />;
  if (family === "birthday") return <MonthsValue value={value} onChange={onChange} />;
  if (family === "bool") return <BoolValue value={value} onChange={onChange} />;
  if (family === "date") return <DateValue op={op} value={value} onChange={onChange} />;
  if (family === "number")
    return <FigureValue type={field.type} op={op} currency={currency} value={value} onChange={onChange} />;
  if (op === "contains" && field.type === "text") return <TextValue value={value} onChange={onChange} />;
  if (op === "starts_with") return <TextValue value={value} onChange={onChange} />;
  return <PickedValues field={field} many={op === "in" || op === "not_in"} value={value} onChange={onChange} />;
}

/** The value that a measure is compared with: a moment, an amount or a number. */
export function MeasuredValue({
  type,
  op,
  value,
  currency,
  onChange,
}: ValueEditorProps & { type: FieldType; currency?: string }) {
  if (type !== "instant")
    return <FigureValue type={type} op={op} value={value} currency={currency} onChange={onChange} />;
  if (isSpanOperator(op)) return <SpanValue value={value} onChange={onChange} />;
  return <DateValue op={op} value={value} onChange={onChange} />;
}

function TextValue({ value, onChange }: Omit<ValueEditorProps, "op">) {
  const { t } = useTranslation("segments");
  return (
    <Input
      className={styles.text}
      value={typeof value === "string" ? value : ""}
      placeholder={t("value.text")}
      aria-label={t("group.value")}
      maxLength={200}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function BoolValue({ value, onChange }: Omit<ValueEditorProps, "op">) {
  const { t } = useTranslation("segments");
  return (
    <Select
      value={value === false ? "no" : "yes"}
      aria-label={t("group.value")}
      options={[
        { value: "yes", label: t("bool.yes") },
        { value: "no", label: t("bool.no") },
      ]}
      onChange={(next) => onChange(next === "yes")}
    />
  );
}

/** Numbers, or amounts typed in whole units and kept in minor ones. */
export function FigureValue({
  type,
  op,
  value,
  currency,
  onChange,
}: ValueEditorProps & { type: FieldType; currency?: string }) {
  const { t } = useTranslation("segments");
  if (op !== "between")
    return <OneFigure type={type} currency={currency} value={value} label={t("group.value")} onChange={onChange} />;
  const range = isRange(value) ? value : { from: "", to: "" };
  return (
    <Space size={6}>
      <OneFigure
        type={type}
        currency={currency}
        value={range.from}
        label={t("value.from")}
        onChange={(from) => onChange({ from: from ?? "", to: range.to })}
      />
      <span>{t("joint.to")}</span>
      <OneFigure
        type={type}
        currency={currency}
        value={range.to}
        label={t("value.to")}
        onChange={(to) => onChange({ from: range.from, to: to ?? "" })}
      />
    </Space>
  );
}

function OneFigure({
  type,
  value,
  currency,
  label,
  onChange,
}: {
  type: FieldType;
  value: unknown;
  currency?: string;
  label: string;
  onChange: (value: number | null) => void;
}) {
  const { language, currency: home } = useReading();
  const unit = currency ?? home;
  if (type !== "money") {
    return (
      <InputNumber
        className={styles.number}
        value={typeof value === "number" ? value : null}
        aria-label={label}
        controls={false}
        onChange={(next) => onChange(typeof next === "number" ? next : null)}
      />
    );
  }
  return (
    <InputNumber<string>
      className={styles.amount}
      stringMode
      value={typeof value === "number" ? minorToDecimal(value, currencyExponent(unit)) : null}
      aria-label={label}
      controls={false}
      prefix={currencySign(unit, { language, homeCurrency: home })}
      onChange={(next) => onChange(next === null || next === "" ? null : decimalToMinor(String(next), unit))}
    />
  );
}

const WHICH = ["this", "next", "last"] as const;
const PERIOD_UNITS = ["week", "month", "quarter", "year"] as const;

/** This month, next week: when a birthday comes. */
function PeriodValue({ value, onChange }: Omit<ValueEditorProps, "op">) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const chosen: Period = isPeriod(value) ? value : { which: "this", unit: "month" };
  const periods = PERIOD_UNITS.flatMap((unit) => WHICH.map((which) => ({ which, unit })));
  return (
    <Select
      value={`${chosen.which} ${chosen.unit}`}
      aria-label={t("group.value")}
      popupMatchSelectWidth={false}
      options={periods.map((period) => ({ value: `${period.which} ${period.unit}`, label: words.period(period) }))}
      onChange={(next) => {
        const period = periods.find(({ which, unit }) => next === `${which} ${unit}`);
        if (period) onChange(period);
      }}
    />
  );
}

function MonthsValue({ value, onChange }: Omit<ValueEditorProps, "op">) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  return (
    <Select
      className={styles.picked}
      mode="multiple"
      value={isList(value) ? value.map(Number) : []}
      placeholder={t("value.choose")}
      aria-label={t("group.value")}
      showSearch={{ optionFilterProp: "label" }}
      maxTagCount="responsive"
      options={Array.from({ length: 12 }, (_, at) => ({ value: at + 1, label: words.month(at + 1) }))}
      onChange={(months: number[]) => onChange(months)}
    />
  );
}

/** So many kilometres around a store, or around a point of the map. */
function PlaceValue({ value, onChange }: Omit<ValueEditorProps, "op">) {
  const { t } = useTranslation("segments");
  const around = isAroundStore(value) ? "store" : "point";
  const km = isCircle(value) || isAroundStore(value) ? value.km : null;
  return (
    <span className={styles.window}>
      <Select
        value={around}
        aria-label={t("place.around_what")}
        popupMatchSelectWidth={false}
        options={[
          { value: "store", label: t("place.store") },
          { value: "point", label: t("place.point") },
        ]}
        onChange={(next) => onChange(next === "store" ? { store: null, km } : { latitude: null, longitude: null, km })}
      />
      {isAroundStore(value) ? (
        <AroundStoreValue value={value} onChange={onChange} />
      ) : (
        <CircleValue value={value} onChange={onChange} />
      )}
    </span>
  );
}

function AroundStoreValue({ value, onChange }: { value: AroundStore; onChange: (value: Value) => void }) {
  const { t } = useTranslation("segments");
  const stores = useStores();
  const options = (stores.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <>
      <Select
        className={styles.picked}
        value={value.store}
        placeholder={t("value.choose")}
        aria-label={t("place.which_store")}
        showSearch={{ optionFilterProp: "label" }}
        loading={stores.isPending}
        options={options}
        onChange={(store: number) => onChange({ ...value, store })}
      />
      <span>{t("place.joint")}</span>
      <InputNumber
        className={styles.number}
        value={value.km}
        aria-label={t("place.km")}
        controls={false}
        min={0}
        max={20040}
        onChange={(km) => onChange({ ...value, km: typeof km === "number" ? km : null })}
      />
      <span>{t("place.unit")}</span>
    </>
  );
}

/** So many kilometres around a point of the map. */
function CircleValue({ value, onChange }: Omit<ValueEditorProps, "op">) {
  const { t } = useTranslation("segments");
  const circle: Circle = isCircle(value) ? value : { latitude: null, longitude: null, km: null };
  const figure = (key: keyof Circle, least: number, most: number) => (
    <InputNumber
      className={styles.number}
      value={circle[key]}
      aria-label={t(`place.${key}`)}
      placeholder={t(`place.${key}`)}
      controls={false}
      min={least}
      max={most}
      onChange={(next) => onChange({ ...circle, [key]: typeof next === "number" ? next : null })}
    />
  );
  return (
    <>
      {figure("latitude", -90, 90)}
      {figure("longitude", -180, 180)}
      <span>{t("place.joint")}</span>
      {figure("km", 0, 20040)}
      <span>{t("place.unit")}</span>
    </>
  );
}

const UNITS: readonly Unit[] = ["hours", "days", "weeks", "months", "years"];
const DAY_UNITS: readonly Unit[] = ["days", "weeks", "months", "years"];

export function SpanValue({
  value,
  onChange,
  units = UNITS,
}: Omit<ValueEditorProps, "op" | "onChange"> & { onChange: (span: Span) => void; units?: readonly Unit[] }) {
  const { t } = useTranslation("segments");
  const span: Span = isSpan(value) ? value : { n: 30, unit: "days" };
  return (
    <Space.Compact>
      <InputNumber
        className={styles.count}
        value={span.n > 0 ? span.n : null}
        aria-label={t("window.number")}
        controls={false}
        min={1}
        max={36500}
        precision={0}
        onChange={(n) => onChange({ ...span, n: n ?? 0 })}
      />
      <Select
        value={span.unit}
        aria-label={t("window.unit")}
        popupMatchSelectWidth={false}
        options={units.map((unit) => ({ value: unit, label: t(`unit.${unit}`) }))}
        onChange={(unit) => onChange({ ...span, unit })}
      />
    </Space.Compact>
  );
}

export function DateValue({ op, value, onChange }: ValueEditorProps) {
  const { t } = useTranslation("segments");
  if (op === "between") {
    const range = isRange(value) ? value : { from: "", to: "" };
    return (
      <DatePicker.RangePicker
        className={styles.range}
        value={[dayOrNull(range.from), dayOrNull(range.to)]}
        allowEmpty={[true, true]}
        onChange={(days) => onChange({ from: isoOrEmpty(days?.[0]), to: isoOrEmpty(days?.[1]) })}
      />
    );
  }
  return (
    <DatePicker
      className={styles.date}
      value={typeof value === "string" ? dayOrNull(value) : null}
      placeholder={t("value.choose")}
      aria-label={t("group.value")}
      onChange={(day) => onChange(isoOrEmpty(day) || null)}
    />
  );
}

/** Values that stand in the data, most frequent first, each with its number of customers. */
export function PickedValues({
  field,
  many,
  value,
  label,
  placeholder,
  className = styles.picked,
  onChange,
}: {
  field: CatalogueField;
  many: boolean;
  value: Value | undefined;
  label?: string;
  placeholder?: string;
  className?: string;
  onChange: (value: Value) => void;
}) {
  const { t } = useTranslation("segments");
  const { language } = useReading();
  const words = useRuleWords();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const q = useDebounced(typed.trim(), 200);
  const chosen: readonly Picked[] = isList(value)
    ? value
    : typeof value === "string" || typeof value === "number"
      ? [value]
      : [];
  // Numbers stand for stores, products, sources: their names must be fetched before they can be shown.
  const nameless = chosen.some((one) => typeof one === "number" && words.choice(field.key, one) === String(one));
  const values = useValues(field.key, q, open || nameless);
  const found = values.data ?? [];
  useEffect(() => {
    for (const { value, label } of found) learnLabel(field.key, value, label);
  }, [found, field.key]);
  const byText = new Map<string, Picked>(chosen.map((one) => [String(one), one]));
  for (const one of found) byText.set(String(one.value), one.value);
  const isFree = field.type === "text" || (field.type === "list" && field.value_kind === "text");
  const options = found.map((one) => ({
    value: String(one.value),
    label:
      words.choice(field.key, one.value) === String(one.value)
        ? one.label || String(one.value)
        : words.choice(field.key, one.value),
    count: one.count,
  }));
  const listed = new Set(options.map((option) => option.value));
  // What is typed may be a value nobody has yet; it can still be asked for.
  if (isFree && q !== "" && !listed.has(q)) options.push({ value: q, label: q, count: 0 });
  for (const one of chosen) {
    if (!listed.has(String(one))) options.push({ value: String(one), label: nameOf(one), count: -1 });
  }
  function nameOf(one: Picked): string {
    const found = values.data?.find((item) => item.value === one);
    const known = found?.label || words.choice(field.key, one);
    return typeof one === "number" && known === String(one) && values.isPending ? "…" : known;
  }
  const back = (text: string): Picked => byText.get(text) ?? text;
  return (
    <Select
      className={className}
      mode={many ? "multiple" : undefined}
      value={many ? chosen.map(String) : (chosen.map(String)[0] ?? null)}
      placeholder={placeholder ?? t("value.choose")}
      aria-label={label ?? t("group.value")}
      showSearch={{ filterOption: false, onSearch: setTyped, searchValue: typed }}
      maxTagCount="responsive"
      popupMatchSelectWidth={false}
      onOpenChange={setOpen}
      loading={values.isFetching && open}
      notFoundContent={
        values.isError ? t("value.failed") : values.isPending ? t("value.loading") : t("value.none_found")
      }
      options={options}
      optionRender={(option) => (
        <span className={styles.option}>
          <span>{option.label}</span>
          {option.data.count >= 0 && (
            <span className={styles.optionCount}>{exactCount(option.data.count, language)}</span>
          )}
        </span>
      )}
      onChange={(next: string | readonly string[] | null) => {
        setTyped("");
        if (Array.isArray(next)) onChange(next.map(back));
        else onChange(typeof next === "string" ? back(next) : null);
      }}
    />
  );
}

function isSpan(value: Value | undefined): value is Span {
  return typeof value === "object" && value !== null && "n" in value;
}

function isPeriod(value: Value | undefined): value is Period {
  return typeof value === "object" && value !== null && "which" in value;
}

function isCircle(value: Value | undefined): value is Circle {
  return typeof value === "object" && value !== null && "latitude" in value;
}

function isAroundStore(value: Value | undefined): value is AroundStore {
  return typeof value === "object" && value !== null && "store" in value;
}

function isRange(value: Value | undefined): value is { from: number | string; to: number | string } {
  return typeof value === "object" && value !== null && "from" in value;
}

function dayOrNull(value: unknown) {
  return typeof value === "string" && value !== "" ? dayjs(value.slice(0, 10)) : null;
}

function isoOrEmpty(day: { format: (pattern: string) => string } | null | undefined): string {
  return day ? day.format("YYYY-MM-DD") : "";
}
