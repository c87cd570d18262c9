import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Count, Masked, Money, When } from "@/components/figures";
import { Facts } from "@/components/layout";
import { BoneLines } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type CustomerRow, useTimeline } from "./api";
import { CustomerName } from "./CustomersPage";
import styles from "./customers.module.css";
import { Story } from "./Story";

/** A customer at a glance, beside the list. */
export function CustomerPreview({ row }: { row: CustomerRow }) {
  const { t } = useTranslation("customers");
  const timeline = useTimeline(row.id, []);
  return (
    <div className={styles.preview}>
      <Link to={`/customers/${row.id}`} className={styles.previewName}>
        <CustomerName row={row} />
      </Link>
      {row.tags.length > 0 && (
        <span className={styles.tags}>
          {row.tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </span>
      )}
      <Facts
        facts={[
          { key: "phone", label: t("column.phone"), value: <Masked masked={row.phone} /> },
          { key: "email", label: t("column.email"), value: <Masked masked={row.email} /> },
          {
            key: "spent",
            label: t("column.spent"),
            value: <Money minor={row.spent?.amount_minor} currency={row.spent?.currency} />,
          },
          { key: "orders", label: t("column.orders"), value: <Count value={row.orders_count} /> },
          { key: "last", label: t("column.last_order"), value: <When at={row.last_order_at} /> },
        ]}
      />
      {timeline.data ? (
        <Story entries={(timeline.data.pages[0]?.items ?? []).slice(0, 6)} />
      ) : (
        !timeline.error && <BoneLines lines={5} />
      )}
    </div>
  );
}
