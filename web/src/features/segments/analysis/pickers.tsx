import { Input, Select, type SelectProps } from "antd";
import { type ReactNode, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { useDebounced } from "@/components/useDebounced";
import { currencyExponent, decimalToMinor, minorToDecimal } from "@/format/money";
import { useSegments } from "../api";
import { groupedFields } from "../builder/options";
import { type Catalogue, type CatalogueField, findField } from "../catalogue";
import { useRuleWords } from "../useRuleWords";
import styles from "./analysis.module.css";
import {
  type Asked,
  askedOf,
  type DayPeriod,
  type EdgesFault,
  isDay,
  isFigure,
  MOST_EDGES,
  numberOf,
  PERIODS,
  PURCHASES,
  printAsked,
  readAsked,
  typedEdges,
  WINDOWS,
  type WindowName,
} from "./dimension";
import type { AnalysisAddress } from "./fields";
import { segmentNumber, useGroup } from "./useWho";

const TYPED_MILLISECONDS = 200;

/** The choices of a report, side by side; each with its name above it. */
export function Controls({ children }: { children: ReactNode }) {
  return <div className={styles.controls}>{children}</div>;
}

export function Control({
  label,
  width,
  children,
}: {
  label: string;
  /** Two choices side by side, the second of them typed, or a list of many. */
  width?: "double" | "bands" | "wide";
  children: ReactNode;
}) {
  return (
    <div className={styles.control} data-width={width}>
      <span className={styles.controlLabel} aria-hidden="true">
        {label}
      </span>
      <div className={styles.controlBody}>{children}</div>
    </div>
  );
}

/** A saved segment, found by typing, or what stands first: everybody, everybody else, a rule that came along. */
export function GroupPicker({
  label,
  value,
  first,
  more = [],
  onChange,
}: {
  label: string;
  value: string;
  /** What an empty value means. */
  first: string;
  more?: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
}) {
  const { t } = useTranslation("analysis");
  const [typed, setTyped] = useState("");
  const found = useSegments({ q: useDebounced(typed, TYPED_MILLISECONDS), cursor: "" });
  const chosen = useGroup(value, first);
  const options = [
    ...(typed === "" ? [{ value: "", label: first }, ...more] : []),
    ...(found.data?.items ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
  ];
  const isMissing = segmentNumber(value) !== null && !options.some((option) => option.value === value);
  const name = chosen.state === "ready" ? chosen.name : t("who.loading");
  return (
    <Control label={label}>
      <Select
        aria-label={label}
        className={styles.select}
        value={value}
        options={isMissing && typed === "" ? [...options, { value, label: name }] : options}
        showSearch={{ filterOption: false, searchValue: typed, onSearch: setTyped }}
        loading={found.isFetching}
        notFoundContent={t("who.none")}
        onChange={(next: string) => {
          setTyped("");
          onChange(next);
        }}
      />
    </Control>
  );
}

/** Not the rule that came along, but everybody. */
const WITHOUT_RULE = "~";

/** Whose figures are shown: everybody, the rule that came in the address, or a saved segment. */
export function WhoPicker({
  address,
  label,
  everybody,
}: {
  address: AnalysisAddress;
  label: string;
  everybody: string;
}) {
  const { t } = useTranslation("analysis");
  const { who, rule } = address.values;
  const choose = (next: string) => {
    if (next === WITHOUT_RULE) return address.change({ who: "", rule: "", slice: "" });
    // A rule stays in the address only while it is what is looked at.
    address.change(next === "" ? { who: next, slice: "" } : { who: next, slice: "", rule: "" });
  };
  return (
    <GroupPicker
      label={label}
      value={who}
      first={rule === "" ? everybody : t("who.rule")}
      more={rule === "" ? [] : [{ value: WITHOUT_RULE, label: everybody }]}
      onChange={choose}
    />
  );
}

type Options = NonNullable<SelectProps["options"]>;

/** Fields of the catalogue in their groups, for a list that filters while one types. */
export function useFieldOptions(catalogue: Catalogue, fits: (field: CatalogueField) => boolean): Options {
  const { t, i18n } = useTranslation("segments");
  const words = useRuleWords();
  return useMemo(() => {
    const say = (key: string): string =>
      i18n.exists(key, { ns: "segments" })
        ? (i18n.t as (key: string, options: object) => string)(key, { ns: "segments" })
        : t("section.other");
    return groupedFields(catalogue).flatMap(({ group, keys }) => {
      const fitting = keys.filter((key) => {
        const field = findField(catalogue.fields, key);
        return field !== undefined && fits(field);
      });
      const title = say(`section.${group}`);
      const options = fitting.map((key) => ({
        value: key,
        label: words.field(key),
        search: `${words.field(key)} ${key}`,
      }));
      return options.length > 0 ? [{ label: title, options }] : [];
    });
  }, [catalogue, fits, t, i18n, words]);
}

/** One attribute; of days also what they are put together by, of figures where their bands part. */
export function AttributePicker({
  label,
  value,
  options,
  catalogue,
  none,
  onChange,
}: {
  label: string;
  value: string;
  options: Options;
  catalogue: Catalogue;
  /** What to call no attribute, where it may be left out. */
  none?: string;
  onChange: (value: string) => void;
}) {
  const { t } = useTranslation("analysis");
  const asked = readAsked(value);
  const field = asked && findField(catalogue.fields, asked.field);
  const hasPeriod = field !== null && field !== undefined && isDay(field.type);
  const hasBands = field !== null && field !== undefined && isFigure(field);
  const choose = (key: string) => {
    const chosen = findField(catalogue.fields, key);
    onChange(chosen ? printAsked(askedOf(chosen)) : "");
  };
  return (
    <Control label={label} width={hasBands ? "bands" : hasPeriod ? "double" : undefined}>
      <Select
        aria-label={label}
        className={styles.select}
        value={asked?.field ?? ""}
        options={none === undefined ? options : [{ value: "", label: none }, ...options]}
        showSearch={{ optionFilterProp: "search" }}
        listHeight={360}
        onChange={choose}
      />
      {asked && hasPeriod && (
        <Select
          aria-label={`${label} · ${t("period.label")}`}
          className={styles.period}
          value={asked.period ?? "month"}
          options={PERIODS.map((period) => ({ value: period, label: t(`period.by_${period}`) }))}
          onChange={(period: DayPeriod) => onChange(printAsked({ ...asked, period }))}
        />
      )}
      {asked && hasBands && (
        <EdgesInput
          key={printAsked(asked)}
          label={label}
          field={field}
          edges={asked.edges ?? []}
          onChange={(edges) => onChange(printAsked({ field: asked.field, edges }))}
        />
      )}
    </Control>
  );
}

/** Where the bands of a figure part, as typed; the server parts them where nothing is. Taken over when she has typed. */
function EdgesInput({
  label,
  field,
  edges,
  onChange,
}: {
  label: string;
  field: CatalogueField;
  edges: readonly number[];
  onChange: (edges: number[]) => void;
}) {
  const { t } = useTranslation("analysis");
  const { currency: home } = useReading();
  const fault = useId();
  const currency = field.currency ?? home;
  const isMoney = field.type === "money";
  const shown = edges
    .map((edge) => (isMoney ? wholeAmount(edge, currencyExponent(currency)) : String(edge)))
    .join(", ");
  const [text, setText] = useState(shown);
  const [wrong, setWrong] = useState<EdgesFault | null>(null);
  const take = () => {
    const typed = typedEdges(text, isMoney ? (word) => decimalToMinor(word, currency) : numberOf);
    if ("fault" in typed) return setWrong(typed.fault);
    setWrong(null);
    if (typed.edges.join() !== edges.join()) onChange(typed.edges);
  };
  return (
    <div className={styles.edges}>
      <Input
        aria-label={`${label} · ${t("edges.label")}`}
        aria-describedby={wrong ? fault : undefined}
        status={wrong ? "error" : undefined}
        placeholder={t("edges.automatic")}
        title={t("edges.hint")}
        allowClear
        value={text}
        onChange={({ target, type }) => {
          setText(target.value);
          setWrong(null);
          // The cross of the field, not a key.
          if (type === "click") onChange([]);
        }}
        onPressEnter={take}
        onBlur={take}
      />
      {wrong && (
        <p id={fault} role="alert" className={styles.edgesFault}>
          {t(`edges.${wrong}`, { most: MOST_EDGES })}
        </p>
      )}
    </div>
  );
}

/** `500.00` is typed as `500`. */
function wholeAmount(minor: number, exponent: number): string {
  return minorToDecimal(minor, exponent).replace(/\.0+$/, "");
}

export function WindowPicker({ value, onChange }: { value: WindowName; onChange: (value: WindowName) => void }) {
  const { t } = useTranslation("analysis");
  return (
    <Control label={t("window.label")}>
      <Select
        aria-label={t("window.label")}
        className={styles.select}
        value={value}
        options={WINDOWS.map((name) => ({ value: name, label: t(`window.${name}`) }))}
        onChange={onChange}
      />
    </Control>
  );
}

/** Several attributes, or several figures; no more than `most`. */
export function ManyPicker({
  label,
  value,
  options,
  most,
  onChange,
}: {
  label: string;
  value: readonly string[];
  options: Options;
  most: number;
  onChange: (value: readonly string[]) => void;
}) {
  return (
    <Control label={label} width="wide">
      <Select
        aria-label={label}
        className={styles.select}
        mode="multiple"
        maxCount={most}
        value={[...value]}
        options={options}
        showSearch={{ optionFilterProp: "search" }}
        listHeight={360}
        onChange={(next: string[]) => onChange(next)}
      />
    </Control>
  );
}

/** Figures of purchases before those of the file. */
export function usePurchaseOptions(): Options {
  const { t } = useTranslation("analysis");
  const options = PURCHASES.map((name) => ({ value: name, label: t(`figure.${name}`), search: t(`figure.${name}`) }));
  return [{ label: t("figure.group"), options }];
}

/** Attributes as they are asked for: those this server does not know are left out. */
export function askedAmong(texts: readonly string[], catalogue: Catalogue): readonly Asked[] {
  return texts.flatMap((text) => {
    const asked = readAsked(text);
    return asked && findField(catalogue.fields, asked.field) ? [asked] : [];
  });
}
