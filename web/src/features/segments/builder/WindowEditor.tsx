import { DatePicker, InputNumber, Select, Space } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { CalendarUnit, Unit, Window } from "@/api/rule";
import { DEFAULT_WINDOW } from "../catalogue";
import styles from "./builder.module.css";
import { SpanValue } from "./values";

type WindowKind = "last" | "next" | "between" | "ago" | "calendar" | "ever";
const KINDS: readonly WindowKind[] = ["last", "next", "between", "calendar", "ago", "ever"];
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
  next: { next: { n: 7, unit: "days" } },
  between: { between: {} },
  ago: { ago: { from_n: 90, to_n: 30, unit: "days" } },
  calendar: { calendar: { which: "this", unit: "month" } },
  ever: { ever: true },
};

/** When: the last so many days, between two dates, a calendar period… `ahead`: also the days to come. */
export function WindowEditor({
  window,
  ahead = false,
  onChange,
}: {
  window: Window;
  ahead?: boolean;
  onChange: (window: Window) => void;
}) {
  const { t } = useTranslation("segments");
  return (
    <span className={styles.window}>
      <Select
        value={kindOf(window)}
        aria-label={t("window.label")}
        popupMatchSelectWidth={false}
        options={KINDS.filter((kind) => ahead || kind !== "next").map((kind) => ({
          value: kind,
          label: t(`window.kind.${kind}`),
        }))}
        onChange={(kind) => onChange(FRESH[kind])}
      />
      {"last" in window && <SpanValue value={window.last} onChange={(last) => onChange({ last })} />}
      {"next" in window && <SpanValue value={window.next} onChange={(next) => onChange({ next })} />}
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
