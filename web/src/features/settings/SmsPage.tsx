import { Alert, App, Button, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { Problem } from "@/api/problem";
import { Card, PlainPage, Section } from "@/components/layout";
import { useProblemWords } from "@/components/problems";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type SmsChannel, useSaveSmsChannel, useSmsChannel, useSmsToSandbox, useTestSms } from "./api";
import styles from "./settings.module.css";

/** How short messages leave: the operator's own gateway, or the sandbox. */
export function SmsPage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  const channel = useSmsChannel();
  if (!may("channels.manage")) return <NoPermission what={t("sms.title")} />;
  return (
    <PlainPage title={t("sms.title")} about={t("sms.about")} narrow>
      {channel.data ? (
        <>
          <Mode channel={channel.data} />
          <GatewayForm channel={channel.data} />
          <TestSms mode={channel.data.mode} />
        </>
      ) : channel.error ? (
        <ErrorState error={channel.error} onRetry={() => void channel.refetch()} />
      ) : (
        <BoneLines lines={6} />
      )}
    </PlainPage>
  );
}

function Mode({ channel }: { channel: SmsChannel }) {
  const { t } = useTranslation("settings");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const back = useSmsToSandbox();
  if (channel.mode === "sandbox") {
    return (
      <Alert
        className={styles.banner}
        type="info"
        showIcon
        title={t("sms.sandbox")}
        description={t("sms.sandbox_words")}
        action={<Link to="/sandbox-mailbox">{t("email.sandbox_open")}</Link>}
      />
    );
  }
  const ask = () =>
    modal.confirm({
      title: t("sms.back_question"),
      content: t("sms.back_words"),
      okText: t("sms.back"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => back.mutateAsync().catch(() => {}),
    });
  return (
    <Alert
      className={styles.banner}
      type="success"
      showIcon
      title={t("sms.gateway", { url: channel.url })}
      action={
        <Button size="small" onClick={ask}>
          {t("sms.back")}
        </Button>
      }
    />
  );
}

interface GatewayValues {
  readonly url: string;
  readonly secret?: string;
  readonly signature?: string;
}

function GatewayForm({ channel }: { channel: SmsChannel }) {
  const { t } = useTranslation("settings");
  const { message } = App.useApp();
  const [form] = Form.useForm<GatewayValues>();
  const save = useSaveSmsChannel();
  const required = { required: true, message: t("email.required") };
  useEffect(() => form.setFieldsValue({ ...channel, secret: "" }), [channel, form]);
  const submit = ({ url, secret, signature }: GatewayValues) =>
    save.mutate(
      { mode: "gateway", url: url.trim(), secret: secret ? secret.trim() : null, signature: signature ?? "" },
      { onSuccess: () => void message.success(t("sms.saved")) },
    );
  return (
    <Section title={t("sms.server")} about={t("sms.server_about")}>
      <Card>
        <Refused error={save.error} />
        <Form<GatewayValues> form={form} layout="vertical" onFinish={submit}>
          <Form.Item name="url" label={t("sms.url")} rules={[required]}>
            <Input placeholder="https://sms.example.com/send" maxLength={2000} />
          </Form.Item>
          <Form.Item
            name="secret"
            label={t("sms.secret")}
            extra={t("sms.secret_hint")}
            rules={channel.has_secret ? [] : [required]}
          >
            <Input.Password
              autoComplete="new-password"
              placeholder={channel.has_secret ? t("email.password_kept") : "whsec_…"}
            />
          </Form.Item>
          <Form.Item name="signature" label={t("sms.signature")} extra={t("sms.signature_hint")}>
            <Input maxLength={20} />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t("email.save")}
          </Button>
        </Form>
      </Card>
    </Section>
  );
}

function TestSms({ mode }: { mode: SmsChannel["mode"] }) {
  const { t } = useTranslation("settings");
  const [to, setTo] = useState("");
  const send = useTestSms();
  return (
    <Section title={t("sms.test")} about={t("sms.test_words")}>
      <Card>
        <form
          className={styles.test}
          onSubmit={(event) => {
            event.preventDefault();
            send.mutate(to.trim());
          }}
        >
          <Input
            type="tel"
            required
            aria-label={t("sms.test_to")}
            placeholder="13800138000"
            value={to}
            onChange={({ target }) => setTo(target.value)}
          />
          <Button htmlType="submit" loading={send.isPending}>
            {t("email.test_send")}
          </Button>
        </form>
        {send.error ? (
          <Refused error={send.error} />
        ) : send.data?.ok ? (
          <Alert
            style={{ marginTop: 12 }}
            type="success"
            showIcon
            title={mode === "sandbox" ? t("email.test_ok_sandbox") : t("sms.test_ok")}
          />
        ) : send.data ? (
          <TestRefused code={send.data.code} detail={send.data.detail} />
        ) : null}
      </Card>
    </Section>
  );
}

function TestRefused({ code, detail }: { code: string; detail: string }) {
  const { t } = useTranslation("settings");
  const { what, safe } = useProblemWords(new Problem({ status: 502, code, title: code }));
  return (
    <Alert
      style={{ marginTop: 12 }}
      type="error"
      showIcon
      title={`${t("email.test_failed")} · ${what}`}
      description={
        <>
          {safe}
          {detail && <p className={styles.details}>{detail}</p>}
        </>
      }
    />
  );
}
