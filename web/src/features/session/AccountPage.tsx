import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Popconfirm, QRCode, Select } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  changePassword,
  confirmPassword,
  PASSWORD_NEEDED,
  type RecoveryCodes,
  readRecoveryCodes,
  readTotp,
  renewRecoveryCodes,
  type TotpSecret,
  turnTotpOff,
  turnTotpOn,
} from "@/api/auth";
import { answered, client } from "@/api/client";
import { ME_KEY, type Me, useMe } from "@/api/me";
import { asProblem } from "@/api/problem";
import { downloadBlob } from "@/components/csv";
import { Card, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState } from "@/components/states";
import { Tag } from "@/components/Tag";
import styles from "./AccountPage.module.css";
import { PASSWORD_MIN_LENGTH } from "./InvitationPage";

const TOTP_KEY = ["auth", "totp"] as const;
const CODES_KEY = ["auth", "recovery-codes"] as const;

export function AccountPage() {
  const { t } = useTranslation("session");
  return (
    <PlainPage title={t("account.title")} about={t("account.about")} narrow>
      <Profile />
      <Password />
      <TwoSteps />
    </PlainPage>
  );
}

function Profile() {
  const { t } = useTranslation("session");
  const { t: roles } = useTranslation("kit");
  const me = useMe();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const save = useMutation({
    mutationFn: (body: { name: string; language: Me["language"] }) => answered(client.PATCH("/api/v1/me", { body })),
    onSuccess: (saved) => {
      queries.setQueryData(ME_KEY, saved);
      void message.success(t("account.saved"));
    },
  });
  return (
    <Section title={t("account.profile")}>
      <Card>
        <Form layout="vertical" initialValues={{ name: me.name, language: me.language }} onFinish={save.mutate}>
          <div className={styles.pair}>
            <Form.Item
              name="name"
              label={t("account.name")}
              rules={[{ required: true, max: 120, message: t("required") }]}
            >
              <Input autoComplete="name" />
            </Form.Item>
            <Form.Item name="language" label={t("account.language")}>
              <Select
                options={[
                  { value: "zh-CN", label: "简体中文" },
                  { value: "en", label: "English" },
                ]}
              />
            </Form.Item>
            <Form.Item label={t("account.email")} htmlFor="me-email">
              <Input id="me-email" value={me.email} disabled />
            </Form.Item>
            <Form.Item label={t("account.role")} htmlFor="me-role">
              <Input id="me-role" value={roles(`role.${me.role}`)} disabled />
            </Form.Item>
          </div>
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t("account.save")}
          </Button>
        </Form>
      </Card>
    </Section>
  );
}

function Password() {
  const { t } = useTranslation("session");
  const { message } = App.useApp();
  const [form] = Form.useForm();
  const change = useMutation({
    mutationFn: ({ current, next }: { current: string; next: string }) => changePassword(current, next),
    onSuccess: () => {
      form.resetFields();
      void message.success(t("account.changed"));
    },
    meta: { ownErrors: true },
  });
  return (
    <Section title={t("account.password")} about={t("account.password_about")}>
      <Card>
        <Form form={form} layout="vertical" onFinish={change.mutate}>
          <Refused error={change.error} />
          <div className={styles.pair}>
            <Form.Item name="current" label={t("account.current")} rules={[{ required: true, message: t("required") }]}>
              <Input.Password autoComplete="current-password" />
            </Form.Item>
            <Form.Item
              name="next"
              label={t("account.next")}
              rules={[{ required: true, min: PASSWORD_MIN_LENGTH, message: t("invitation.too_short") }]}
            >
              <Input.Password autoComplete="new-password" />
            </Form.Item>
          </div>
          <Button htmlType="submit" loading={change.isPending}>
            {t("account.change")}
          </Button>
        </Form>
      </Card>
    </Section>
  );
}

function TwoSteps() {
  const { t } = useTranslation("session");
  const queries = useQueryClient();
  const totp = useQuery({ queryKey: TOTP_KEY, queryFn: readTotp });
  const [setting, setSetting] = useState(false);
  const guard = usePasswordGuard();
  const changed = () => {
    setSetting(false);
    void queries.invalidateQueries({ queryKey: ["auth"] });
    void queries.invalidateQueries({ queryKey: ME_KEY });
  };
  const turnOff = useMutation({ mutationFn: () => guard.run(turnTotpOff), onSuccess: changed });
  const on = totp.data === null;
  return (
    <Section
      title={t("account.totp")}
      about={t("account.totp_about")}
      extra={
        totp.data !== undefined && (
          <Tag tone={on ? "good" : "neutral"}>{t(on ? "account.totp_on" : "account.totp_off")}</Tag>
        )
      }
    >
      <Card>
        {totp.data === undefined ? (
          totp.error ? (
            <ErrorState error={totp.error} compact onRetry={() => void totp.refetch()} />
          ) : (
            <BoneLines lines={2} />
          )
        ) : on ? (
          <>
            <Codes guard={guard} />
            <Popconfirm
              title={t("account.totp_stop_question")}
              okText={t("account.totp_stop")}
              okButtonProps={{ danger: true }}
              onConfirm={() => turnOff.mutate()}
            >
              <Button danger loading={turnOff.isPending}>
                {t("account.totp_stop")}
              </Button>
            </Popconfirm>
          </>
        ) : setting && totp.data ? (
          <TotpSetting secret={totp.data} guard={guard} onDone={changed} />
        ) : (
          <Button type="primary" onClick={() => setSetting(true)}>
            {t("account.totp_start")}
          </Button>
        )}
      </Card>
      {guard.dialog}
    </Section>
  );
}

function TotpSetting({ secret, guard, onDone }: { secret: TotpSecret; guard: PasswordGuard; onDone: () => void }) {
  const { t } = useTranslation("session");
  const turnOn = useMutation({
    mutationFn: ({ code }: { code: string }) => guard.run(() => turnTotpOn(code.replaceAll(/\s/g, ""))),
    onSuccess: onDone,
    meta: { ownErrors: true },
  });
  return (
    <div className={styles.totp}>
      <div className={styles.qr}>
        <QRCode value={secret.url} size={176} bordered={false} color="#000000" bgColor="#ffffff" />
      </div>
      <Form layout="vertical" onFinish={turnOn.mutate} className={styles.totpForm}>
        <p>{t("account.totp_scan")}</p>
        <p className={styles.soft}>
          {t("account.totp_manual")} <code className={styles.secret}>{secret.secret}</code>
        </p>
        <Refused error={turnOn.error} />
        <Form.Item name="code" label={t("code")} rules={[{ required: true, message: t("required") }]}>
          <Input autoComplete="one-time-code" inputMode="numeric" maxLength={8} className={styles.code} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={turnOn.isPending}>
          {t("account.totp_confirm")}
        </Button>
      </Form>
    </div>
  );
}

function Codes({ guard }: { guard: PasswordGuard }) {
  const { t } = useTranslation("session");
  const queries = useQueryClient();
  const codes = useQuery({ queryKey: CODES_KEY, queryFn: () => readRecoveryCodes() });
  const renew = useMutation({
    mutationFn: () => guard.run(renewRecoveryCodes),
    onSuccess: (made: RecoveryCodes) => queries.setQueryData(CODES_KEY, made),
  });
  if (!codes.data) return codes.isPending ? <BoneLines lines={2} /> : null;
  const { unused, total } = codes.data;
  return (
    <div className={styles.codes}>
      <p>
        <strong>{t("account.codes")}</strong> · {t("account.codes_left", { left: unused.length, total })}
      </p>
      <p className={styles.soft}>{t("account.codes_about")}</p>
      <ul className={styles.codeList}>
        {unused.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className={styles.row}>
        <Button
          onClick={() =>
            downloadBlob("huike-recovery-codes.txt", new Blob([unused.join("\n")], { type: "text/plain" }))
          }
        >
          {t("account.codes_download")}
        </Button>
        <Popconfirm
          title={t("account.codes_new_question")}
          okText={t("account.codes_new")}
          onConfirm={() => renew.mutate()}
        >
          <Button loading={renew.isPending}>{t("account.codes_new")}</Button>
        </Popconfirm>
      </div>
    </div>
  );
}

interface PasswordGuard {
  /** Does it; when the server wants the password again, asks for it and does it once more. */
  readonly run: <T>(action: () => Promise<T>) => Promise<T>;
  readonly dialog: ReactNode;
}

function usePasswordGuard(): PasswordGuard {
  const { t } = useTranslation("session");
  const [asking, setAsking] = useState<{ resolve: () => void; reject: (error: unknown) => void } | null>(null);
  const confirm = useMutation({
    mutationFn: ({ password }: { password: string }) => confirmPassword(password),
    onSuccess: () => {
      asking?.resolve();
      setAsking(null);
    },
    meta: { ownErrors: true },
  });
  const run = async <T,>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (asProblem(error).code !== PASSWORD_NEEDED) throw error;
      await new Promise<void>((resolve, reject) => setAsking({ resolve, reject: () => reject(error) }));
      return action();
    }
  };
  const cancel = () => {
    asking?.reject(null);
    setAsking(null);
  };
  const dialog = (
    <Modal open={asking !== null} title={t("account.reauth_title")} onCancel={cancel} footer={null} destroyOnHidden>
      <p className={styles.soft}>{t("account.reauth_words")}</p>
      <Form layout="vertical" onFinish={confirm.mutate}>
        <Refused error={confirm.error} />
        <Form.Item name="password" label={t("password")} rules={[{ required: true, message: t("required") }]}>
          <Input.Password autoFocus autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={confirm.isPending}>
          {t("confirm")}
        </Button>
      </Form>
    </Modal>
  );
  return { run, dialog };
}
