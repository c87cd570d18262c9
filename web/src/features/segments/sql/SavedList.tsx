import { DeleteOutlined } from "@ant-design/icons";
import { Button, Checkbox, Form, Input, Modal, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState } from "@/components/states";
import { type SavedQuery, useDeleteQuery, useSavedQueries, useSaveQuery } from "./api";
import styles from "./sql.module.css";

/** Queries with names: her own, and those colleagues share. */
export function SavedList({ onTake }: { onTake: (sql: string, saved: SavedQuery) => void }) {
  const { t } = useTranslation("sql");
  const saved = useSavedQueries();
  const remove = useDeleteQuery();
  if (saved.error) return <ErrorState compact error={saved.error} onRetry={() => void saved.refetch()} />;
  if (!saved.data) return <BoneLines lines={4} />;
  if (saved.data.length === 0) return <p className={styles.soft}>{t("saved.none")}</p>;
  return (
    <ul className={styles.list}>
      {saved.data.map((query) => (
        <li key={query.id} className={styles.savedItem}>
          <button type="button" className={styles.item} onClick={() => onTake(query.sql, query)}>
            <span>{query.name}</span>
            <span className={styles.soft}>
              {query.mine
                ? t(query.shared ? "saved.mine_shared" : "saved.mine")
                : t("saved.of", { name: query.owner?.name ?? t("saved.somebody") })}
            </span>
          </button>
          {query.mine && (
            <Popconfirm
              title={t("saved.delete_sure", { name: query.name })}
              okText={t("saved.delete")}
              onConfirm={() => remove.mutate(query.id)}
            >
              <Button
                type="text"
                size="small"
                icon={<DeleteOutlined />}
                aria-label={t("saved.delete_named", { name: query.name })}
              />
            </Popconfirm>
          )}
        </li>
      ))}
    </ul>
  );
}

interface Values {
  readonly name: string;
  readonly shared: boolean;
}

/** A name for what stands in the editor; of a query of hers that is open, the change can be kept. */
export function SaveDialog({
  sql,
  known,
  onClose,
  onSaved,
}: {
  sql: string;
  known: SavedQuery | null;
  onClose: () => void;
  onSaved: (saved: SavedQuery) => void;
}) {
  const { t } = useTranslation("sql");
  const [form] = Form.useForm<Values>();
  const save = useSaveQuery();
  const keep = (id: number | null) => async () => {
    const values = await form.validateFields();
    save.mutate({ id, sql, ...values }, { onSuccess: onSaved });
  };
  return (
    <Modal
      open
      title={t("saved.title")}
      onCancel={onClose}
      footer={[
        <Button key="cancel" onClick={onClose}>
          {t("saved.cancel")}
        </Button>,
        known && (
          <Button key="new" onClick={keep(null)} loading={save.isPending}>
            {t("saved.as_new")}
          </Button>
        ),
        <Button key="keep" type="primary" onClick={keep(known?.id ?? null)} loading={save.isPending}>
          {known ? t("saved.change") : t("save")}
        </Button>,
      ]}
    >
      <Refused error={save.error} />
      <Form form={form} layout="vertical" initialValues={{ name: known?.name ?? "", shared: known?.shared ?? false }}>
        <Form.Item
          name="name"
          label={t("saved.name")}
          rules={[{ required: true, whitespace: true, message: t("saved.name_missing") }]}
        >
          <Input maxLength={80} autoFocus />
        </Form.Item>
        <Form.Item name="shared" valuePropName="checked" extra={t("saved.share_words")}>
          <Checkbox>{t("saved.share")}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  );
}
