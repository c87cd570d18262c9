import { ApiOutlined, PlusOutlined, RobotOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "@/api/me";
import { useAddress } from "@/components/address";
import { useCodeWords } from "@/components/codes";
import { CopyField } from "@/components/copy";
import type { Column } from "@/components/DataTable";
import { When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { useNow } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type ApiKey, type ApiKeyDraft, useApiKeys, useCreateApiKey, useRevokeApiKey, useStores } from "./api";
import styles from "./settings.module.css";

const FIELDS = listFields("-created_at", {});

/** What no key may hold: these belong to a signed-in person. */
const PERSONS_ONLY = new Set(["me.read", "staff.manage", "keys.manage"]);

const TILL: ApiKeyDraft["permissions"] = ["orders.write", "orders.read", "customers.read", "offers.read"];
const ASSISTANT: ApiKeyDraft["permissions"] = ["customers.read", "orders.read", "segments.read"];
const LIFETIMES_DAYS = [30, 90, 365];
const DAY_MILLISECONDS = 86_400_000;

export function ApiKeysPage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  if (!may("keys.manage")) return <NoPermission what={t("keys.title")} />;
  return <ApiKeys />;
}

function ApiKeys() {
  const { t } = useTranslation("settings");
  const words = useCodeWords("permissions");
  const address = useAddress(FIELDS);
  const keys = useApiKeys(address.values.cursor);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [connecting, setConnecting] = useState(false);
  const stores = useStores(keys.data?.items.some(({ store_id }) => store_id !== null) ?? false);
  const storeName = (id: number) => stores.data?.items.find((store) => store.id === id)?.name ?? `#${id}`;
  const create = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t("keys.create")}
    </Button>
  );

  const columns: Column<ApiKey>[] = [
    { key: "name", title: t("keys.name"), identity: true, cell: (key) => key.name },
    { key: "prefix", title: t("keys.prefix"), cell: (key) => <span className={styles.mono}>{key.prefix}…</span> },
    {
      key: "permissions",
      title: t("keys.permissions"),
      onCard: true,
      cell: (key) => (
        <span title={key.permissions.map((code) => words(code) ?? code).join(" · ")}>
          {key.permissions.length === 1
            ? (words(key.permissions[0] ?? "") ?? key.permissions[0])
            : t("keys.permissions_count", { count: key.permissions.length })}
        </span>
      ),
    },
    {
      key: "store",
      title: t("keys.store"),
      cell: (key) => (key.store_id === null ? t("keys.any_store") : storeName(key.store_id)),
    },
    { key: "state", title: t("keys.state"), onCard: true, cell: (key) => <KeyState apiKey={key} /> },
    {
      key: "last_used",
      title: t("keys.last_used"),
      onCard: true,
      cell: (key) => (key.last_used_at ? <When at={key.last_used_at} /> : t("keys.never")),
    },
    {
      key: "expires",
      title: t("keys.expires"),
      cell: (key) => (key.expires_at ? <When at={key.expires_at} /> : t("keys.no_expiry")),
    },
    { key: "created", title: t("keys.created"), hidden: true, cell: (key) => <When at={key.created_at} /> },
    { key: "actions", title: "", bare: true, align: "end", width: 80, cell: (key) => <Revoke apiKey={key} /> },
  ];

  return (
    <>
      <ListPage
        id="api-keys"
        title={t("keys.title")}
        about={
          <>
            {t("keys.about")} <a href="/api/v1/docs">{t("keys.docs")}</a>
          </>
        }
        primary={
          <>
            <Button icon={<RobotOutlined />} onClick={() => setConnecting(true)}>
              {t("keys.assistant.connect")}
            </Button>
            {create}
          </>
        }
        address={address}
        query={keys}
        columns={columns}
        rowKey={(key) => key.id}
        rowName={(key) => key.name}
        empty={
          <EmptyState
            icon={<ApiOutlined />}
            title={t("keys.empty_title")}
            purpose={t("keys.empty")}
            example={t("keys.empty_example")}
            action={create}
          />
        }
      />
      {making && (
        <KeyDialog
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false);
            setMade(key);
          }}
        />
      )}
      {connecting && <AssistantDialog onClose={() => setConnecting(false)} />}
      <Modal
        open={made !== null}
        title={t("keys.created_title")}
        closable={false}
        mask={{ closable: false }}
        keyboard={false}
        footer={<Button onClick={() => setMade(null)}>{t("keys.done")}</Button>}
      >
        <p className={styles.soft}>{t("keys.created_words")}</p>
        <CopyField value={made ?? ""} label={t("keys.copy")} done={t("keys.copied")} />
      </Modal>
    </>
  );
}

/** How an assistant that speaks the Model Context Protocol is let in. */
function AssistantDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("settings");
  const address = `${window.location.origin}/mcp`;
  const setup = {
    mcpServers: { huike: { type: "http", url: address, headers: { Authorization: "Bearer hk_…" } } },
  };
  return (
    <Modal
      open
      width={640}
      title={t("keys.assistant.title")}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t("keys.assistant.done")}</Button>}
    >
      <p className={styles.soft}>{t("keys.assistant.words")}</p>
      <ol className={styles.steps}>
        <li>{t("keys.assistant.step_key")}</li>
        <li>
          {t("keys.assistant.step_address")}
          <CopyField value={address} label={t("keys.assistant.copy")} done={t("keys.copied")} />
        </li>
        <li>
          {t("keys.assistant.step_setup")}
          <pre className={styles.setup}>{JSON.stringify(setup, null, 2)}</pre>
        </li>
      </ol>
      <p className={styles.soft}>{t("keys.assistant.audit")}</p>
    </Modal>
  );
}

function isExpired(key: ApiKey, now: Date): boolean {
  return key.expires_at !== null && new Date(key.expires_at) <= now;
}

function KeyState({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation("settings");
  const now = useNow();
  if (apiKey.revoked_at) return <Tag tone="bad">{t("keys.state_revoked")}</Tag>;
  if (isExpired(apiKey, now)) return <Tag tone="warning">{t("keys.state_expired")}</Tag>;
  return <Tag tone="good">{t("keys.state_active")}</Tag>;
}

function Revoke({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation("settings");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const revoke = useRevokeApiKey();
  if (apiKey.revoked_at) return null;
  return (
    <Button
      type="text"
      size="small"
      danger
      onClick={() =>
        modal.confirm({
          title: t("keys.revoke_question", { name: apiKey.name }),
          content: t("keys.revoke_words"),
          okText: t("keys.revoke"),
          okButtonProps: { danger: true },
          cancelText: kit("cancel"),
          onOk: () => revoke.mutateAsync(apiKey.id).catch(() => {}),
        })
      }
    >
      {t("keys.revoke")}
    </Button>
  );
}

interface KeyValues {
  readonly name: string;
  readonly permissions: ApiKeyDraft["permissions"];
  readonly store_id?: number;
  readonly days: number;
}

const FOREVER = 0;

function KeyDialog({ onClose, onMade }: { onClose: () => void; onMade: (key: string) => void }) {
  const { t } = useTranslation("settings");
  const { t: kit } = useTranslation("kit");
  const words = useCodeWords("permissions");
  const me = useMe();
  const [form] = Form.useForm<KeyValues>();
  const create = useCreateApiKey();
  const stores = useStores(true);
  const grantable = me.permissions.filter((code) => !PERSONS_ONLY.has(code));
  const choose = (permissions: ApiKeyDraft["permissions"]) => form.setFieldsValue({ permissions });

  const submit = ({ name, permissions, store_id, days }: KeyValues) =>
    create.mutate(
      {
        name,
        permissions,
        store_id: store_id ?? null,
        expires_at: days === FOREVER ? null : new Date(Date.now() + days * DAY_MILLISECONDS).toISOString(),
      },
      { onSuccess: ({ key }) => onMade(key) },
    );

  return (
    <Modal
      open
      width={640}
      title={t("keys.create")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("keys.create")}
      cancelText={kit("cancel")}
      confirmLoading={create.isPending}
    >
      <Form<KeyValues>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{ permissions: [], days: FOREVER }}
      >
        <Refused error={create.error} />
        <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, message: t("keys.required") }]}>
          <Input autoFocus maxLength={120} placeholder={t("keys.name_hint")} />
        </Form.Item>
        <div className={styles.presets}>
          <Button size="small" onClick={() => choose(TILL.filter((code) => grantable.includes(code)))}>
            {t("keys.preset_till")}
          </Button>
          <Button size="small" onClick={() => choose(ASSISTANT.filter((code) => grantable.includes(code)))}>
            {t("keys.preset_assistant")}
          </Button>
          <Button size="small" onClick={() => choose(grantable.filter((code) => code.endsWith(".read")))}>
            {t("keys.preset_read")}
          </Button>
        </div>
        <Form.Item
          name="permissions"
          label={t("keys.permissions")}
          rules={[{ required: true, message: t("keys.choose_permissions") }]}
        >
          <Checkbox.Group
            className={styles.permissions}
            options={grantable.map((code) => ({ value: code, label: words(code) ?? code }))}
          />
        </Form.Item>
        <div className={styles.pair}>
          <Form.Item name="store_id" label={t("keys.store")}>
            <Select
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              loading={stores.isLoading}
              placeholder={t("keys.any_store")}
              options={stores.data?.items.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </Form.Item>
          <Form.Item name="days" label={t("keys.expiry")}>
            <Select
              options={[
                { value: FOREVER, label: t("keys.no_expiry") },
                ...LIFETIMES_DAYS.map((count) => ({ value: count, label: t("keys.days", { count }) })),
              ]}
            />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  );
}
