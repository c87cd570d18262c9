import { BarcodeOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { type Batch, useBatches } from "./api";
import styles from "./coupons.module.css";
import { BatchStateTag } from "./words";

const FIELDS = listFields("-created_at", {});

/** All batches of codes, what became of them, and the way to one. */
export function BatchesPage() {
  const { t } = useTranslation("coupons");
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = useBatches({ offer: "", cursor: address.values.cursor }, may("offers.read"));
  if (!may("offers.read")) return <NoPermission what={t("batches")} />;
  const columns: Column<Batch>[] = [
    {
      key: "name",
      title: t("make.name"),
      identity: true,
      width: "26%",
      cell: ({ id, name, offer }) => (
        <>
          <Link to={`/offers/batches/${id}`}>{name}</Link> <span className={styles.faint}>{offer.name}</span>
        </>
      ),
    },
    {
      key: "state",
      title: t("column.state"),
      width: 110,
      onCard: true,
      cell: ({ state }) => <BatchStateTag state={state} />,
    },
    {
      key: "made",
      title: t("figure.made"),
      align: "end",
      width: 110,
      onCard: true,
      cell: ({ made }) => <Count value={made} />,
    },
    {
      key: "used",
      title: t("figure.used"),
      align: "end",
      width: 100,
      onCard: true,
      cell: ({ used }) => <Count value={used} />,
    },
    { key: "open", title: t("figure.open"), align: "end", width: 110, cell: ({ open }) => <Count value={open} /> },
    {
      key: "expired",
      title: t("figure.expired"),
      align: "end",
      width: 100,
      cell: ({ expired }) => <Count value={expired} />,
    },
    { key: "created", title: t("made_at"), width: 140, cell: ({ created_at }) => <When at={created_at} /> },
  ];
  return (
    <ListPage
      id="code-batches"
      title={t("batches")}
      about={t("batches_about")}
      address={address}
      query={query}
      columns={columns}
      rowKey={({ id }) => id}
      rowName={({ name }) => name}
      countWords={(count) => (count === null ? "" : t("batches_count", { count }))}
      filters={[]}
      empty={
        <EmptyState
          icon={<BarcodeOutlined />}
          title={t("batches_empty.title")}
          purpose={t("batches_empty.purpose")}
          example={t("batches_empty.example")}
          action={<Link to="/offers">{t("batches_empty.action")}</Link>}
        />
      }
    />
  );
}
