import { DeleteOutlined } from "@ant-design/icons";
import { App, Button, DatePicker, Popconfirm } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AmountInput } from "@/components/amounts";
import { Day, Money } from "@/components/figures";
import { Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines } from "@/components/states";
import { type Product, type ProductCost, useCosts, useRemoveCost, useSetCosts } from "./api";
import styles from "./products.module.css";

/** What one piece costs the house: from which day on, and what it cost before. */
export function ProductCosts({ product }: { product: Product }) {
  const { t } = useTranslation("products");
  const costs = useCosts(product.id);
  return (
    <Section title={t("cost.title")} about={t("cost.about")}>
      <NewCost product={product} />
      {costs.data === undefined ? (
        costs.error ? (
          <Refused error={costs.error} />
        ) : (
          <BoneLines lines={2} />
        )
      ) : costs.data.length === 0 ? (
        <p className={styles.soft}>{t("cost.none")}</p>
      ) : (
        <ul className={styles.costs}>
          {costs.data.map((cost) => (
            <Kept key={cost.id} cost={cost} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function NewCost({ product }: { product: Product }) {
  const { t } = useTranslation("products");
  const { message } = App.useApp();
  const { currency } = useReading();
  const set = useSetCosts();
  const [minor, setMinor] = useState<number | null>(null);
  const [day, setDay] = useState(dayjs().format("YYYY-MM-DD"));
  const keep = () => {
    if (minor === null) return;
    set.mutate([{ sku: product.sku, cost: { amount_minor: minor, currency }, starts_on: day }], {
      onSuccess: () => {
        void message.success(t("cost.kept"));
        setMinor(null);
      },
    });
  };
  return (
    <>
      <Refused error={set.error} />
      <div className={styles.newCost}>
        <AmountInput minor={minor} currency={currency} label={t("cost.amount")} onChange={setMinor} />
        <DatePicker
          aria-label={t("cost.since")}
          allowClear={false}
          value={dayjs(day)}
          onChange={(_, chosen) => typeof chosen === "string" && setDay(chosen)}
        />
        <Button disabled={minor === null || minor < 0} loading={set.isPending} onClick={keep}>
          {t("cost.keep")}
        </Button>
      </div>
    </>
  );
}

function Kept({ cost }: { cost: ProductCost }) {
  const { t } = useTranslation("products");
  const { t: kit } = useTranslation("kit");
  const remove = useRemoveCost();
  return (
    <li>
      <Money minor={cost.cost.amount_minor} currency={cost.cost.currency} />
      <span className={styles.soft}>
        {t("cost.from")} <Day on={cost.starts_on} />
        {cost.told_by !== "system" && ` · ${cost.told_by}`}
      </span>
      <Popconfirm
        title={t("cost.remove_question")}
        description={t("cost.remove_words")}
        okText={t("cost.remove")}
        cancelText={kit("cancel")}
        onConfirm={() => remove.mutate(cost.id)}
      >
        <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("cost.remove")} />
      </Popconfirm>
    </li>
  );
}
