import { App, Button, DatePicker, Form, Input, Radio, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import type { FoundPerson } from "@/api/people";
import { textField, useAddress } from "@/components/address";
import { CopyField } from "@/components/copy";
import { When } from "@/components/figures";
import { PlainPage, Section } from "@/components/layout";
import { PersonPicker } from "@/components/PersonPicker";
import { Refused } from "@/components/Refused";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { useAsk, useHeld, useMakeLink, type Wish } from "./api";
import { HeldLists } from "./HeldLists";
import styles from "./privacy.module.css";

const FIELDS = { customer: textField() };
const KINDS = ["export", "erase", "correct"] as const;
const CORRECTABLE = [
  "name",
  "phone",
  "email",
  "gender",
  "birth_on",
  "language",
  "province",
  "city",
  "district",
  "address",
  "occupation",
] as const;
type Field = (typeof CORRECTABLE)[number];

interface Values {
  kind: (typeof KINDS)[number];
  field?: Field;
  value?: string;
  day?: Dayjs | null;
  note?: string;
}

/** Whom it is about, what is held about her, and what she asks. */
export function NewRequestPage() {
  const { t } = useTranslation("privacy");
  const may = useMay();
  if (!may("privacy.manage")) return <NoPermission what={t("new")} />;
  return <NewRequest />;
}

function NewRequest() {
  const { t } = useTranslation("privacy");
  const address = useAddress(FIELDS);
  const [found, setFound] = useState<FoundPerson | null>(null);
  const id = Number(address.values.customer) || null;
  const held = useHeld(id);
  const person =
    found ??
    (held.data ? { id: held.data.customer_id, name: held.data.customer_name, phone: null, email: null } : null);
  return (
    <PlainPage title={t("new")} about={t("new_about")} above={<Link to="/privacy">{t("title")}</Link>}>
      <Section title={t("ask.who")}>
        <div className={styles.form}>
          <PersonPicker
            person={person}
            onChoose={(chosen) => {
              setFound(chosen);
              address.change({ customer: String(chosen.id) }, { replace: true });
            }}
          />
        </div>
      </Section>
      {id !== null && held.error && <ErrorState error={held.error} compact onRetry={() => void held.refetch()} />}
      {id !== null && !held.data && !held.error && <BoneLines lines={8} />}
      {id !== null && held.data && (
        <>
          <Section title={t("ask.what")}>
            <AskForm key={id} id={id} />
          </Section>
          <Section title={t("held.title")} about={t("held.about")}>
            <HeldLists items={held.data.items} />
          </Section>
          <Section title={t("link.title")} about={t("link.about")}>
            <HandOver key={id} id={id} />
          </Section>
        </>
      )}
    </PlainPage>
  );
}

function AskForm({ id }: { id: number }) {
  const { t } = useTranslation("privacy");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [form] = Form.useForm<Values>();
  const kind = Form.useWatch("kind", form) ?? "export";
  const field = Form.useWatch("field", form) ?? "name";
  const ask = useAsk();
  const submit = ({ value, day, note, ...values }: Values) => {
    const told = field === "birth_on" ? (day?.format("YYYY-MM-DD") ?? "") : (value ?? "");
    const wish: Wish = {
      customer_id: id,
      kind: values.kind,
      note: note ?? "",
      changes: values.kind === "correct" ? { [field]: told } : {},
    };
    ask.mutate(wish, {
      onSuccess: (request) => {
        void message.success(t("ask.done"));
        navigate(`/privacy/${request.id}`);
      },
    });
  };
  return (
    <Form<Values>
      form={form}
      layout="vertical"
      className={styles.form}
      initialValues={{ kind: "export", field: "name" }}
      onFinish={submit}
    >
      <Refused error={ask.error} />
      <Form.Item name="kind">
        <Radio.Group options={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))} optionType="button" />
      </Form.Item>
      <p className={styles.soft}>{t(`ask.words_${kind}`)}</p>
      {kind === "correct" && (
        <>
          <Form.Item name="field" label={t("ask.field")}>
            <Select options={CORRECTABLE.map((value) => ({ value, label: t(`field.${value}`) }))} />
          </Form.Item>
          {field === "birth_on" ? (
            <Form.Item name="day" label={t("ask.value")}>
              <DatePicker />
            </Form.Item>
          ) : field === "gender" ? (
            <Form.Item name="value" label={t("ask.value")}>
              <Select
                options={(["female", "male", "other"] as const).map((value) => ({
                  value,
                  label: t(`gender.${value}`),
                }))}
              />
            </Form.Item>
          ) : field === "language" ? (
            <Form.Item name="value" label={t("ask.value")}>
              <Select
                options={[
                  { value: "zh-CN", label: "简体中文" },
                  { value: "en", label: "English" },
                ]}
              />
            </Form.Item>
          ) : (
            <Form.Item name="value" label={t("ask.value")}>
              <Input maxLength={field === "address" ? 300 : 200} />
            </Form.Item>
          )}
        </>
      )}
      <Form.Item name="note" label={t("ask.note")}>
        <Input.TextArea rows={2} maxLength={1000} placeholder={t("ask.note_example")} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={ask.isPending}>
        {t("ask.submit")}
      </Button>
    </Form>
  );
}

/** A one-time link to her own page, for whoever stands at the counter or has no e-mail. */
function HandOver({ id }: { id: number }) {
  const { t } = useTranslation("privacy");
  const make = useMakeLink();
  return (
    <div className={styles.form}>
      <Refused error={make.error} />
      {make.data ? (
        <>
          <CopyField value={make.data.address} label={t("link.copy")} done={t("link.copied")} />
          <p className={styles.soft}>
            {t("link.until")} <When at={make.data.expires_at} exact />
          </p>
        </>
      ) : (
        <Button loading={make.isPending} onClick={() => make.mutate(id)}>
          {t("link.make")}
        </Button>
      )}
    </div>
  );
}
