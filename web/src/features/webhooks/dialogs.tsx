import { App, Button, Checkbox, Form, Input, Modal, Radio, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { CopyField } from "@/components/copy";
import { Refused } from "@/components/Refused";
import {
  type ReplayWhat,
  useChangeWebhook,
  useCreateWebhook,
  useEventTypes,
  useReplay,
  useRotateSecret,
  type Webhook,
  type WebhookDraft,
} from "./api";
import styles from "./webhooks.module.css";
import { useEventWords } from "./words";

export function CreateDialog({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (secret: string, id: number) => void;
}) {
  const { t } = useTranslation("webhooks");
  const create = useCreateWebhook();
  return (
    <WebhookDialog
      title={t("form.create_title")}
      okText={t("create")}
      busy={create.isPending}
      error={create.error}
      initial={{ url: "", description: "", event_types: [], includes_person: false }}
      onClose={onClose}
      onSubmit={(draft) => create.mutate(draft, { onSuccess: ({ secret, webhook }) => onMade(secret, webhook.id) })}
    />
  );
}

export function EditDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const change = useChangeWebhook(webhook.id);
  const { url, description, event_types, includes_person } = webhook;
  return (
    <WebhookDialog
      title={t("form.edit_title")}
      okText={t("form.save")}
      busy={change.isPending}
      error={change.error}
      initial={{ url, description, event_types, includes_person }}
      onClose={onClose}
      onSubmit={(draft) => change.mutate(draft, { onSuccess: onClose })}
    />
  );
}

interface WebhookDialogProps {
  readonly title: string;
  readonly okText: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly initial: WebhookDraft;
  readonly onClose: () => void;
  readonly onSubmit: (draft: WebhookDraft) => void;
}

function WebhookDialog({ title, okText, busy, error, initial, onClose, onSubmit }: WebhookDialogProps) {
  const { t } = useTranslation("webhooks");
  const { t: kit } = useTranslation("kit");
  const may = useMay();
  const words = useEventWords();
  const types = useEventTypes();
  const [form] = Form.useForm<WebhookDraft>();
  const names = types.data?.map(({ name }) => name) ?? [];
  const choose = (event_types: string[]) => {
    form.setFieldsValue({ event_types });
    void form.validateFields(["event_types"]);
  };
  return (
    <Modal
      open
      width={640}
      title={title}
      onCancel={onClose}
      onOk={form.submit}
      okText={okText}
      cancelText={kit("cancel")}
      confirmLoading={busy}
    >
      <Form<WebhookDraft> form={form} layout="vertical" onFinish={onSubmit} initialValues={initial}>
        <Refused error={error} />
        <Form.Item name="url" label={t("form.url")} rules={[{ required: true, message: t("form.required") }]}>
          <Input
            autoFocus
            maxLength={2000}
            inputMode="url"
            placeholder="https://"
            aria-describedby="webhook-url-hint"
          />
        </Form.Item>
        <p id="webhook-url-hint" className={styles.fieldHint}>
          {t("form.url_hint")}
        </p>
        <Form.Item name="description" label={t("form.description")}>
          <Input maxLength={200} placeholder={t("form.description_hint")} />
        </Form.Item>
        <div className={styles.presets}>
          <span>{t("form.events")}</span>
          <Button size="small" onClick={() => choose(names)}>
            {t("form.all")}
          </Button>
          <Button size="small" onClick={() => choose([])}>
            {t("form.clear")}
          </Button>
        </div>
        <Form.Item name="event_types" rules={[{ type: "array", min: 1, message: t("form.choose") }]}>
          <Checkbox.Group
            aria-label={t("form.events")}
            className={styles.events}
            options={names.map((name) => ({ value: name, label: words(name) }))}
          />
        </Form.Item>
        {(may("customers.unmask") || initial.includes_person) && (
          <>
            <div className={styles.switch}>
              <Form.Item name="includes_person" noStyle valuePropName="checked">
                <Switch id="includes-person" aria-describedby="includes-person-words" />
              </Form.Item>
              <label htmlFor="includes-person">{t("form.person")}</label>
            </div>
            <p id="includes-person-words" className={styles.soft}>
              {t("form.person_words")}
            </p>
          </>
        )}
      </Form>
    </Modal>
  );
}

/** The secret, this once: it closes by its own button only. */
export function SecretDialog({ secret, onDone }: { secret: string | null; onDone: () => void }) {
  const { t } = useTranslation("webhooks");
  return (
    <Modal
      open={secret !== null}
      title={t("secret.title")}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      footer={<Button onClick={onDone}>{t("secret.done")}</Button>}
    >
      <p className={styles.soft}>{t("secret.words")}</p>
      <CopyField value={secret ?? ""} label={t("secret.copy")} done={t("secret.copied")} />
    </Modal>
  );
}

const OVERLAPS_HOURS = [0, 24, 72, 168] as const;

export function RotateDialog({
  id,
  onClose,
  onMade,
}: {
  id: number;
  onClose: () => void;
  onMade: (secret: string) => void;
}) {
  const { t } = useTranslation("webhooks");
  const { t: kit } = useTranslation("kit");
  const rotate = useRotateSecret(id);
  const [hours, setHours] = useState<number>(24);
  return (
    <Modal
      open
      title={t("rotate.title")}
      okText={t("rotate.go")}
      cancelText={kit("cancel")}
      confirmLoading={rotate.isPending}
      onCancel={onClose}
      onOk={() => rotate.mutate(hours, { onSuccess: ({ secret }) => onMade(secret) })}
    >
      <Refused error={rotate.error} />
      <p className={styles.soft}>{t("rotate.words")}</p>
      <label className={styles.dialogField} htmlFor="rotate-overlap">
        <span>{t("rotate.overlap")}</span>
        <Select
          id="rotate-overlap"
          value={hours}
          onChange={setHours}
          options={OVERLAPS_HOURS.map((value) => ({ value, label: t(`rotate.hours_${value}`) }))}
        />
      </label>
    </Modal>
  );
}

const SINCE_HOURS = [1, 24, 72, 168, 720] as const;

export function ReplayDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const replay = useReplay(id);
  const [what, setWhat] = useState<ReplayWhat>("failed");
  const [hours, setHours] = useState<number>(24);
  const go = () =>
    replay.mutate(
      { what, hours },
      {
        onSuccess: ({ count }) => {
          void (count === 0 ? message.info(t("replay.nothing")) : message.success(t("replay.done", { count })));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t("replay.title")}
      okText={t("replay.go")}
      cancelText={kit("cancel")}
      confirmLoading={replay.isPending}
      onCancel={onClose}
      onOk={go}
    >
      <Refused error={replay.error} />
      <Radio.Group
        aria-label={t("replay.what")}
        className={styles.choices}
        value={what}
        onChange={(event) => setWhat(event.target.value as ReplayWhat)}
        options={(["failed", "all"] as const).map((value) => ({
          value,
          label: (
            <span className={styles.choice}>
              {t(`replay.${value}`)}
              <span className={styles.soft}>{t(`replay.${value}_words`)}</span>
            </span>
          ),
        }))}
      />
      <label className={styles.dialogField} htmlFor="replay-since">
        <span>{t("replay.since")}</span>
        <Select
          id="replay-since"
          value={hours}
          onChange={setHours}
          options={SINCE_HOURS.map((value) => ({ value, label: t(`replay.hours_${value}`) }))}
        />
      </label>
      <p className={styles.soft}>{t("replay.same_id")}</p>
    </Modal>
  );
}
