import { App, Button, Checkbox, Form, Input, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStoreNames } from "@/api/goods";
import { CopyField } from "@/components/copy";
import { Refused } from "@/components/Refused";
import { type Till, type TillMade, useChangeLimits, useRegisterTill, useSources } from "./api";
import styles from "./tills.module.css";

interface Typed {
  readonly name: string;
  readonly source: string;
  readonly store_id?: number;
  readonly own_key: boolean;
  readonly public_key?: string;
  readonly most_points_sale: number;
  readonly most_points_session: number;
}

/** Makes a till known, with a key made here unless it brings its own. */
export function NewTill({ onClose, onMade }: { onClose: () => void; onMade: (till: TillMade) => void }) {
  const { t } = useTranslation("tills");
  const { t: kit } = useTranslation("kit");
  const [form] = Form.useForm<Typed>();
  const ownKey = Form.useWatch("own_key", form);
  const register = useRegisterTill();
  const stores = useStoreNames();
  const sources = useSources(true);
  const make = ({ own_key, public_key, store_id, ...typed }: Typed) =>
    register.mutate(
      { ...typed, store_id: store_id ?? null, public_key: own_key ? (public_key ?? "").trim() : null },
      { onSuccess: onMade },
    );
  return (
    <Modal
      open
      title={t("add")}
      okText={t("add")}
      cancelText={kit("cancel")}
      confirmLoading={register.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Refused error={register.error} />
      <Form
        form={form}
        layout="vertical"
        initialValues={{ own_key: false, most_points_sale: 1_000, most_points_session: 10_000 }}
        onFinish={make}
      >
        <Form.Item name="name" label={t("name")} extra={t("name_hint")} rules={[{ required: true, whitespace: true }]}>
          <Input maxLength={80} placeholder={t("name_example")} />
        </Form.Item>
        <Form.Item name="store_id" label={t("store")}>
          <Select
            allowClear
            placeholder={t("any_store")}
            showSearch={{ optionFilterProp: "label" }}
            options={stores.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          />
        </Form.Item>
        <Form.Item name="source" label={t("source")} extra={t("source_hint")} rules={[{ required: true }]}>
          <Select
            showSearch={{ optionFilterProp: "label" }}
            options={sources.data?.map(({ key, name }) => ({ value: key, label: name || key })) ?? []}
          />
        </Form.Item>
        <LimitFields />
        <Form.Item name="own_key" valuePropName="checked">
          <Checkbox>{t("own_key")}</Checkbox>
        </Form.Item>
        {ownKey && (
          <Form.Item
            name="public_key"
            label={t("public_key")}
            extra={t("public_key_hint")}
            rules={[{ required: true, len: 44, message: t("public_key_length") }]}
          >
            <Input maxLength={44} className={styles.mono} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}

function LimitFields() {
  const { t } = useTranslation("tills");
  return (
    <div className={styles.pair}>
      {(["most_points_sale", "most_points_session"] as const).map((name) => (
        <Form.Item key={name} name={name} label={t(name)} extra={t(`${name}_hint`)} rules={[{ required: true }]}>
          <InputNumber min={0} max={1_000_000_000} precision={0} suffix={t("points")} className={styles.full} />
        </Form.Item>
      ))}
    </div>
  );
}

/** The half of the key that the till needs, which is kept nowhere here. */
export function KeyOnce({ made, onClose }: { made: TillMade; onClose: () => void }) {
  const { t } = useTranslation("tills");
  return (
    <Modal
      open
      title={t("made", { name: made.name })}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      footer={<Button onClick={onClose}>{t("done")}</Button>}
    >
      {made.private_key === null ? (
        <p>{t("made_own")}</p>
      ) : (
        <>
          <p className={styles.soft}>{t("made_words")}</p>
          <CopyField value={made.private_key} label={t("copy")} done={t("copied")} />
        </>
      )}
    </Modal>
  );
}

export function LimitsDialog({ till, onClose }: { till: Till; onClose: () => void }) {
  const { t } = useTranslation("tills");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const change = useChangeLimits(till.id);
  const [form] = Form.useForm();
  return (
    <Modal
      open
      title={t("limits_title", { name: till.name })}
      okText={kit("save")}
      cancelText={kit("cancel")}
      confirmLoading={change.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Refused error={change.error} />
      <p className={styles.soft}>{t("limits_words")}</p>
      <Form
        form={form}
        layout="vertical"
        initialValues={{ most_points_sale: till.most_points_sale, most_points_session: till.most_points_session }}
        onFinish={(typed) =>
          change.mutate(typed, {
            onSuccess: () => {
              void message.success(t("limits_saved"));
              onClose();
            },
          })
        }
      >
        <LimitFields />
      </Form>
    </Modal>
  );
}

/** Asks for the reason a line is set aside. */
export function SetAsideDialog({
  pending,
  error,
  onClose,
  onSetAside,
}: {
  pending: boolean;
  error: unknown;
  onClose: () => void;
  onSetAside: (note: string) => void;
}) {
  const { t } = useTranslation("tills");
  const { t: kit } = useTranslation("kit");
  const [note, setNote] = useState("");
  return (
    <Modal
      open
      title={t("waiting.aside_title")}
      okText={t("waiting.aside")}
      okButtonProps={{ disabled: note.trim() === "" }}
      cancelText={kit("cancel")}
      confirmLoading={pending}
      onCancel={onClose}
      onOk={() => onSetAside(note.trim())}
    >
      <Refused error={error} />
      <p className={styles.soft}>{t("waiting.aside_words")}</p>
      <Input.TextArea
        aria-label={t("waiting.note")}
        placeholder={t("waiting.note_example")}
        rows={2}
        maxLength={300}
        value={note}
        onChange={({ target }) => setNote(target.value)}
      />
    </Modal>
  );
}
