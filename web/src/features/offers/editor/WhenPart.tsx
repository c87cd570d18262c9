import { Checkbox, DatePicker, Select, TimePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { GoodsPicker } from "@/components/goods";
import { Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { isoDay } from "@/format/when";
import { dayEnd, dayStart, lastDay } from "../terms";
import styles from "./editor.module.css";
import { Field, type PartProps } from "./fields";
import type { Channel } from "./form";

export const CHANNELS: readonly Channel[] = [
  "pos",
  "web",
  "app",
  "wechat",
  "marketplace",
  "group_buy",
  "phone",
  "company",
];
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

const clock = (minute: number | null) => (minute === null ? null : dayjs("2026-01-01").add(minute, "minute"));
const minuteOf = (time: dayjs.Dayjs | null | undefined) => (time ? time.hour() * 60 + time.minute() : null);

/** In which stores and channels, on which days and at which hours. */
export function WhenPart({ form, change }: PartProps) {
  const { t } = useTranslation("offer_editor");
  const { timezone } = useReading();
  const { startsAt, endsAt, hours } = form;
  const firstDay = startsAt && isoDay(new Date(startsAt), timezone);
  const until = endsAt && lastDay(endsAt, timezone);
  const overMidnight = hours?.from != null && hours.until != null && hours.until < hours.from;
  return (
    <Section title={t("when.title")}>
      <Field id="offer-stores" label={t("when.stores")}>
        <div className={styles.wide}>
          <GoodsPicker
            id="offer-stores"
            kind="stores"
            placeholder={t("when.all_stores")}
            value={form.storeIds}
            onChange={(storeIds) => change({ storeIds })}
          />
        </div>
      </Field>
      <Field id="offer-channels" label={t("when.channels")}>
        <Select
          id="offer-channels"
          className={styles.wide}
          mode="multiple"
          placeholder={t("when.all_channels")}
          value={[...form.channels]}
          options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
          onChange={(channels) => change({ channels })}
        />
      </Field>
      <Field id="offer-window" label={t("when.window")} hint={t("when.window_hint", { timezone })} fault="window">
        <DatePicker.RangePicker
          id={{ start: "offer-window", end: "offer-window-end" }}
          allowEmpty={[true, true]}
          placeholder={[t("when.starts"), t("when.ends")]}
          value={[firstDay ? dayjs(firstDay) : null, until ? dayjs(until) : null]}
          onChange={(days) => {
            const from = days?.[0]?.format("YYYY-MM-DD") ?? null;
            const to = days?.[1]?.format("YYYY-MM-DD") ?? null;
            // A day that was not touched keeps its instant, which may lie within the day.
            change({
              startsAt: from === firstDay ? startsAt : from && dayStart(from, timezone),
              endsAt: to === until ? endsAt : to && dayEnd(to, timezone),
            });
          }}
        />
      </Field>
      <Field id="offer-weekdays" label={t("when.weekdays")} hint={form.weekdays.length === 0 && t("when.every_day")}>
        <Checkbox.Group
          className={styles.inRow}
          value={[...form.weekdays]}
          options={WEEKDAYS.map((day) => ({
            value: day,
            label: t(`weekday.d${day}`),
            ...(day === 1 ? { id: "offer-weekdays" } : {}),
          }))}
          onChange={(days) => change({ weekdays: [...days].sort((one, other) => one - other) })}
        />
      </Field>
      <Field
        id="offer-hours"
        label={t("when.hours")}
        hint={t(overMidnight ? "when.over_midnight" : "when.hours_hint")}
        fault="hours"
      >
        <TimePicker.RangePicker
          id={{ start: "offer-hours", end: "offer-hours-end" }}
          format="HH:mm"
          minuteStep={5}
          order={false}
          needConfirm={false}
          placeholder={[t("when.hours_from"), t("when.hours_until")]}
          value={[clock(hours?.from ?? null), clock(hours?.until ?? null)]}
          onChange={(times) => {
            const [from, until] = [minuteOf(times?.[0]), minuteOf(times?.[1])];
            change({ hours: from === null && until === null ? null : { from, until } });
          }}
        />
      </Field>
    </Section>
  );
}
