import { CreditCardOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, App, Button, Dropdown, Form, Input, Modal, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Problem } from "@/api/problem";
import { CopyField } from "@/components/copy";
import { Card, PlainPage } from "@/components/layout";
import { useProblemWords } from "@/components/problems";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import {
  type Provider,
  type ProviderDraft,
  useDeleteProvider,
  useProviders,
  useSaveProvider,
  useSetDefault,
  useTestProvider,
} from "./api";
import { Fees } from "./Fees";
import styles from "./payments.module.css";

type Kind = ProviderDraft["kind"];
const KINDS: readonly Kind[] = ["wechat", "stripe"];

/** Accounts at payment providers: set up, tested, and who takes the house's currency. */
export function ProvidersPage() {
  const { t } = useTranslation("payments");
  const may = useMay();
  if (!may("payments.write")) return <NoPermission what={t("providers.title")} />;
  return <Providers />;
}

interface Editing {
  readonly kind: Kind;
  readonly account: Provider | null;
}

function Providers() {
  const { t } = useTranslation("payments");
  const providers = useProviders();
  const [editing, setEditing] = useState<Editing | null>(null);
  const add = (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: KINDS.map((kind) => ({ key: kind, label: t(`kind.${kind}`) })),
        onClick: ({ key }) => setEditing({ kind: key as Kind, account: null }),
      }}
    >
      <Button type="primary" icon={<PlusOutlined />}>
        {t("providers.add")}
      </Button>
    </Dropdown>
  );
  return (
    <PlainPage title={t("providers.title")} about={t("providers.about")} actions={add} narrow>
      {providers.data ? (
        providers.data.length === 0 ? (
          <EmptyState icon={<CreditCardOutlined />} title={t("providers.empty_title")} purpose={t("providers.empty")} />
        ) : (
          <div className={styles.accounts}>
            {providers.data.map((account) => (
              <Account
                key={account.key}
                account={account}
                onEdit={() => account.kind !== "sandbox" && setEditing({ kind: account.kind, account })}
              />
            ))}
          </div>
        )
      ) : providers.error ? (
        <ErrorState error={providers.error} onRetry={() => void providers.refetch()} />
      ) : (
        <BoneLines lines={8} />
      )}
      {editing && (
        <AccountDialog
          {...editing}
          taken={providers.data?.map(({ key }) => key) ?? []}
          onClose={() => setEditing(null)}
        />
      )}
    </PlainPage>
  );
}

function Account({ account, onEdit }: { account: Provider; onEdit: () => void }) {
  const { t } = useTranslation("payments");
  const { t: kit } = useTranslation("kit");
  const { currency } = useReading();
  const { modal, message } = App.useApp();
  const test = useTestProvider();
  const remove = useDeleteProvider();
  const setDefault = useSetDefault();
  const kind = account.kind === "sandbox" ? null : account.kind;
  const isSandbox = kind === null;
  const isDefault = account.default_for.includes(currency);
  const askRemove = () =>
    modal.confirm({
      title: t("providers.remove_title", { name: account.title }),
      content: t("providers.remove_words"),
      okText: t("providers.remove"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => remove.mutateAsync(account.key).catch(() => {}),
    });
  return (
    <Card>
      <div className={styles.account}>
        <div className={styles.accountHead}>
          <span className={styles.tags}>
            <h2 className={styles.accountName}>{isSandbox ? t("sandbox") : account.title}</h2>
            {kind === null ? (
              <Tag tone="warning">{t("providers.no_money")}</Tag>
            ) : (
              account.title !== t(`kind.${kind}`) && <Tag>{t(`kind.${kind}`)}</Tag>
            )}
            {!account.is_enabled && <Tag>{t("providers.off")}</Tag>}
            {account.default_for.map((each) => (
              <Tag key={each} tone="accent">
                {t("providers.default_for", { currency: each })}
              </Tag>
            ))}
          </span>
          <span className={styles.actions}>
            <Button loading={test.isPending} onClick={() => test.mutate(account.key)}>
              {t("providers.test")}
            </Button>
            {!isSandbox && <Button onClick={onEdit}>{t("providers.edit")}</Button>}
          </span>
        </div>
        {kind === null ? (
          <span className={styles.soft}>{t("providers.sandbox_words")}</span>
        ) : (
          <>
            <span className={styles.soft}>{t(`providers.notify_${kind}`)}</span>
            <CopyField value={account.notify_url} label={t("providers.copy")} done={t("providers.copied")} />
          </>
        )}
        <Fees account={account} />
        {test.error ? <Refused error={test.error} /> : test.data && <TestOutcome {...test.data} />}
        <span className={styles.actions}>
          {!isDefault && account.is_enabled && (
            <Button
              size="small"
              loading={setDefault.isPending}
              onClick={() =>
                setDefault.mutate(
                  { currency, provider: account.key },
                  { onSuccess: () => void message.success(t("providers.default_done", { currency })) },
                )
              }
            >
              {t("providers.make_default", { currency })}
            </Button>
          )}
          {!isSandbox && (
            <Button size="small" danger type="text" onClick={askRemove}>
              {t("providers.remove")}
            </Button>
          )}
        </span>
      </div>
    </Card>
  );
}

function TestOutcome({ ok, code, detail }: { ok: boolean; code: string; detail: string }) {
  const { t } = useTranslation("payments");
  const { what, safe } = useProblemWords(new Problem({ status: 502, code: code || "provider.failure", title: code }));
  if (ok) return <Alert type="success" showIcon title={t("providers.test_ok")} />;
  return (
    <Alert
      type="error"
      showIcon
      title={what}
      description={
        <>
          {safe}
          {detail && <p className={styles.mono}>{detail}</p>}
        </>
      }
    />
  );
}

interface Values {
  readonly key: string;
  readonly title: string;
  readonly is_enabled: boolean;
  readonly secret_key?: string;
  readonly webhook_secret?: string;
  readonly appid?: string;
  readonly mchid?: string;
  readonly merchant_serial?: string;
  readonly public_key_id?: string;
  readonly public_key?: string;
  readonly private_key?: string;
  readonly api_v3_key?: string;
}

/** What the server is told: secrets left empty keep what is stored. */
function draftOf(kind: Kind, values: Values): ProviderDraft {
  const { title, is_enabled } = values;
  const secret = (text: string | undefined) => text?.trim() || null;
  if (kind === "stripe") {
    return {
      kind,
      title,
      is_enabled,
      secret_key: secret(values.secret_key),
      webhook_secret: secret(values.webhook_secret),
    };
  }
  return {
    kind,
    title,
    is_enabled,
    appid: values.appid?.trim() ?? "",
    mchid: values.mchid?.trim() ?? "",
    merchant_serial: values.merchant_serial?.trim() ?? "",
    public_key_id: values.public_key_id?.trim() ?? "",
    public_key: values.public_key?.trim() ?? "",
    private_key: secret(values.private_key),
    api_v3_key: secret(values.api_v3_key),
  };
}

function AccountDialog({ kind, account, taken, onClose }: Editing & { taken: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation("payments");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const save = useSaveProvider();
  const free = [kind, ...Array.from({ length: 98 }, (_, place) => `${kind}-${place + 2}`)];
  const key = account?.key ?? free.find((name) => !taken.includes(name)) ?? kind;
  const submit = (values: Values) =>
    save.mutate(
      { key, body: draftOf(kind, values) },
      {
        onSuccess: () => {
          void message.success(t("providers.saved"));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t(account ? "providers.edit_title" : "providers.add_title", { kind: t(`kind.${kind}`) })}
      okText={t("providers.save")}
      cancelText={kit("cancel")}
      confirmLoading={save.isPending}
      onOk={form.submit}
      onCancel={onClose}
      width={640}
    >
      <Refused error={save.error} />
      <Form<Values>
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{ title: t(`kind.${kind}`), is_enabled: true, ...account, ...account?.settings }}
      >
        <Form.Item name="title" label={t("providers.name")} rules={[{ required: true, message: t("required") }]}>
          <Input maxLength={80} />
        </Form.Item>
        {kind === "stripe" ? <StripeFields isNew={!account} /> : <WechatFields isNew={!account} />}
        <Form.Item name="is_enabled" label={t("providers.enabled")} valuePropName="checked">
          <Switch />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function useRules(isNew: boolean) {
  const { t } = useTranslation("payments");
  const required = { required: true, message: t("required") };
  return { required, secret: isNew ? [required] : [], kept: isNew ? undefined : t("providers.kept") };
}

function StripeFields({ isNew }: { isNew: boolean }) {
  const { t } = useTranslation("payments");
  const { secret, kept } = useRules(isNew);
  return (
    <>
      <Form.Item name="secret_key" label={t("stripe.secret_key")} rules={secret}>
        <Input.Password autoComplete="new-password" placeholder={kept ?? "sk_live_… / rk_live_…"} />
      </Form.Item>
      <Form.Item name="webhook_secret" label={t("stripe.webhook_secret")} rules={secret}>
        <Input.Password autoComplete="new-password" placeholder={kept ?? "whsec_…"} />
      </Form.Item>
      <p className={styles.hint}>{t("stripe.hint")}</p>
    </>
  );
}

function WechatFields({ isNew }: { isNew: boolean }) {
  const { t } = useTranslation("payments");
  const { required, secret, kept } = useRules(isNew);
  return (
    <>
      <div className={styles.pair}>
        <Form.Item
          name="mchid"
          label={t("wechat.mchid")}
          rules={[required, { pattern: /^\d{6,32}$/, message: t("wechat.mchid_form") }]}
        >
          <Input inputMode="numeric" maxLength={32} />
        </Form.Item>
        <Form.Item name="appid" label={t("wechat.appid")} rules={[required]}>
          <Input maxLength={128} placeholder="wx…" />
        </Form.Item>
      </div>
      <Form.Item name="merchant_serial" label={t("wechat.merchant_serial")} rules={[required]}>
        <Input maxLength={64} />
      </Form.Item>
      <Form.Item name="private_key" label={t("wechat.private_key")} rules={secret}>
        <Input.TextArea
          rows={3}
          autoComplete="off"
          spellCheck={false}
          className={styles.mono}
          placeholder={kept ?? "-----BEGIN PRIVATE KEY-----"}
        />
      </Form.Item>
      <Form.Item
        name="api_v3_key"
        label={t("wechat.api_v3_key")}
        rules={[...secret, { len: 32, message: t("wechat.api_v3_key_form") }]}
      >
        <Input.Password autoComplete="new-password" placeholder={kept} />
      </Form.Item>
      <Form.Item name="public_key_id" label={t("wechat.public_key_id")}>
        <Input maxLength={64} placeholder="PUB_KEY_ID_…" />
      </Form.Item>
      <Form.Item name="public_key" label={t("wechat.public_key")}>
        <Input.TextArea rows={3} spellCheck={false} className={styles.mono} placeholder="-----BEGIN PUBLIC KEY-----" />
      </Form.Item>
      <p className={styles.hint}>{t("wechat.hint")}</p>
    </>
  );
}
