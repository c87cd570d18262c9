import { DatePicker, InputNumber, Radio, Select, Switch, TimePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { GoodsPicker } from "@/components/goods";
import { Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import styles from "./deals.module.css";
import { Add, changed, Field, Line, type PartProps, Small, WholeField, without } from "./fields";
import { FRESH_HOURS, faultAt } from "./form";

const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;

/** How, where and when vouchers are used, and what comes back. */
export function VoucherFields({ typed, change, faults }: PartProps) {
  const { t } = useTranslation("deals");
  const { language } = useReading();
  const weekday = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
  // 1 January 2024 was a Monday.
  const week = WEEK.map((one) => ({ value: one, label: weekday.format(new Date(Date.UTC(2024, 0, one))) }));
  const lastFault = ["valid_days", "valid_until", "valid_after_days"].map((one) => faultAt(faults, `validity.${one}`));
  return (
    <>
      <Section title={t("part.voucher")}>
        <WholeField
          id="deal-uses"
          label={t("field.uses")}
          unit={t("field.times")}
          hint={t("field.uses_hint")}
          fault={faultAt(faults, "uses")}
          value={typed.uses}
          max={100}
          onChange={(uses) => change({ uses })}
        />
        <WholeField
          id="deal-after"
          label={t("field.after")}
          unit={t("field.after_unit")}
          value={typed.afterDays}
          min={0}
          max={365}
          onChange={(afterDays) => change({ afterDays })}
        />
        <Field label={t("field.last")} fault={lastFault.find(Boolean) ?? faults.validity ?? null}>
          <Radio.Group
            className={styles.row}
            value={typed.last}
            onChange={({ target }) => change({ last: target.value })}
            options={[
              { value: "days", label: t("field.last_days") },
              { value: "date", label: t("field.last_date") },
            ]}
          />
          {typed.last === "days" ? (
            <InputNumber
              className={styles.short}
              aria-label={t("field.last_days")}
              controls={false}
              precision={0}
              min={0}
              max={1_825}
              suffix={t("field.days_unit")}
              value={typed.validDays}
              onChange={(validDays) => change({ validDays })}
            />
          ) : (
            <DatePicker
              aria-label={t("field.last_date")}
              value={typed.validUntil ? dayjs(typed.validUntil) : null}
              onChange={(day) => change({ validUntil: day?.format("YYYY-MM-DD") ?? null })}
            />
          )}
        </Field>
      </Section>
      <Section title={t("part.where")}>
        <Field
          id="deal-stores"
          label={t("field.stores")}
          hint={t("field.stores_hint")}
          fault={faultAt(faults, "validity.store_ids")}
        >
          <GoodsPicker
            kind="stores"
            id="deal-stores"
            className={styles.wide}
            label={t("field.stores")}
            value={typed.storeIds}
            onChange={(storeIds) => change({ storeIds })}
          />
        </Field>
        <Field label={t("field.hours")} hint={t("field.hours_hint")}>
          <div className={styles.rows}>
            {typed.hours.map((one, at) => {
              const put = (next: Partial<typeof one>) => change({ hours: changed(typed.hours, at, next) });
              return (
                <Line
                  // biome-ignore lint/suspicious/noArrayIndexKey: hours have nothing else that is theirs alone.
                  key={at}
                  fault={faultAt(faults, `validity.hours.${at}`)}
                  onRemove={() => change({ hours: without(typed.hours, at) })}
                >
                  <Small label={t("field.weekdays")} whole>
                    <Select
                      mode="multiple"
                      className={styles.wide}
                      aria-label={t("field.weekdays")}
                      value={[...one.weekdays]}
                      options={week}
                      onChange={(weekdays) => put({ weekdays })}
                    />
                  </Small>
                  <Small label={t("field.opens")}>
                    <Clock label={t("field.opens")} value={one.opens} onChange={(opens) => put({ opens })} />
                  </Small>
                  <Small label={t("field.closes")}>
                    <Clock label={t("field.closes")} value={one.closes} onChange={(closes) => put({ closes })} />
                  </Small>
                </Line>
              );
            })}
            <Add label={t("field.add_hours")} onClick={() => change({ hours: [...typed.hours, FRESH_HOURS] })} />
          </div>
        </Field>
        <Field id="deal-blackout" label={t("field.blackout")} fault={faultAt(faults, "validity.blackout_days")}>
          <DatePicker
            id="deal-blackout"
            className={styles.wide}
            multiple
            maxTagCount="responsive"
            value={typed.blackout.map((day) => dayjs(day))}
            onChange={(days) => change({ blackout: (days ?? []).map((day) => day.format("YYYY-MM-DD")) })}
          />
        </Field>
      </Section>
      <Section title={t("part.refund")}>
        <Field id="deal-refund" label={t("field.refund")} hint={t("field.refund_hint")}>
          <Switch id="deal-refund" checked={typed.refundUnused} onChange={(refundUnused) => change({ refundUnused })} />
        </Field>
        <Field label={t("field.expiry")}>
          <Radio.Group
            className={styles.row}
            value={typed.onExpiry}
            onChange={({ target }) => change({ onExpiry: target.value })}
            options={[
              { value: "refund", label: t("field.expiry_refund") },
              { value: "keep", label: t("field.expiry_keep") },
            ]}
          />
        </Field>
        <Field
          id="deal-commission"
          label={t("field.commission")}
          hint={t("field.commission_hint")}
          fault={faultAt(faults, "commission_bp")}
        >
          <InputNumber
            id="deal-commission"
            className={styles.short}
            controls={false}
            min={0}
            max={100}
            precision={2}
            suffix="%"
            value={typed.commissionPercent}
            onChange={(commissionPercent) => change({ commissionPercent })}
          />
        </Field>
      </Section>
    </>
  );
}

function Clock({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <TimePicker
      className={styles.wide}
      aria-label={label}
      format="HH:mm"
      minuteStep={5}
      allowClear={false}
      value={dayjs(`2024-01-01T${value}`)}
      onChange={(time) => time && onChange(time.format("HH:mm"))}
    />
  );
}
