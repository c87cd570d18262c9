import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { confirmCode, type SignInState, signIn } from "@/api/auth";
import { whoIsHereChanged } from "@/api/me";
import { usePageTitle } from "@/components/PageHeader";
import { Refused } from "@/components/Refused";
import { Door } from "./Door";
import styles from "./Door.module.css";

/** Stands at whatever address was asked for, so that signing in leads on to it. */
export default function SignInPage() {
  const { t } = useTranslation("session");
  const queries = useQueryClient();
  const [step, setStep] = useState<"password" | "code">("password");
  usePageTitle(t("title"));
  const next = async (state: SignInState) => {
    if (state === "signed_in") await whoIsHereChanged(queries);
    else setStep(state === "code_needed" ? "code" : "password");
  };
  return step === "password" ? (
    <PasswordStep onState={next} />
  ) : (
    <CodeStep onState={next} onBack={() => setStep("password")} />
  );
}

function PasswordStep({ onState }: { onState: (state: SignInState) => Promise<void> }) {
  const { t } = useTranslation("session");
  const enter = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => signIn(email, password),
    onSuccess: onState,
    meta: { ownErrors: true },
  });
  const required = [{ required: true, message: t("required") }];
  return (
    <Door title={t("welcome")}>
      <Form layout="vertical" onFinish={enter.mutate} disabled={enter.isPending} size="large">
        <Refused error={enter.error} />
        <Form.Item name="email" label={t("email")} rules={required}>
          <Input type="email" autoComplete="username" autoFocus inputMode="email" />
        </Form.Item>
        <Form.Item name="password" label={t("password")} rules={required}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button block type="primary" htmlType="submit" loading={enter.isPending}>
          {t("sign_in")}
        </Button>
      </Form>
      <p className={styles.help}>{t("help")}</p>
    </Door>
  );
}

function CodeStep({ onState, onBack }: { onState: (state: SignInState) => Promise<void>; onBack: () => void }) {
  const { t } = useTranslation("session");
  const confirm = useMutation({
    mutationFn: ({ code }: { code: string }) => confirmCode(code.replaceAll(/\s/g, "")),
    onSuccess: onState,
    meta: { ownErrors: true },
  });
  return (
    <Door title={t("code_title")} words={t("code_words")}>
      <Form layout="vertical" onFinish={confirm.mutate} disabled={confirm.isPending} size="large">
        <Refused error={confirm.error} />
        <Form.Item name="code" label={t("code")} rules={[{ required: true, message: t("required") }]}>
          <Input autoFocus autoComplete="one-time-code" maxLength={20} />
        </Form.Item>
        <Button block type="primary" htmlType="submit" loading={confirm.isPending}>
          {t("confirm")}
        </Button>
      </Form>
      <p className={styles.help}>
        <Button type="link" size="small" onClick={onBack}>
          {t("another")}
        </Button>
      </p>
    </Door>
  );
}
