import { App, Button, DatePicker, Form, InputNumber, Modal, Switch } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAmounts } from "@/components/amounts";
import { When } from "@/components/figures";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { currencyExponent, decimalToMinor, minorToDecimal } from "@/format/money";
import { rate } from "@/format/percent";
import { type FeeTerms, type Provider, useSetFees } from "./api";
import styles from "./payments.module.css";

/** What an account takes for a payment: what was agreed, the newest first, and the way to agree something else. */
export function Fees({ account }: { account: Provider }) {
  const { t } = useTranslation("payments");
  const [editing, setEditing] = useState(false);
  return (
    <div>
      <span className={styles.soft}>{t("fees.title")}</span>
      {account.fees.length === 0 ? (
        <p className={styles.feesNone}>{t("fees.none")}</p>
      ) : (
        <ul className={styles.fees}>
          {account.fees.map((terms) => (
            <Agreed key={terms.id} terms={terms} />
          ))}
        </ul>
      )}
      <Button size="small" onClick={() => setEditing(true)}>
        {t("fees.set")}
      </Button>
      {editing && <FeesDialog account={account} onClose={() => setEditing(false)} />}
    </div>
  );
}

function Agreed({ terms }: { terms: FeeTerms }) {
  const { t } = useTranslation("payments");
  const { language } = useReading();
  const amount = useAmounts(terms.currency);
  const share = rate(terms.rate_bp, language);
  return (
    <li>
      {terms.fixed_minor > 0 ? t("fees.rate_and_fixed", { rate: share, fixed: amount(terms.fixed_minor) }) : share}
      <span className={styles.soft}>
        {terms.currency} · {t("fees.from")} <When at={terms.starts_at} exact />
        {terms.gives_back && <> · {t("fees.gives_back_short")}</>}
      </span>
    </li>
  );
}

interface Values {
  readonly rate: number;
  readonly fixed: string;
  readonly gives_back: boolean;
  readonly since?: Dayjs | null;
}

function FeesDialog({ account, onClose }: { account: Provider; onClose: () => void }) {
  const { t } = useTranslation("payments");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const { currency } = useReading();
  const [form] = Form.useForm<Values>();
  const set = useSetFees();
  const before = account.fees.find((terms) => terms.currency === currency);
  const submit = (typed: Values) =>
    set.mutate(
      {
        key: account.key,
        body: {
          currency,
          rate_bp: Math.round(typed.rate * 100),
          fixed_minor: decimalToMinor(String(typed.fixed), currency) ?? 0,
          gives_back: typed.gives_back,
          starts_at: typed.since ? typed.since.startOf("day").toISOString() : null,
        },
      },
      {
        onSuccess: () => {
          void message.success(t("fees.saved"));
          onClose();
        },
      },
    );
  const required = { required: true, message: t("required") };
  return (
    <Modal
      open
      title={`${t("fees.set")} · ${account.kind === "sandbox" ? t("sandbox") : account.title}`}
      okText={t("providers.save")}
      cancelText={kit("cancel")}
      confirmLoading={set.isPending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <p>{t("fees.words", { currency })}</p>
      <Refused error={set.error} />
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={submit}
        initialValues={{
          rate: before ? before.rate_bp / 100 : undefined,
          fixed: minorToDecimal(before?.fixed_minor ?? 0, currencyExponent(currency)),
          gives_back: before?.gives_back ?? account.kind === "wechat",
        }}
      >
        <div className={styles.pair}>
          <Form.Item name="rate" label={t("fees.rate")} rules={[required]}>
            <InputNumber className={styles.wide} min={0} max={100} precision={2} suffix="%" />
          </Form.Item>
          <Form.Item name="fixed" label={t("fees.fixed")} rules={[required]}>
            <InputNumber<string>
              className={styles.wide}
              stringMode
              min="0"
              precision={currencyExponent(currency)}
              suffix={currency}
            />
          </Form.Item>
        </div>
        <Form.Item name="since" label={t("fees.since")} extra={t("fees.since_words")}>
          <DatePicker className={styles.wide} placeholder={t("fees.now")} />
        </Form.Item>
        <Form.Item
          name="gives_back"
          label={t("fees.gives_back")}
          valuePropName="checked"
          extra={t("fees.gives_back_words")}
        >
          <Switch />
        </Form.Item>
      </Form>
    </Modal>
  );
}
