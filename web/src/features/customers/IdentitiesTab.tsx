import { PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Dropdown, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import { Tag } from "@/components/Tag";
import {
  type Claimable,
  type IdentityIn,
  type LinkedIdentity,
  useAddIdentity,
  useClaim,
  useClaimable,
  useIdentities,
  useReleaseIdentity,
  useSources,
  useVerifyIdentity,
} from "./api";
import styles from "./customers.module.css";

const REASONS = ["replaced", "recycled", "wrong"] as const;

/** What a person is and was known by; staff add, confirm and release, and claim history kept under a receipt. */
export function IdentitiesTab({ id }: { id: number }) {
  const { t } = useTranslation("customers");
  const { message } = App.useApp();
  const may = useMay();
  const identities = useIdentities(id);
  const verify = useVerifyIdentity(id);
  const release = useReleaseIdentity(id);
  const [adding, setAdding] = useState(false);
  const [claiming, setClaiming] = useState(false);
  if (identities.error)
    return <ErrorState error={identities.error} compact onRetry={() => void identities.refetch()} />;
  if (!identities.data) return <BoneLines lines={6} />;
  const writes = may("customers.write");
  const columns: Column<LinkedIdentity>[] = [
    {
      key: "value",
      title: t("identities.value"),
      identity: true,
      cell: (row) => (
        <>
          {t(`identity.${row.kind}`)} {row.value}
          {row.source && <span className={styles.faint}> {row.source.name}</span>}
        </>
      ),
    },
    {
      key: "state",
      title: t("identities.state"),
      onCard: true,
      cell: (row) =>
        row.release_reason ? (
          <Tag>{t(`identities.${row.release_reason}`)}</Tag>
        ) : (
          <Tag tone={row.verified ? "good" : "neutral"}>
            {t(row.verified ? "identities.verified" : "identities.unverified")}
          </Tag>
        ),
    },
    { key: "from", title: t("identities.linked"), onCard: true, cell: (row) => <When at={row.linked_at} /> },
    {
      key: "until",
      title: t("identities.released"),
      cell: (row) => (row.released_at ? <When at={row.released_at} /> : <None />),
    },
    ...(writes
      ? [
          {
            key: "act",
            title: t("identities.act"),
            onCard: true,
            cell: (row: LinkedIdentity) =>
              row.released_at ? null : (
                <span className={styles.tags}>
                  {!row.verified && (
                    <Button size="small" loading={verify.isPending} onClick={() => verify.mutate(row.id)}>
                      {t("identities.verify")}
                    </Button>
                  )}
                  <Dropdown
                    trigger={["click"]}
                    menu={{
                      items: REASONS.map((key) => ({ key, label: t(`identities.because_${key}`) })),
                      onClick: ({ key }) =>
                        release.mutate(
                          { identity: row.id, reason: key as (typeof REASONS)[number] },
                          { onSuccess: () => void message.success(t("identities.released_now")) },
                        ),
                    }}
                  >
                    <Button size="small">{t("identities.release")}</Button>
                  </Dropdown>
                </span>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      {writes && (
        <div className={styles.kinds}>
          <Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t("identities.add")}
          </Button>{" "}
          <Button icon={<SearchOutlined />} onClick={() => setClaiming(true)}>
            {t("claim.open")}
          </Button>
        </div>
      )}
      <Refused error={verify.error ?? release.error} />
      {identities.data.length === 0 ? (
        <EmptyState title={t("identities.empty_title")} purpose={t("identities.empty")} />
      ) : (
        <DataTable
          caption={t("file.tab_identities")}
          columns={columns}
          rows={identities.data}
          rowKey={(row) => row.id}
        />
      )}
      {adding && <AddDialog id={id} onClose={() => setAdding(false)} />}
      {claiming && <ClaimDialog id={id} onClose={() => setClaiming(false)} />}
    </>
  );
}

const KINDS = ["phone", "email", "card", "wechat_openid", "wechat_unionid", "device", "external"] as const;

function AddDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("customers");
  const { t: kit } = useTranslation("kit");
  const [form] = Form.useForm<IdentityIn>();
  const kind = Form.useWatch("kind", form);
  const add = useAddIdentity(id);
  const sources = useSources();
  return (
    <Modal
      open
      title={t("identities.add")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("identities.save")}
      cancelText={kit("cancel")}
      confirmLoading={add.isPending}
    >
      <Form<IdentityIn>
        form={form}
        layout="vertical"
        initialValues={{ kind: "phone", verified: false }}
        onFinish={(values) => add.mutate(values, { onSuccess: onClose })}
      >
        <Refused error={add.error} />
        <Form.Item name="kind" label={t("identities.kind")}>
          <Select options={KINDS.map((value) => ({ value, label: t(`identity.${value}`) }))} />
        </Form.Item>
        {(kind === "external" || kind === "wechat_openid") && (
          <Form.Item name="source_id" label={t("file.source")} rules={[{ required: true }]}>
            <Select options={sources.data?.map(({ id: value, name }) => ({ value, label: name }))} />
          </Form.Item>
        )}
        <Form.Item name="value" label={t("identities.value")} rules={[{ required: true }]}>
          <Input maxLength={254} />
        </Form.Item>
        <Form.Item name="verified" valuePropName="checked" extra={t("identities.sure_words")}>
          <Checkbox>{t("identities.sure")}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  );
}

function ClaimDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("customers");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [key, setKey] = useState("");
  const found = useClaimable(id, key);
  const claim = useClaim(id);
  const waiting = found.data?.filter(({ state }) => state === "waiting") ?? [];
  return (
    <Modal
      open
      title={t("claim.title")}
      onCancel={onClose}
      okText={t("claim.take")}
      cancelText={kit("cancel")}
      okButtonProps={{ disabled: waiting.length === 0 }}
      confirmLoading={claim.isPending}
      onOk={() =>
        claim.mutate(key, {
          onSuccess: () => {
            void message.success(t("claim.done"));
            onClose();
          },
        })
      }
    >
      <p className={styles.soft}>{t("claim.words")}</p>
      <Input.Search
        autoFocus
        aria-label={t("claim.number")}
        placeholder={t("claim.number")}
        enterButton={t("claim.find")}
        loading={found.isFetching}
        onSearch={(value) => setKey(value.trim())}
      />
      <Refused error={claim.error ?? found.error} />
      {found.data?.length === 0 && <p className={styles.soft}>{t("claim.nothing")}</p>}
      <ul className={styles.list}>
        {found.data?.map((item) => (
          <ClaimableLine key={`${item.kind}-${item.id}`} item={item} />
        ))}
      </ul>
    </Modal>
  );
}

function ClaimableLine({ item }: { item: Claimable }) {
  const { t } = useTranslation("customers");
  const { external_id, net_minor, currency, store, events } = item.params;
  return (
    <li className={styles.listRow}>
      <span>
        {typeof events === "number" ? t("claim.visits", { count: events }) : String(external_id ?? "")}{" "}
        <span className={styles.soft}>{String(store ?? item.source)}</span>{" "}
        <Tag tone={item.state === "waiting" ? "accent" : "neutral"}>{t(`claim.${item.state}`)}</Tag>
      </span>
      <span>
        {typeof net_minor === "number" && typeof currency === "string" && (
          <Money minor={net_minor} currency={currency} />
        )}{" "}
        <span className={styles.soft}>
          <When at={item.at} />
        </span>
      </span>
    </li>
  );
}
