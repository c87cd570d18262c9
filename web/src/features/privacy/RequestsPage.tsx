import { PlusOutlined, SafetyOutlined, SettingOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Form, InputNumber, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { None, When } from "@/components/figures";
import { choiceFilter, typedFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { type PrivacyRequest, type PrivacyRules, usePrivacyRules, useRequests, useSetRules } from "./api";
import { Due, StateTag } from "./marks";
import styles from "./privacy.module.css";

const KINDS = ["", "export", "erase", "correct"] as const;
const STATES = ["", "unanswered", "done", "refused", "withdrawn"] as const;
const FIELDS = listFields("-asked_at", {
  kind: choiceField(KINDS, ""),
  state: choiceField(STATES, ""),
  customer: textField(),
});

/** What people asked about their own data, and by when it must be answered. */
export function RequestsPage() {
  const { t } = useTranslation("privacy");
  const may = useMay();
  if (!may("privacy.read")) return <NoPermission what={t("title")} />;
  return <Requests />;
}

function Requests() {
  const { t } = useTranslation("privacy");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { kind, state, customer, cursor } = address.values;
  const [setting, setSetting] = useState(false);
  const requests = useRequests({
    kind: kind || undefined,
    state: state || undefined,
    customer_id: customer ? Number(customer) : undefined,
    cursor: cursor || undefined,
  });
  const add = may("privacy.manage") && (
    <Link to="/privacy/new">
      <Button type="primary" icon={<PlusOutlined />}>
        {t("new")}
      </Button>
    </Link>
  );
  const columns: Column<PrivacyRequest>[] = [
    {
      key: "who",
      title: t("column.who"),
      identity: true,
      cell: (row) => (row.customer_id === null ? t("erased_person") : row.customer_name || `#${row.customer_id}`),
    },
    { key: "kind", title: t("column.kind"), onCard: true, cell: (row) => t(`kind.${row.kind}`) },
    { key: "state", title: t("column.state"), onCard: true, cell: (row) => <StateTag state={row.state} /> },
    { key: "due", title: t("column.due"), onCard: true, cell: (row) => <Due request={row} /> },
    { key: "by", title: t("column.by"), cell: (row) => row.asked_by_label || t(`asked_by.${row.asked_by}`) },
    { key: "asked", title: t("column.asked"), align: "end", cell: (row) => <When at={row.asked_at} /> },
    {
      key: "finished",
      title: t("column.finished"),
      align: "end",
      cell: (row) => (row.finished_at ? <When at={row.finished_at} /> : <None />),
    },
  ];
  return (
    <>
      <ListPage
        id="privacy"
        title={t("title")}
        about={t("about")}
        primary={
          may("privacy.manage") ? (
            <span className={styles.actions}>
              <Button icon={<SettingOutlined />} onClick={() => setSetting(true)}>
                {t("rules.open")}
              </Button>
              {add}
            </span>
          ) : undefined
        }
        address={address}
        query={requests}
        columns={columns}
        rowKey={(row) => row.id}
        rowName={(row) => row.customer_name ?? t("erased_person")}
        rowHref={(row) => `/privacy/${row.id}`}
        countWords={(total) => t("count", { count: total ?? 0 })}
        filters={[
          choiceFilter({
            key: "kind",
            label: t("column.kind"),
            options: KINDS.filter((value) => value !== "").map((value) => ({ value, label: t(`kind.${value}`) })),
            value: kind,
            onChange: (value) => address.change({ kind: value as typeof kind, cursor: "" }),
          }),
          choiceFilter({
            key: "state",
            label: t("column.state"),
            options: STATES.filter((value) => value !== "").map((value) => ({ value, label: t(`state.${value}`) })),
            value: state,
            onChange: (value) => address.change({ state: value as typeof state, cursor: "" }),
          }),
          typedFilter({
            key: "customer",
            label: t("column.number"),
            value: customer,
            placeholder: "1024",
            onChange: (value) => address.change({ customer: value.replace(/\D/g, "").slice(0, 16), cursor: "" }),
          }),
        ]}
        empty={<EmptyState icon={<SafetyOutlined />} title={t("empty_title")} purpose={t("empty")} action={add} />}
      />
      {setting && <RulesDialog onClose={() => setSetting(false)} />}
    </>
  );
}

function RulesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("privacy");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [form] = Form.useForm<PrivacyRules>();
  const rules = usePrivacyRules();
  const set = useSetRules();
  return (
    <Modal
      open
      title={t("rules.title")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("rules.save")}
      okButtonProps={{ disabled: !rules.data }}
      cancelText={kit("cancel")}
      confirmLoading={set.isPending}
    >
      <Refused error={set.error} />
      {rules.error && <ErrorState error={rules.error} compact onRetry={() => void rules.refetch()} />}
      {!rules.data && !rules.error && <BoneLines lines={4} />}
      {rules.data && (
        <Form<PrivacyRules>
          form={form}
          layout="vertical"
          initialValues={rules.data}
          onFinish={(values) =>
            set.mutate(values, {
              onSuccess: () => {
                void message.success(t("rules.saved"));
                onClose();
              },
            })
          }
        >
          <Form.Item name="answer_working_days" label={t("rules.days")} extra={t("rules.days_words")}>
            <InputNumber min={1} max={90} precision={0} />
          </Form.Item>
          <Form.Item name="simple_corrections_at_once" valuePropName="checked" extra={t("rules.corrections_words")}>
            <Checkbox>{t("rules.corrections")}</Checkbox>
          </Form.Item>
          <Form.Item name="erasure_at_once" valuePropName="checked" extra={t("rules.erasure_words")}>
            <Checkbox>{t("rules.erasure")}</Checkbox>
          </Form.Item>
        </Form>
      )}
    </Modal>
  );
}
