import { PlusOutlined, QrcodeOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, Percent, When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { EmptyState, NoPermission } from "@/components/states";
import { type SignUpRow, useCreateSignUpPage, useSignUpPages } from "./api";
import styles from "./signups.module.css";
import { StateTag } from "./words";

const FIELDS = listFields("-updated_at", {});

/** The pages people join by, and how far they come on each. */
export function SignUpPagesPage() {
  const { t } = useTranslation("signups");
  const may = useMay();
  if (!may("signups.read")) return <NoPermission what={t("title")} />;
  return <Pages mayWrite={may("signups.write")} />;
}

function Pages({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("signups");
  const address = useAddress(FIELDS);
  const pages = useSignUpPages(address.values.cursor);
  const [making, setMaking] = useState(false);
  const create = mayWrite && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t("create")}
    </Button>
  );
  const columns: Column<SignUpRow>[] = [
    { key: "name", title: t("column.name"), identity: true, cell: (page) => page.name },
    { key: "state", title: t("column.state"), onCard: true, cell: (page) => <StateTag page={page} /> },
    {
      key: "today",
      title: t("column.today"),
      align: "end",
      onCard: true,
      cell: ({ today }) => <Count value={today.joined} />,
    },
    {
      key: "month",
      title: t("column.month"),
      align: "end",
      onCard: true,
      cell: ({ last_30_days }) => <Count value={last_30_days.joined} />,
    },
    {
      key: "funnel",
      title: t("column.funnel"),
      cell: ({ last_30_days: { opened, sent, confirmed, joined } }) => (
        <span className={styles.funnel}>
          <Count value={opened} /> → <Count value={sent} /> → <Count value={confirmed} /> → <Count value={joined} />
        </span>
      ),
    },
    {
      key: "conversion",
      title: t("column.conversion"),
      align: "end",
      cell: ({ last_30_days: { opened, joined } }) => (
        <Percent ratio={opened > 0 ? Math.min(1, joined / opened) : null} />
      ),
    },
    { key: "updated", title: t("column.updated"), cell: (page) => <When at={page.updated_at} /> },
  ];
  return (
    <>
      <ListPage
        id="sign-up-pages"
        title={t("title")}
        about={t("about")}
        primary={create}
        address={address}
        query={pages}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        rowHref={({ id, state }) => `/sign-up/${id}${state === "draft" && mayWrite ? "" : "/results"}`}
        empty={
          <EmptyState
            icon={<QrcodeOutlined />}
            title={t("empty_title")}
            purpose={t("empty")}
            example={t("empty_example")}
            action={create}
          />
        }
      />
      {making && <CreateDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("signups");
  const { t: kit } = useTranslation("kit");
  const navigate = useNavigate();
  const create = useCreateSignUpPage();
  const [form] = Form.useForm<{ name: string; slug: string }>();
  return (
    <Modal
      open
      title={t("create")}
      okText={t("create_ok")}
      cancelText={kit("cancel")}
      confirmLoading={create.isPending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Refused error={create.error} />
      <Form
        form={form}
        layout="vertical"
        onFinish={(values) => create.mutate(values, { onSuccess: ({ id }) => void navigate(`/sign-up/${id}`) })}
      >
        <Form.Item name="name" label={t("name")} rules={[{ required: true, message: t("needed") }]}>
          <Input maxLength={120} placeholder={t("name_placeholder")} autoFocus />
        </Form.Item>
        <Form.Item
          name="slug"
          label={t("slug")}
          extra={t("slug_hint")}
          rules={[
            { required: true, message: t("needed") },
            { pattern: /^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$/, message: t("slug_malformed") },
          ]}
        >
          <Input addonBefore="/join/" maxLength={60} placeholder="tea" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
