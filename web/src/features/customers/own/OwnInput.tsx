import { Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { currencyExponent, decimalToMinor, minorToDecimal } from "@/format/money";
import { type OwnField, useReferences } from "./api";

type Money = { amount_minor: number; currency: string };

/** What a form item hands its control, `id` and `aria-…` among them. */
interface Control {
  id?: string;
  value?: unknown;
  onChange?: (value: unknown) => void;
}

/** The editor of a value of one of the operator's own fields. */
export function OwnInput({ field, name, ...control }: Control & { field: OwnField; name?: string | undefined }) {
  const { id, value, onChange } = control;
  const set = (next: unknown) => onChange?.(next ?? null);
  const options = field.options.map(({ key, name: label }) => ({ value: key, label }));
  const named = id === undefined ? {} : { id };
  switch (field.type) {
    case "number":
      return <InputNumber {...named} style={{ width: "100%" }} value={value as number | null} onChange={set} />;
    case "money":
      return <AmountInput {...named} value={value as Money | null} currency={field.currency ?? "CNY"} onChange={set} />;
    case "date":
      return (
        <Input
          {...named}
          type="date"
          value={(value as string) ?? ""}
          onChange={(event) => set(event.target.value || null)}
        />
      );
    case "choice":
      return <Select {...named} allowClear options={options} value={value as string} onChange={set} />;
    case "multi_choice":
      return (
        <Select
          {...named}
          mode="multiple"
          allowClear
          options={options}
          value={(value as string[]) ?? []}
          onChange={set}
        />
      );
    case "reference":
      return <ReferenceSelect {...named} field={field} name={name} value={value as number | null} onChange={set} />;
    default:
      return (
        <Input
          {...named}
          maxLength={500}
          value={(value as string) ?? ""}
          onChange={(event) => set(event.target.value)}
        />
      );
  }
}

function AmountInput({
  id,
  value,
  currency,
  onChange,
}: {
  id?: string;
  value: Money | null;
  currency: string;
  onChange: (value: Money | null) => void;
}) {
  const digits = currencyExponent(currency);
  return (
    <InputNumber<string>
      {...(id === undefined ? {} : { id })}
      stringMode
      style={{ width: "100%" }}
      precision={digits}
      prefix={currency}
      value={value ? minorToDecimal(value.amount_minor, digits) : null}
      onChange={(next) => {
        const amount_minor = next === null ? null : decimalToMinor(next, currency);
        onChange(amount_minor === null ? null : { amount_minor, currency });
      }}
    />
  );
}

function ReferenceSelect({
  id,
  field,
  name,
  value,
  onChange,
}: {
  id?: string;
  field: OwnField;
  name: string | undefined;
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  const [open, setOpen] = useState(false);
  const [q, setQ] = useState("");
  const found = useReferences(field.id, q.trim(), open);
  const options = (found.data ?? []).map(({ id: one, name: label }) => ({ value: one, label }));
  if (value && name && !options.some((option) => option.value === value)) options.push({ value, label: name });
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      allowClear
      showSearch={{ filterOption: false, onSearch: setQ }}
      loading={found.isFetching}
      onOpenChange={setOpen}
      value={value}
      options={options}
      onChange={(next) => onChange(next ?? null)}
    />
  );
}
