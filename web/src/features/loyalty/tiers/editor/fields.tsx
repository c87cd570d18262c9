import { InputNumber, Select } from "antd";
import type { ReactNode } from "react";
import styles from "../tiers.module.css";

/** Several lines of text, each a promise or a name. */
export function Texts({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: string[];
  onChange: (texts: string[]) => void;
}) {
  return (
    <Select
      mode="tags"
      open={false}
      suffixIcon={null}
      className={styles.full}
      aria-label={label}
      placeholder={hint}
      tokenSeparators={["，", ",", "\n"]}
      value={value}
      onChange={onChange}
    />
  );
}

/** A whole number with its unit. */
export function Whole({
  label,
  value,
  least,
  most,
  unit,
  onChange,
}: {
  label: string;
  value: number;
  least: number;
  most: number;
  unit: string;
  onChange: (value: number) => void;
}) {
  return (
    <InputNumber
      className={styles.number}
      aria-label={label}
      min={least}
      max={most}
      precision={0}
      controls={false}
      suffix={unit}
      value={value}
      onChange={(next) => next !== null && onChange(next)}
    />
  );
}

export function Field({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <span>{label}</span>
      <div>
        {children}
        {hint && <p className={styles.hint}>{hint}</p>}
      </div>
    </div>
  );
}
