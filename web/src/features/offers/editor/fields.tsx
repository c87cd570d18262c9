import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, InputNumber, Radio } from "antd";
import { createContext, type ReactNode, useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import { GoodsPicker } from "@/components/goods";
import { useReading } from "@/components/reading";
import { currencyExponent, currencySign, decimalToMinor, minorToDecimal } from "@/format/money";
import styles from "./editor.module.css";
import { ALL_GOODS, type Faults, type Form, type Goods, MOST_PARTS, namesSomething, type Portion } from "./form";

/** What every part of the editor works on. */
export interface PartProps {
  readonly form: Form;
  readonly change: (next: Partial<Form>) => void;
  readonly currency: string;
}

/** Words for what is wrong at a field, once it is time to say it. */
export const FaultWords = createContext<Readonly<Record<string, string>>>({});

/** The faults of the form as words by field; a new form is not scolded before it is saved. */
export function useFaultWords(faults: Faults): Readonly<Record<string, string>> {
  const { t } = useTranslation("offer_editor");
  return Object.fromEntries(Object.entries(faults).map(([field, code]) => [field, t(`fault.${code}`)]));
}

export function Fault({ of }: { of: string }) {
  const words = useContext(FaultWords)[of];
  return words ? (
    <p className={styles.fault} id={`fault-${of}`} role="alert">
      {words}
    </p>
  ) : null;
}

export function Field({
  id,
  label,
  hint,
  fault,
  children,
}: {
  id: string;
  label: string;
  hint?: ReactNode;
  /** The field of the form whose fault is shown here. */
  fault?: string;
  children: ReactNode;
}) {
  const isFaulty = useContext(FaultWords)[fault ?? ""] !== undefined;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div>
        {children}
        {fault && <Fault of={fault} />}
        {!isFaulty && hint && <p className={styles.hint}>{hint}</p>}
      </div>
    </div>
  );
}

/** An amount of the terms' currency; empty is null. */
export function Amount({
  id,
  label,
  minor,
  currency,
  placeholder,
  onChange,
}: {
  id?: string;
  label?: string;
  minor: number | null;
  currency: string;
  placeholder?: string;
  onChange: (minor: number | null) => void;
}) {
  const { language, currency: homeCurrency } = useReading();
  return (
    <InputNumber<string>
      id={id}
      className={styles.short}
      aria-label={label}
      stringMode
      controls={false}
      min="0"
      placeholder={placeholder}
      prefix={currencySign(currency, { language, homeCurrency })}
      value={minor === null ? null : minorToDecimal(minor, currencyExponent(currency))}
      onChange={(text) => onChange(text ? decimalToMinor(String(text), currency) : null)}
    />
  );
}

/** A number with its unit; empty is null. */
export function Figure({
  id,
  label,
  value,
  least = 1,
  most,
  decimals = 0,
  unit,
  placeholder,
  onChange,
}: {
  id?: string;
  label?: string;
  value: number | null;
  least?: number;
  most: number;
  decimals?: number;
  unit: string;
  placeholder?: string;
  onChange: (value: number | null) => void;
}) {
  return (
    <InputNumber
      id={id}
      className={styles.short}
      aria-label={label}
      min={least}
      max={most}
      precision={decimals}
      controls={false}
      suffix={unit}
      placeholder={placeholder}
      formatter={(text) =>
        String(text ?? "")
          .replace(/(\.\d*?)0+$/, "$1")
          .replace(/\.$/, "")
      }
      value={value}
      onChange={onChange}
    />
  );
}

/** A few choices, each with a line that says what it means. */
export function Choices<T extends string>({
  id,
  value,
  choices,
  onChange,
}: {
  id: string;
  value: T;
  choices: readonly { readonly value: T; readonly label: string; readonly about?: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <Radio.Group
      id={id}
      className={styles.choices}
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
      options={choices.map(({ value, label, about }) => ({
        value,
        label: (
          <>
            {label}
            {about && <span className={styles.about}>{about}</span>}
          </>
        ),
      }))}
    />
  );
}

const NAMED = [
  ["categories", "category_ids", "except_category_ids"],
  ["brands", "brand_ids", "except_brand_ids"],
  ["products", "product_ids", "except_product_ids"],
] as const;

/** Which goods are meant: all or some, and of them some not. `nothing` words the choice of none, where that is one. */
export function GoodsChoice({
  id,
  goods,
  nothing,
  onChange,
}: {
  id: string;
  goods: Goods;
  nothing?: string;
  onChange: (goods: Goods) => void;
}) {
  const { t } = useTranslation("offer_editor");
  const excepts = goods.except_product_ids.length + goods.except_category_ids.length + goods.except_brand_ids.length;
  const [some, setSome] = useState(namesSomething(goods));
  const [without, setWithout] = useState(excepts > 0);
  const open = some || namesSomething(goods);
  return (
    <div className={styles.stack}>
      <Radio.Group
        id={id}
        className={styles.inRow}
        value={open}
        onChange={(event) => {
          setSome(event.target.value);
          if (!event.target.value) onChange({ ...goods, product_ids: [], category_ids: [], brand_ids: [] });
        }}
        options={[
          { value: false, label: nothing ?? t("goods.all") },
          { value: true, label: t("goods.some") },
        ]}
      />
      {open && (
        <div className={styles.pickers}>
          {NAMED.map(([kind, field]) => (
            <GoodsPicker
              key={kind}
              kind={kind}
              label={t(`goods.${kind}`)}
              placeholder={t(`goods.${kind}`)}
              value={goods[field]}
              onChange={(ids) => onChange({ ...goods, [field]: ids })}
            />
          ))}
        </div>
      )}
      {(nothing === undefined || open) && (
        <>
          <Checkbox
            checked={without || excepts > 0}
            onChange={(event) => {
              setWithout(event.target.checked);
              if (!event.target.checked) {
                onChange({ ...goods, except_product_ids: [], except_category_ids: [], except_brand_ids: [] });
              }
            }}
          >
            {t("goods.except")}
          </Checkbox>
          {(without || excepts > 0) && (
            <div className={styles.pickers}>
              {NAMED.map(([kind, , field]) => (
                <GoodsPicker
                  key={kind}
                  kind={kind}
                  label={t(`goods.except_${kind}`)}
                  placeholder={t(`goods.except_${kind}`)}
                  value={goods[field]}
                  onChange={(ids) => onChange({ ...goods, [field]: ids })}
                />
              ))}
            </div>
          )}
          <Checkbox
            checked={!goods.on_reduced}
            onChange={(event) => onChange({ ...goods, on_reduced: !event.target.checked })}
          >
            {t("goods.not_reduced")}
          </Checkbox>
        </>
      )}
    </div>
  );
}

/** Several goods, each with how many of them: the parts of a bundle, what must be in the cart. */
export function Portions({
  id,
  portions,
  least,
  add,
  onChange,
}: {
  /** The name of the list in the form, by which its faults are named. */
  id: "parts" | "contains";
  portions: readonly Portion[];
  least: number;
  add: string;
  onChange: (portions: readonly Portion[]) => void;
}) {
  const { t } = useTranslation("offer_editor");
  const put = (place: number, next: Partial<Portion>) =>
    onChange(portions.map((portion, at) => (at === place ? { ...portion, ...next } : portion)));
  return (
    <div className={styles.stack}>
      {portions.map((portion, place) => (
        // Portions have no name of their own, and their order is what they mean.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={place} className={styles.thing}>
          <div className={styles.thingHead}>
            <Figure
              label={t("portion.quantity", { number: place + 1 })}
              value={portion.quantity}
              most={100_000}
              unit={t("unit.pieces")}
              onChange={(quantity) => put(place, { quantity })}
            />
            <Button
              type="text"
              icon={<DeleteOutlined />}
              disabled={portions.length <= least}
              aria-label={t("portion.remove", { number: place + 1 })}
              onClick={() => onChange(portions.filter((_, at) => at !== place))}
            />
          </div>
          <Fault of={`${id}.${place}`} />
          <GoodsChoice id={`${id}-${place}`} goods={portion.goods} onChange={(goods) => put(place, { goods })} />
        </div>
      ))}
      <div>
        <Button
          type="text"
          size="small"
          icon={<PlusOutlined />}
          disabled={portions.length >= MOST_PARTS}
          onClick={() => onChange([...portions, { goods: ALL_GOODS, quantity: 1 }])}
        >
          {add}
        </Button>
      </div>
    </div>
  );
}
