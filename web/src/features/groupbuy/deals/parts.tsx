import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, DatePicker, Input, InputNumber, Radio, Select, Switch, TimePicker } from "antd";
import dayjs from "dayjs";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { AmountInput } from "@/components/amounts";
import { GoodsPicker, OneProduct } from "@/components/goods";
import { Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { type Deal, useMerchantChoices } from "./api";
import styles from "./deals.module.css";
import { type Faults, FRESH_HOURS, FRESH_ITEM, FRESH_STEP, faultAt, type Typed, type TypedStep } from "./form";

interface PartProps {
  readonly typed: Typed;
  readonly change: (next: Partial<Typed>) => void;
  readonly faults: Faults;
  readonly currency: string;
  readonly deal: Deal | null;
}

/** The list with the one at `at` changed. */
function changed<T>(all: readonly T[], at: number, next: Partial<T>): readonly T[] {
  return all.map((one, there) => (there === at ? { ...one, ...next } : one));
}

function without<T>(all: readonly T[], at: number): readonly T[] {
  return all.filter((_, there) => there !== at);
}

export function WhatFields({
  typed,
  change,
  faults,
  currency,
  deal,
  onMerchant,
}: PartProps & { onMerchant: (name: string) => void }) {
  const { t } = useTranslation("deals");
  return (
    <>
      <Section title={t("part.who")}>
        <Field
          id="deal-merchant"
          label={t("field.merchant")}
          hint={deal && t("field.merchant_fixed")}
          fault={faultAt(faults, "merchant_id")}
        >
          {deal ? (
            <Input id="deal-merchant" disabled value={deal.merchant.name} />
          ) : (
            <MerchantChoice
              value={typed.merchantId}
              onChange={(id, name) => {
                change({ merchantId: id });
                onMerchant(name);
              }}
            />
          )}
        </Field>
        <Field
          id="deal-product"
          label={t("field.product")}
          hint={t("field.product_hint")}
          fault={faultAt(faults, "product_id")}
        >
          <OneProduct
            id="deal-product"
            className={styles.wide}
            label={t("field.product")}
            value={typed.productId}
            onChange={(product) => change({ productId: product?.id ?? null })}
          />
        </Field>
        <Field id="deal-name" label={t("field.name")} hint={t("field.name_hint")} fault={faultAt(faults, "name")}>
          <Input
            id="deal-name"
            maxLength={120}
            value={typed.name}
            onChange={({ target }) =>
              // The title follows the name until it is given words of its own.
              change({ name: target.value, ...(typed.titleZh === typed.name ? { titleZh: target.value } : {}) })
            }
          />
        </Field>
      </Section>
      <Section title={t("part.words")}>
        <Field
          id="deal-title"
          label={t("field.title")}
          hint={t("field.title_en_hint")}
          fault={faultAt(faults, "title_zh") ?? faultAt(faults, "title_en")}
        >
          <div className={styles.two}>
            <Input
              id="deal-title"
              maxLength={120}
              placeholder={t("field.zh")}
              value={typed.titleZh}
              onChange={({ target }) => change({ titleZh: target.value })}
            />
            <Input
              maxLength={120}
              placeholder={t("field.en")}
              aria-label={`${t("field.title")} ${t("field.en")}`}
              value={typed.titleEn}
              onChange={({ target }) => change({ titleEn: target.value })}
            />
          </div>
        </Field>
        <Field
          id="deal-about"
          label={t("field.about")}
          fault={faultAt(faults, "about_zh") ?? faultAt(faults, "about_en")}
        >
          <div className={styles.two}>
            <Input.TextArea
              id="deal-about"
              rows={4}
              maxLength={4_000}
              placeholder={t("field.zh")}
              value={typed.aboutZh}
              onChange={({ target }) => change({ aboutZh: target.value })}
            />
            <Input.TextArea
              rows={4}
              maxLength={4_000}
              placeholder={t("field.en")}
              aria-label={`${t("field.about")} ${t("field.en")}`}
              value={typed.aboutEn}
              onChange={({ target }) => change({ aboutEn: target.value })}
            />
          </div>
        </Field>
      </Section>
      <Section title={t("part.package")}>
        <div className={styles.rows}>
          {typed.items.map((item, at) => {
            const put = (next: Partial<typeof item>) => change({ items: changed(typed.items, at, next) });
            return (
              <Line
                // biome-ignore lint/suspicious/noArrayIndexKey: things have nothing else that is theirs alone.
                key={at}
                fault={faultAt(faults, `package.${at}`)}
                onRemove={() => change({ items: without(typed.items, at) })}
              >
                <Small label={t("field.item")}>
                  <Input maxLength={120} value={item.nameZh} onChange={({ target }) => put({ nameZh: target.value })} />
                </Small>
                <Small label={t("field.item_en")}>
                  <Input maxLength={120} value={item.nameEn} onChange={({ target }) => put({ nameEn: target.value })} />
                </Small>
                <Small label={t("field.quantity")}>
                  <Whole value={item.quantity} min={1} max={1_000} onChange={(quantity) => put({ quantity })} />
                </Small>
                <Small label={t("field.value")}>
                  <AmountInput
                    label={t("field.value")}
                    currency={currency}
                    minor={item.valueMinor}
                    onChange={(valueMinor) => put({ valueMinor })}
                  />
                </Small>
              </Line>
            );
          })}
          <Add label={t("field.add_item")} onClick={() => change({ items: [...typed.items, FRESH_ITEM] })} />
        </div>
      </Section>
      <Section>
        <Field label={t("field.list")} hint={t("field.list_hint")} fault={faultAt(faults, "list_price_minor")}>
          <AmountInput
            className={styles.short}
            label={t("field.list")}
            currency={currency}
            minor={typed.listMinor}
            onChange={(listMinor) => change({ listMinor })}
          />
        </Field>
      </Section>
    </>
  );
}

export function PriceFields({ typed, change, faults, currency, deal }: PartProps) {
  const { t } = useTranslation("deals");
  const { timezone } = useReading();
  const taken = deal ? deal.stock - deal.left : 0;
  return (
    <>
      <Section title={t("part.ladder")} about={t("part.ladder_about")}>
        <div className={styles.rows}>
          {typed.ladder.map((step, at) => {
            const put = (next: Partial<TypedStep>) => change({ ladder: changed(typed.ladder, at, next) });
            return (
              <Line
                // biome-ignore lint/suspicious/noArrayIndexKey: a step has nothing that is its alone while it is typed.
                key={at}
                fault={faultAt(faults, `ladder.${at}`)}
                onRemove={() => change({ ladder: without(typed.ladder, at) })}
              >
                <Small label={t("field.size")}>
                  <Whole value={step.size} min={1} max={200} onChange={(size) => put({ size })} />
                </Small>
                <Small label={t("field.price")}>
                  <AmountInput
                    label={t("field.price")}
                    currency={currency}
                    minor={step.priceMinor}
                    onChange={(priceMinor) => put({ priceMinor })}
                  />
                </Small>
                <Small label={t("field.forms_at")}>
                  <Whole value={step.formsAt} min={1} max={200} onChange={(formsAt) => put({ formsAt })} />
                </Small>
              </Line>
            );
          })}
          {faults.ladder && <p className={styles.fault}>{faults.ladder}</p>}
          <p className={styles.hint}>{t("field.forms_at_hint")}</p>
          {typed.ladder.length < 10 && (
            <Add label={t("field.add_step")} onClick={() => change({ ladder: [...typed.ladder, FRESH_STEP] })} />
          )}
        </div>
      </Section>
      <Section title={t("part.time")}>
        <Field
          id="deal-window"
          label={t("field.window")}
          hint={t("field.window_hint", { timezone })}
          fault={faultAt(faults, "starts_at") ?? faultAt(faults, "ends_at")}
        >
          <DatePicker.RangePicker
            id={{ start: "deal-window", end: "deal-window-end" }}
            className={styles.wide}
            showTime={{ format: "HH:mm" }}
            format="YYYY-MM-DD HH:mm"
            placeholder={[t("field.starts"), t("field.ends")]}
            value={[typed.starts ? dayjs(typed.starts) : null, typed.ends ? dayjs(typed.ends) : null]}
            onChange={(moments) =>
              change({
                starts: moments?.[0]?.format("YYYY-MM-DD HH:mm") ?? null,
                ends: moments?.[1]?.format("YYYY-MM-DD HH:mm") ?? null,
              })
            }
          />
        </Field>
        <WholeField
          id="deal-hours"
          label={t("field.group_hours")}
          unit={t("field.hours_unit")}
          hint={t("field.group_hours_hint")}
          fault={faultAt(faults, "group_hours")}
          value={typed.groupHours}
          max={720}
          onChange={(groupHours) => change({ groupHours })}
        />
        <WholeField
          id="deal-minutes"
          label={t("field.pay_minutes")}
          unit={t("field.minutes_unit")}
          hint={t("field.pay_minutes_hint")}
          fault={faultAt(faults, "pay_minutes")}
          value={typed.payMinutes}
          max={120}
          onChange={(payMinutes) => change({ payMinutes })}
        />
        <WholeField
          id="deal-stock"
          label={t("field.stock")}
          unit={t("field.pieces")}
          hint={taken > 0 && t("field.stock_taken", { taken })}
          fault={faultAt(faults, "stock")}
          value={typed.stock}
          min={taken}
          max={1_000_000_000}
          onChange={(stock) => change({ stock })}
        />
        <WholeField
          id="deal-per-order"
          label={t("field.per_order")}
          unit={t("field.pieces")}
          fault={faultAt(faults, "most_per_order")}
          value={typed.perOrder}
          max={100}
          onChange={(perOrder) => change({ perOrder })}
        />
        <WholeField
          id="deal-per-person"
          label={t("field.per_person")}
          unit={t("field.pieces")}
          hint={t("field.per_person_hint")}
          fault={faultAt(faults, "most_per_person")}
          value={typed.perPerson}
          max={10_000}
          onChange={(perPerson) => change({ perPerson })}
        />
      </Section>
    </>
  );
}

const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;

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

function MerchantChoice({
  value,
  onChange,
}: {
  value: number | null;
  onChange: (id: number | null, name: string) => void;
}) {
  const { t } = useTranslation("deals");
  const { t: kit } = useTranslation("kit");
  const [search, setSearch] = useState("");
  const found = useMerchantChoices(search);
  return (
    <Select
      id="deal-merchant"
      className={styles.wide}
      allowClear
      placeholder={t("field.merchant_placeholder")}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      loading={found.isFetching}
      notFoundContent={kit(found.isPending ? "goods.looking" : "goods.none")}
      value={value}
      options={(found.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(id: number | null | undefined) =>
        onChange(id ?? null, found.data?.find((one) => one.id === id)?.name ?? "")
      }
    />
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

function Whole({
  value,
  min,
  max,
  onChange,
}: {
  value: number | null;
  min: number;
  max: number;
  onChange: (value: number | null) => void;
}) {
  return (
    <InputNumber
      className={styles.wide}
      controls={false}
      precision={0}
      min={min}
      max={max}
      value={value}
      onChange={onChange}
    />
  );
}

function WholeField({
  unit,
  min = 1,
  max,
  value,
  onChange,
  ...field
}: Omit<FieldProps, "children"> & {
  id: string;
  unit: string;
  min?: number;
  max: number;
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  return (
    <Field {...field}>
      <InputNumber
        id={field.id}
        className={styles.short}
        controls={false}
        precision={0}
        min={min}
        max={max}
        suffix={unit}
        value={value}
        onChange={onChange}
      />
    </Field>
  );
}

function Line({ fault, onRemove, children }: { fault: string | null; onRemove: () => void; children: ReactNode }) {
  const { t } = useTranslation("deals");
  return (
    <div className={styles.line}>
      <div className={styles.lineFields}>
        {children}
        <Button type="text" icon={<DeleteOutlined />} aria-label={t("field.remove")} onClick={onRemove} />
      </div>
      {fault && <p className={styles.fault}>{fault}</p>}
    </div>
  );
}

function Small({ label, whole = false, children }: { label: string; whole?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label className={styles.lineField} data-whole={whole || undefined}>
      <span>{label}</span>
      {children}
    </label>
  );
}

function Add({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <div>
      <Button type="dashed" icon={<PlusOutlined />} onClick={onClick}>
        {label}
      </Button>
    </div>
  );
}

interface FieldProps {
  readonly id?: string;
  readonly label: string;
  readonly hint?: ReactNode;
  readonly fault?: string | null;
  readonly children: ReactNode;
}

function Field({ id, label, hint, fault, children }: FieldProps) {
  const below = fault ? <p className={styles.fault}>{fault}</p> : hint && <p className={styles.hint}>{hint}</p>;
  return (
    <div className={styles.field}>
      {id === undefined ? (
        <span className={styles.label}>{label}</span>
      ) : (
        <label className={styles.label} htmlFor={id}>
          {label}
        </label>
      )}
      <div>
        {children}
        {below}
      </div>
    </div>
  );
}
