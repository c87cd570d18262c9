import { InputNumber, Radio } from "antd";
import type { ReactNode } from "react";
import { useReading } from "@/components/reading";
import { currencyExponent, currencySign, decimalToMinor, minorToDecimal } from "@/format/money";
import styles from "../programme.module.css";

export function Field({
  id,
  label,
  hint,
  children,
}: {
  id: string;
  label: string;
  hint?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div>
        {children}
        {hint && <p className={styles.hint}>{hint}</p>}
      </div>
    </div>
  );
}

/** An amount of the programme's currency; empty is null. */
export function Amount({
  id,
  minor,
  currency,
  placeholder,
  onChange,
}: {
  id: string;
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

/** A whole number with its unit; empty is null. */
export function Whole({
  id,
  value,
  least = 0,
  most,
  unit,
  placeholder,
  onChange,
}: {
  id: string;
  value: number | null;
  least?: number;
  most: number;
  unit: string;
  placeholder?: string;
  onChange: (value: number | null) => void;
}) {
  return (
    <InputNumber
      id={id}
      className={styles.short}
      min={least}
      max={most}
      precision={0}
      controls={false}
      suffix={unit}
      placeholder={placeholder}
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

/** A key that none of these has; it never changes again, so that history stays readable. */
export function freeKey(kind: string, things: readonly { readonly key: string }[]): string {
  const taken = new Set(things.map(({ key }) => key));
  const made = `${kind}_${Date.now().toString(36)}`;
  let number = 1;
  while (taken.has(`${made}_${number}`)) number += 1;
  return `${made}_${number}`;
}
