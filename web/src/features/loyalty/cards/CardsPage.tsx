import { CreditCardOutlined, DownloadOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Dropdown, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, When } from "@/components/figures";
import { choiceFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { EmptyState, NoPermission } from "@/components/states";
import { BATCH_KINDS, type CardBatch, type FileFormat, useBatchFile, useCardBatches } from "./api";
import styles from "./cards.module.css";
import { BatchDialog } from "./dialogs";
import { bare, pattern } from "./numbers";

const FIELDS = listFields("-created_at", { kind: textField() });

/** All batches of cards, what became of their cards, and the way to one card. */
export function CardsPage() {
  const { t } = useTranslation("cards");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { kind, cursor } = address.values;
  const query = useCardBatches({ kind, cursor }, may("loyalty.read"));
  const [making, setMaking] = useState(false);
  if (!may("loyalty.read")) return <NoPermission what={t("title")} />;
  const figure = (key: keyof CardBatch["states"], width = 90): Column<CardBatch> => ({
    key,
    title: t(`state.${key}`),
    align: "end",
    width,
    cell: ({ states }) => <Count value={states[key]} />,
  });
  const columns: Column<CardBatch>[] = [
    {
      key: "name",
      title: t("column.name"),
      identity: true,
      width: "22%",
      cell: ({ name, kind: of }) => (
        <>
          {name}
          <span className={styles.faint}>{t(`kind.${of}`)}</span>
        </>
      ),
    },
    {
      key: "numbers",
      title: t("column.numbers"),
      onCard: true,
      cell: ({ prefix, length, unguessable }) => (
        <>
          <code className={styles.number}>{pattern(prefix, length)}</code>
          <span className={styles.faint}>{t(unguessable ? "order.unguessable" : "order.sequence")}</span>
        </>
      ),
    },
    {
      key: "count",
      title: t("column.count"),
      align: "end",
      width: 100,
      onCard: true,
      cell: ({ count }) => <Count value={count} />,
    },
    figure("made"),
    { ...figure("active"), onCard: true },
    figure("blocked", 80),
    figure("lost", 80),
    { ...figure("replaced", 80), hidden: true },
    { ...figure("closed", 80), hidden: true },
    { key: "created", title: t("column.created"), width: 130, cell: ({ created_at }) => <When at={created_at} /> },
    {
      key: "file",
      title: "",
      bare: true,
      align: "end",
      width: 110,
      cell: (batch) => may("loyalty.write") && <FileButton batch={batch} />,
    },
  ];
  const make = may("loyalty.write") && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t("make")}
    </Button>
  );
  return (
    <>
      <ListPage
        id="card-batches"
        title={t("title")}
        about={t("about")}
        address={address}
        query={query}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        countWords={(count) => (count === null ? "" : t("list_count", { count }))}
        filters={[
          choiceFilter({
            key: "kind",
            label: t("column.kind"),
            value: kind,
            options: BATCH_KINDS.map((one) => ({ value: one, label: t(`kind.${one}`) })),
            onChange: (next) => address.change({ kind: next, cursor: "" }),
          }),
        ]}
        secondary={<LookUp />}
        primary={make}
        empty={
          <EmptyState
            icon={<CreditCardOutlined />}
            title={t("empty.title")}
            purpose={t("empty.purpose")}
            example={t("empty.example")}
            action={make}
          />
        }
      />
      {making && <BatchDialog onClose={() => setMaking(false)} />}
    </>
  );
}

/** A card by its number, typed or scanned. */
function LookUp() {
  const { t } = useTranslation("cards");
  const navigate = useNavigate();
  return (
    <Input.Search
      className={styles.look}
      aria-label={t("look_up")}
      placeholder={t("look_up")}
      maxLength={40}
      allowClear
      onSearch={(text) => {
        const number = bare(text);
        if (number !== "") void navigate(`/loyalty/cards/${encodeURIComponent(number)}`);
      }}
    />
  );
}

function FileButton({ batch }: { batch: CardBatch }) {
  const { t } = useTranslation("cards");
  const file = useBatchFile();
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{
        items: (["csv", "xlsx"] as const).map((format) => ({ key: format, label: t(`file.${format}`) })),
        onClick: ({ key }) => file.mutate({ id: batch.id, format: key as FileFormat }),
      }}
    >
      <Button size="small" type="text" icon={<DownloadOutlined />} loading={file.isPending}>
        {t("file.button")}
      </Button>
    </Dropdown>
  );
}
