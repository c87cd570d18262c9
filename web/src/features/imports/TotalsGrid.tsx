import { useTranslation } from "react-i18next";
import { Count, Money, When } from "@/components/figures";
import { type Fact, Facts, Figures } from "@/components/layout";
import type { Totals } from "./api";
import styles from "./imports.module.css";

/** The figures that decide whether the file is the right one; the rest stands folded below. */
const HEADLINES = [
  "net_minor",
  "orders",
  "returns",
  "lines",
  "customers",
  "products",
  "orders_below",
  "below_minor",
  "orders_above",
  "above_minor",
  "with_email",
  "email_consents",
] as const;

const REST = [
  "sales",
  "anonymous_orders",
  "known_lines",
  "known_net_minor",
  "known_orders",
  "known_sales_lines",
  "known_sales_orders",
  "known_sales_customers",
  "known_sales_net_minor",
  "unknown_price_lines",
  "repeated_rows",
  "with_phone",
  "sms_consents",
  "first_at",
  "last_at",
] as const;

/** What a file comes to, to the minor unit. */
export function TotalsGrid({ totals }: { totals: Totals }) {
  const { t } = useTranslation("imports");
  const present = <K extends string>(keys: readonly K[]) => keys.filter((key) => key in totals);
  const rest: Fact[] = present(REST).map((key) => ({
    key,
    label: t(`total.${key}`),
    value: <Total name={key} totals={totals} />,
  }));
  return (
    <>
      <Figures
        figures={present(HEADLINES).map((key) => ({
          key,
          label: t(`total.${key}`),
          value: <Total name={key} totals={totals} />,
        }))}
      />
      {rest.length > 0 && (
        <details className={styles.moreTotals}>
          <summary>{t("total.more")}</summary>
          <Facts facts={rest} />
        </details>
      )}
    </>
  );
}

function Total({ name, totals }: { name: string; totals: Totals }) {
  const value = totals[name];
  if (name.endsWith("_at")) return <When at={typeof value === "string" ? value : null} exact />;
  if (typeof value !== "number") return typeof value === "string" ? value : null;
  if (name.endsWith("_minor")) return <Money minor={value} currency={String(totals.currency)} />;
  return <Count value={value} />;
}
