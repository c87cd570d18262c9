import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, InputNumber } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Deal } from "./api";
import styles from "./deals.module.css";
import type { Faults, Typed } from "./form";

/** What every part of the editor is given. */
export interface PartProps {
  readonly typed: Typed;
  readonly change: (next: Partial<Typed>) => void;
  readonly faults: Faults;
  readonly currency: string;
  readonly deal: Deal | null;
}

/** The list with the one at `at` changed. */
export function changed<T>(all: readonly T[], at: number, next: Partial<T>): readonly T[] {
  return all.map((one, there) => (there === at ? { ...one, ...next } : one));
}

export function without<T>(all: readonly T[], at: number): readonly T[] {
  return all.filter((_, there) => there !== at);
}

export function Whole({
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

export function WholeField({
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

export function Line({
  fault,
  onRemove,
  children,
}: {
  fault: string | null;
  onRemove: () => void;
  children: ReactNode;
}) {
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

export function Small({ label, whole = false, children }: { label: string; whole?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label className={styles.lineField} data-whole={whole || undefined}>
      <span>{label}</span>
      {children}
    </label>
  );
}

export function Add({ label, onClick }: { label: string; onClick: () => void }) {
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

export function Field({ id, label, hint, fault, children }: FieldProps) {
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
