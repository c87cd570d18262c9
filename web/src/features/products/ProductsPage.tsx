import { ShoppingOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Money, None } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type Product, useProducts } from "./api";
import { CostsDialog } from "./CostsDialog";
import { ProductForm } from "./ProductForm";

const FIELDS = listFields("sku", {});

/** What is sold and given: how long it lasts, what it is a sample of, and what it costs. */
export function ProductsPage() {
  const { t } = useTranslation("products");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { q, cursor } = address.values;
  const query = useProducts(q, cursor, may("catalog.read"));
  const [editing, setEditing] = useState<Product | null>(null);
  const [telling, setTelling] = useState(false);
  if (!may("catalog.read")) return <NoPermission what={t("title")} />;
  const columns: Column<Product>[] = [
    {
      key: "name",
      title: t("column.name"),
      identity: true,
      width: "26%",
      cell: ({ name, sku, is_complete }) => (
        <>
          {name || sku} {!is_complete && <Tag>{t("incomplete")}</Tag>}
        </>
      ),
    },
    { key: "sku", title: t("column.sku"), width: 140, onCard: true, cell: ({ sku }) => sku },
    {
      key: "category",
      title: t("column.category"),
      width: 140,
      onCard: true,
      cell: (one) => one.category?.name ?? <None />,
    },
    {
      key: "price",
      title: t("column.price"),
      align: "end",
      width: 120,
      onCard: true,
      cell: ({ list_price }) => <Money minor={list_price?.amount_minor} currency={list_price?.currency} />,
    },
    {
      key: "usage",
      title: t("column.usage"),
      align: "end",
      width: 130,
      onCard: true,
      cell: ({ usage_days }) => (usage_days === null ? <None /> : t("days", { count: usage_days })),
    },
    {
      key: "sample_of",
      title: t("column.sample_of"),
      width: 180,
      onCard: true,
      cell: ({ sample_of }) => (sample_of ? sample_of.name || sample_of.sku : <None />),
    },
    {
      key: "actions",
      title: "",
      bare: true,
      align: "end",
      width: 80,
      cell: (product) =>
        may("catalog.write") && (
          <Button type="text" size="small" onClick={() => setEditing(product)}>
            {t("edit")}
          </Button>
        ),
    },
  ];
  return (
    <>
      <ListPage
        id="products"
        title={t("title")}
        about={t("about")}
        secondary={may("catalog.write") && <Button onClick={() => setTelling(true)}>{t("cost.many")}</Button>}
        address={address}
        query={query}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ name, sku }) => name || sku}
        searchPlaceholder={t("search")}
        empty={<EmptyState icon={<ShoppingOutlined />} title={t("empty_title")} purpose={t("empty")} />}
      />
      {telling && <CostsDialog onClose={() => setTelling(false)} />}
      {editing && <ProductForm product={editing} onClose={() => setEditing(null)} />}
    </>
  );
}
