import { MergeOutlined } from "@ant-design/icons";
import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { typedFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type Merge, useMerges, useUndoMerge } from "./api";
import styles from "./identity.module.css";
import { Moves } from "./MergePage";

const FIELDS = listFields("-merged_at", { customer_id: textField() });

/** Every merge, who made it, what it moved, and taking it back. */
export function MergesPage() {
  const { t } = useTranslation("identity");
  const may = useMay();
  if (!may("customers.merge")) return <NoPermission what={t("log.title")} />;
  return <Merges />;
}

function Merges() {
  const { t } = useTranslation("identity");
  const address = useAddress(FIELDS);
  const { customer_id, cursor } = address.values;
  const merges = useMerges(customer_id, cursor);
  const [undoing, setUndoing] = useState<Merge | null>(null);
  const name = (file: Merge["survivor"]) => (
    <Link to={`/customers/${file.id}`}>{file.name || `${t("nameless")} #${file.id}`}</Link>
  );
  const columns: Column<Merge>[] = [
    { key: "kept", title: t("log.kept"), identity: true, cell: (merge) => name(merge.survivor) },
    {
      key: "gone",
      title: t("log.gone"),
      onCard: true,
      cell: (merge) => merge.absorbed.name || `#${merge.absorbed.id}`,
    },
    { key: "at", title: t("log.at"), onCard: true, cell: (merge) => <When at={merge.merged_at} /> },
    { key: "by", title: t("log.by"), cell: (merge) => merge.merged_by },
    { key: "moved", title: t("moves"), cell: (merge) => <Moves moves={merge.moves} /> },
    { key: "note", title: t("log.note"), cell: (merge) => merge.note },
    {
      key: "state",
      title: t("log.state"),
      onCard: true,
      cell: (merge) =>
        merge.undone_at ? (
          <>
            <Tag>{t("log.undone")}</Tag>{" "}
            <span className={styles.soft}>
              <When at={merge.undone_at} /> {merge.undone_by}
            </span>
          </>
        ) : merge.blocked_by ? (
          <span className={styles.soft}>{t("log.later_first")}</span>
        ) : (
          <Button size="small" onClick={() => setUndoing(merge)}>
            {t("log.undo")}
          </Button>
        ),
    },
  ];
  return (
    <>
      <ListPage
        id="merges"
        title={t("log.title")}
        about={t("log.about")}
        address={address}
        query={merges}
        columns={columns}
        rowKey={(merge) => merge.id}
        filters={[
          typedFilter({
            key: "customer_id",
            label: t("log.customer"),
            value: customer_id,
            placeholder: "1024",
            onChange: (value) => address.change({ customer_id: value.replace(/\D/g, ""), cursor: "" }),
          }),
        ]}
        empty={<EmptyState icon={<MergeOutlined />} title={t("log.empty_title")} purpose={t("log.empty")} />}
      />
      {undoing && <UndoDialog merge={undoing} onClose={() => setUndoing(null)} />}
    </>
  );
}

function UndoDialog({ merge, onClose }: { merge: Merge; onClose: () => void }) {
  const { t } = useTranslation("identity");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [note, setNote] = useState("");
  const undo = useUndoMerge();
  return (
    <Modal
      open
      title={t("log.undo_title")}
      onCancel={onClose}
      okText={t("log.undo")}
      cancelText={kit("cancel")}
      confirmLoading={undo.isPending}
      onOk={() =>
        undo.mutate(
          { id: merge.id, note },
          {
            onSuccess: () => {
              void message.success(t("log.undone_now"));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={undo.error} />
      <p>{t("log.undo_words", { kept: merge.survivor.name, gone: merge.absorbed.name })}</p>
      <p className={styles.soft}>{t("log.undo_since")}</p>
      <Input
        value={note}
        maxLength={300}
        aria-label={t("note")}
        placeholder={t("note")}
        onChange={(event) => setNote(event.target.value)}
      />
    </Modal>
  );
}
