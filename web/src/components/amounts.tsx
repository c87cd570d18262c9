import { Input } from "antd";
import { useState } from "react";
import { useReading } from "@/components/reading";
import { currencyExponent, currencySign, decimalToMinor, exactMoney, minorToDecimal } from "@/format/money";

/** Amounts as text, for buttons and messages. */
export function useAmounts(currency: string): (minor: number) => string {
  const { language, currency: homeCurrency } = useReading();
  return (minor) => exactMoney({ amount_minor: minor, currency }, { language, homeCurrency });
}

/** An amount typed in units and cents; null while it is none. */
export function AmountInput({
  minor,
  currency,
  label,
  onChange,
  className,
  disabled = false,
}: {
  minor: number | null;
  currency: string;
  label: string;
  onChange: (minor: number | null) => void;
  className?: string | undefined;
  disabled?: boolean;
}) {
  const { language, currency: homeCurrency } = useReading();
  const shown = minor === null ? "" : minorToDecimal(minor, currencyExponent(currency));
  const [typed, setTyped] = useState(shown);
  // What was chosen elsewhere is shown; what she is typing stays as she types it.
  const text = decimalToMinor(typed, currency) === minor ? typed : shown;
  return (
    <Input
      className={className}
      aria-label={label}
      inputMode="decimal"
      prefix={currencySign(currency, { language, homeCurrency })}
      disabled={disabled}
      value={text}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(decimalToMinor(target.value, currency));
      }}
    />
  );
}
