import { InputNumber } from "antd";
import type { ReactNode } from "react";
import { useReading } from "@/components/reading";
import { currencyExponent, currencySign, decimalToMinor, minorToDecimal } from "@/format/money";
import styles from "./programme.module.css";

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
  onChange,
}: {
  id: string;
  minor: number | null;
  currency: string;
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
      prefix={currencySign(currency, { language, homeCurrency })}
      value={minor === null ? null : minorToDecimal(minor, currencyExponent(currency))}
      onChange={(text) => onChange(text ? decimalToMinor(String(text), currency) : null)}
    />
  );
}
