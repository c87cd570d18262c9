import { Count, Day, Money, None } from "@/components/figures";
import type { OwnField } from "./api";

/** A value of one of the operator's own fields, as people read it. */
export function OwnValue({ field, value, name }: { field: OwnField; value: unknown; name?: string | undefined }) {
  if (value === null || value === undefined) return <None />;
  const option = (key: string) => field.options.find((one) => one.key === key)?.name ?? key;
  switch (field.type) {
    case "number":
      return <Count value={value as number} />;
    case "money": {
      const { amount_minor, currency } = value as { amount_minor: number; currency: string };
      return <Money minor={amount_minor} currency={currency} />;
    }
    case "date":
      return <Day on={value as string} />;
    case "choice":
      return option(value as string);
    case "multi_choice":
      return (value as string[]).map(option).join("、");
    case "reference":
      return name ?? `#${value as number}`;
    default:
      return value as string;
  }
}
