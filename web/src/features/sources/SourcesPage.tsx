import { PlusOutlined, ThunderboltOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, When } from "@/components/figures";
import { ListPage, listFields } from "@/components/ListPage";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { CHANNELS, type Channel, type TrackedSource, useCreateSource, useTrackedSources } from "./api";

const FIELDS = listFields("", {});

/** Every source, and what it sends. */
export function SourcesPage() {
  const { t } = useTranslation("sources");
  const may = useMay();
  if (!may("behaviour.read")) return <NoPermission what={t("title")} />;
  return <Sources />;
}

function Sources() {
  const { t } = useTranslation("sources");
  const may = useMay();
  const address = useAddress(FIELDS);
  const sources = useTrackedSources();
  const [making, setMaking] = useState(false);
  const create = may("behaviour.manage") && may("catalog.write") && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t("create")}
    </Button>
  );
  const columns: Column<TrackedSource>[] = [
    { key: "name", title: t("name"), identity: true, cell: ({ name }) => name },
    { key: "channel", title: t("channel"), cell: ({ channel }) => t(`channels.${channel as Channel}`) },
    { key: "state", title: t("state"), onCard: true, cell: (source) => <TrackingTag source={source} /> },
    {
      key: "taken",
      title: t("taken_week"),
      align: "end",
      onCard: true,
      cell: ({ taken, tracking }) => tracking && <Count value={taken} />,
    },
    {
      key: "refused",
      title: t("refused_week"),
      align: "end",
      cell: ({ refused, tracking }) => tracking && <Count value={refused} />,
    },
    { key: "last", title: t("last"), onCard: true, cell: ({ last_at }) => last_at && <When at={last_at} /> },
  ];
  return (
    <>
      <ListPage
        id="sources"
        title={t("title")}
        about={t("about")}
        primary={create}
        address={address}
        query={sources}
        columns={columns}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        rowHref={({ id }) => `/settings/sources/${id}`}
        empty={
          <EmptyState
            icon={<ThunderboltOutlined />}
            title={t("empty_title")}
            purpose={t("empty")}
            example={t("empty_example")}
            action={create}
          />
        }
      />
      {making && <SourceDialog onClose={() => setMaking(false)} />}
    </>
  );
}

export function TrackingTag({ source }: { source: TrackedSource }) {
  const { t } = useTranslation("sources");
  if (!source.tracking) return <Tag>{t("off")}</Tag>;
  return <Tag tone={source.last_at ? "good" : "info"}>{source.last_at ? t("on") : t("waiting")}</Tag>;
}

interface SourceValues {
  readonly name: string;
  readonly key: string;
  readonly channel: Channel;
}

function SourceDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("sources");
  const { t: kit } = useTranslation("kit");
  const { timezone, currency } = useReading();
  const [form] = Form.useForm<SourceValues>();
  const create = useCreateSource();
  const navigate = useNavigate();
  const submit = (values: SourceValues) =>
    create.mutate(
      { ...values, timezone, currency },
      { onSuccess: ({ id }) => void navigate(`/settings/sources/${id}`) },
    );
  const required = { required: true, message: t("required") };
  return (
    <Modal
      open
      title={t("create")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("create")}
      cancelText={kit("cancel")}
      confirmLoading={create.isPending}
    >
      <Form<SourceValues> form={form} layout="vertical" onFinish={submit} initialValues={{ channel: "web" }}>
        <Refused error={create.error} />
        <Form.Item name="name" label={t("name")} rules={[required]}>
          <Input autoFocus maxLength={120} placeholder={t("name_hint")} />
        </Form.Item>
        <Form.Item
          name="key"
          label={t("key")}
          extra={t("key_words")}
          rules={[required, { pattern: /^[a-z0-9_-]+$/, message: t("key_shape") }]}
        >
          <Input maxLength={60} placeholder="web-shop" />
        </Form.Item>
        <Form.Item name="channel" label={t("channel")} rules={[required]}>
          <Select options={CHANNELS.map((value) => ({ value, label: t(`channels.${value}`) }))} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
