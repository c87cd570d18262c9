import { Alert, App, Button, Form, Input, InputNumber, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay, useMe } from "@/api/me";
import { Problem } from "@/api/problem";
import { Card, PlainPage, Section } from "@/components/layout";
import { useProblemWords } from "@/components/problems";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { type EmailChannel, useBackToSandbox, useEmailChannel, useSaveEmailChannel, useTestEmail } from "./api";
import styles from "./settings.module.css";

const USUAL_PORTS: Record<EmailChannel["security"], number> = { tls: 465, starttls: 587, none: 25 };

export function EmailPage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  const channel = useEmailChannel();
  if (!may("channels.manage")) return <NoPermission what={t("email.title")} />;
  return (
    <PlainPage title={t("email.title")} about={t("email.about")} narrow>
      {channel.data ? (
        <>
          <Mode channel={channel.data} />
          <ServerForm key={channel.data.mode} channel={channel.data} />
          <TestMail mode={channel.data.mode} />
        </>
      ) : channel.error ? (
        <ErrorState error={channel.error} onRetry={() => void channel.refetch()} />
      ) : (
        <BoneLines lines={8} />
      )}
    </PlainPage>
  );
}

function Mode({ channel }: { channel: EmailChannel }) {
  const { t } = useTranslation("settings");
  const { t: kit } = useTranslation("kit");
  const { modal } = App.useApp();
  const back = useBackToSandbox();
  if (channel.mode === "sandbox") {
    return (
      <Alert
        className={styles.banner}
        type="info"
        showIcon
        title={t("email.sandbox")}
        description={t("email.sandbox_words")}
        action={<Link to="/sandbox-mailbox">{t("email.sandbox_open")}</Link>}
      />
    );
  }
  const ask = () =>
    modal.confirm({
      title: t("email.back_question"),
      content: t("email.back_words"),
      okText: t("email.back"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () => back.mutateAsync().catch(() => {}),
    });
  return (
    <Alert
      className={styles.banner}
      type="success"
      showIcon
      title={t("email.smtp", { host: channel.host })}
      description={t("email.smtp_words")}
      action={
        <Button size="small" onClick={ask}>
          {t("email.back")}
        </Button>
      }
    />
  );
}

type ServerValues = Omit<EmailChannel, "mode" | "has_password" | "connections_count"> & { readonly password?: string };

function ServerForm({ channel }: { channel: EmailChannel }) {
  const { t } = useTranslation("settings");
  const { message } = App.useApp();
  const [form] = Form.useForm<ServerValues>();
  const save = useSaveEmailChannel();
  const required = { required: true, message: t("email.required") };
  const email = { type: "email" as const, message: t("email.not_email") };
  const optional = t("email.optional");

  useEffect(() => form.setFieldsValue({ ...channel, password: "" }), [channel, form]);

  const submit = ({ password, ...values }: ServerValues) =>
    save.mutate(
      {
        host: values.host.trim(),
        port: values.port,
        security: values.security,
        username: values.username ?? "",
        from_name: values.from_name,
        from_address: values.from_address,
        reply_to: values.reply_to ?? "",
        bounce_address: values.bounce_address ?? "",
        rate_per_second: values.rate_per_second ?? null,
        connections_count: channel.connections_count,
        password: password ? password : null,
      },
      { onSuccess: () => void message.success(t("email.saved")) },
    );

  return (
    <Form<ServerValues> form={form} layout="vertical" onFinish={submit}>
      <Section title={t("email.server")}>
        <Card>
          <Refused error={save.error} />
          <div className={styles.pair}>
            <Form.Item name="host" label={t("email.host")} rules={[required]}>
              <Input placeholder="smtp.example.com" maxLength={253} />
            </Form.Item>
            <Form.Item name="security" label={t("email.security")} rules={[required]}>
              <Select
                onChange={(security: EmailChannel["security"]) => form.setFieldsValue({ port: USUAL_PORTS[security] })}
                options={(["tls", "starttls", "none"] as const).map((value) => ({
                  value,
                  label: t(`email.security_${value}`),
                }))}
              />
            </Form.Item>
            <Form.Item
              name="port"
              label={t("email.port")}
              rules={[required, { type: "integer", min: 1, max: 65535, message: t("email.port_range") }]}
            >
              <InputNumber style={{ width: "100%" }} controls={false} />
            </Form.Item>
            <Form.Item name="rate_per_second" label={t("email.rate") + optional}>
              <InputNumber
                style={{ width: "100%" }}
                min={1}
                max={100_000}
                controls={false}
                placeholder={t("email.rate_free")}
                suffix={t("email.rate_unit")}
              />
            </Form.Item>
            <Form.Item name="username" label={t("email.username") + optional}>
              <Input autoComplete="off" maxLength={254} />
            </Form.Item>
            <Form.Item name="password" label={t("email.password") + optional}>
              <Input.Password
                autoComplete="new-password"
                placeholder={channel.has_password ? t("email.password_kept") : undefined}
              />
            </Form.Item>
          </div>
        </Card>
      </Section>
      <Section title={t("email.sender")}>
        <Card>
          <div className={styles.pair}>
            <Form.Item name="from_name" label={t("email.from_name")} rules={[required]}>
              <Input maxLength={120} />
            </Form.Item>
            <Form.Item name="from_address" label={t("email.from_address")} rules={[required, email]}>
              <Input type="email" maxLength={254} />
            </Form.Item>
            <Form.Item name="reply_to" label={t("email.reply_to") + optional} rules={[email]}>
              <Input type="email" maxLength={254} />
            </Form.Item>
            <Form.Item name="bounce_address" label={t("email.bounce") + optional} rules={[email]}>
              <Input type="email" maxLength={254} />
            </Form.Item>
          </div>
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t("email.save")}
          </Button>
        </Card>
      </Section>
    </Form>
  );
}

function TestMail({ mode }: { mode: EmailChannel["mode"] }) {
  const { t } = useTranslation("settings");
  const me = useMe();
  const [to, setTo] = useState(me.email);
  const send = useTestEmail();
  return (
    <Section title={t("email.test")} about={t("email.test_words")}>
      <Card>
        <form
          className={styles.test}
          onSubmit={(event) => {
            event.preventDefault();
            send.mutate(to.trim());
          }}
        >
          <Input
            type="email"
            required
            aria-label={t("email.test_to")}
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
          <Button htmlType="submit" loading={send.isPending}>
            {t("email.test_send")}
          </Button>
        </form>
        <TestOutcome send={send} to={to} mode={mode} />
      </Card>
    </Section>
  );
}

function TestOutcome({
  send,
  to,
  mode,
}: {
  send: Pick<ReturnType<typeof useTestEmail>, "data" | "error">;
  to: string;
  mode: EmailChannel["mode"];
}) {
  const { t } = useTranslation("settings");
  if (send.error) return <Refused error={send.error} />;
  if (!send.data) return null;
  if (!send.data.ok) return <TestRefused code={send.data.code} detail={send.data.detail} />;
  const words = mode === "sandbox" ? t("email.test_ok_sandbox") : t("email.test_ok", { to });
  return <Alert style={{ marginTop: 12 }} type="success" showIcon title={words} />;
}

/** What kept the test from leaving, in our words, and below it what the mail server itself said. */
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
