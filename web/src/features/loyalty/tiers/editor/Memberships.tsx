import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { OneSku } from "@/components/goods";
import type { Ladder } from "../api";
import styles from "../tiers.module.css";
import { useTierOptions } from "../words";
import { Whole } from "./fields";

/** Goods that, once sold, put the buyer into a tier. */
export function Memberships({
  ladder,
  onChange,
}: {
  ladder: Ladder;
  onChange: (memberships: Ladder["memberships"]) => void;
}) {
  const { t } = useTranslation("tiers");
  const { memberships, tiers } = ladder;
  const put = (at: number, next: Partial<Ladder["memberships"][number]>) =>
    onChange(memberships.map((one, index) => (index === at ? { ...one, ...next } : one)));
  const tierOptions = useTierOptions(tiers);
  const highest = tiers[tiers.length - 1];
  return (
    <div>
      {memberships.map((membership, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are only added at the end and have no name but what is typed.
        <div key={at} className={styles.row}>
          <OneSku
            className={styles.wide}
            label={t("editor.sku")}
            value={membership.sku}
            onChange={(sku) => put(at, { sku })}
          />
          <Select
            className={styles.short}
            aria-label={t("column.tier")}
            value={membership.tier}
            options={tierOptions}
            onChange={(tier) => put(at, { tier })}
          />
          <Whole
            label={t("editor.months")}
            value={membership.months}
            least={1}
            most={120}
            unit={t("editor.months")}
            onChange={(months) => put(at, { months })}
          />
          <Button
            type="text"
            icon={<DeleteOutlined />}
            aria-label={t("editor.remove", { name: membership.sku })}
            onClick={() => onChange(memberships.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      <div className={styles.row}>
        <Button
          icon={<PlusOutlined />}
          disabled={highest === undefined}
          onClick={() => highest && onChange([...memberships, { sku: "", tier: highest.key, months: 12 }])}
        >
          {t("editor.add_sold")}
        </Button>
      </div>
    </div>
  );
}
