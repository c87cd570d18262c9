import { SafetyCertificateOutlined } from "@ant-design/icons";
import { App, Button, InputNumber, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, When } from "@/components/figures";
import { PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import {
  type Limit,
  type Refusal,
  type Shared,
  useLiftShared,
  useLimits,
  useRefusals,
  useSetLimit,
  useShared,
} from "./api";
import styles from "./identity.module.css";

const REASONS = ["all", "taken", "shared", "too_many"] as const;
const FIELDS = { reason: choiceField(REASONS, "all"), cursor: textField() };

/** How many identities go together, what links nobody, and what was refused because of it. */
export function IdentityRulesPage() {
  const { t } = useTranslation("identity");
  const may = useMay();
  if (!may("customers.merge")) return <NoPermission what={t("rules.title")} />;
  return (
    <PlainPage title={t("rules.title")} about={t("rules.about")}>
      <Limits />
      <SharedOnes />
      <Refusals />
    </PlainPage>
  );
}

function Limits() {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const limits = useLimits();
  const set = useSetLimit();
  const change = (limit: Limit) => set.mutate(limit, { onSuccess: () => void message.success(t("rules.saved")) });
  if (limits.error) return <ErrorState error={limits.error} onRetry={() => void limits.refetch()} />;
  const number = (limit: Limit, key: "most_per_customer" | "most_files", label: string) => (
    <InputNumber
      className={styles.number}
      min={1}
      max={1000}
      precision={0}
      value={limit[key]}
      aria-label={`${t(`kind.${limit.kind}`)} ${label}`}
      changeOnWheel={false}
      onBlur={(event) => {
        const value = Number(event.target.value);
        if (value >= 1 && value <= 1000 && value !== limit[key]) change({ ...limit, [key]: value });
      }}
    />
  );
  const columns: Column<Limit>[] = [
    { key: "kind", title: t("rules.kind"), identity: true, cell: (limit) => t(`kind.${limit.kind}`) },
    {
      key: "per",
      title: t("rules.per_customer"),
      onCard: true,
      cell: (limit) => number(limit, "most_per_customer", t("rules.per_customer")),
    },
    {
      key: "files",
      title: t("rules.files"),
      onCard: true,
      cell: (limit) => number(limit, "most_files", t("rules.files")),
    },
  ];
  return (
    <Section title={t("rules.limits")} about={t("rules.limits_about")}>
      <Refused error={set.error} />
      <DataTable caption={t("rules.limits")} columns={columns} rows={limits.data} rowKey={(limit) => limit.kind} />
    </Section>
  );
}

function SharedOnes() {
  const { t } = useTranslation("identity");
  const shared = useShared();
  const lift = useLiftShared();
  if (shared.error) return <ErrorState error={shared.error} compact onRetry={() => void shared.refetch()} />;
  if (!shared.data) return <BoneLines lines={2} />;
  const columns: Column<Shared>[] = [
    { key: "value", title: t("rules.value"), identity: true, cell: (row) => `${t(`kind.${row.kind}`)} ${row.value}` },
    {
      key: "files",
      title: t("rules.seen_on"),
      align: "end",
      onCard: true,
      cell: (row) => <Count value={row.files_count} />,
    },
    { key: "at", title: t("rules.found"), onCard: true, cell: (row) => <When at={row.found_at} /> },
    {
      key: "act",
      title: t("rules.act"),
      onCard: true,
      cell: (row) => (
        <Popconfirm title={t("rules.lift_words")} okText={t("rules.lift")} onConfirm={() => lift.mutate(row.id)}>
          <Button size="small">{t("rules.lift")}</Button>
        </Popconfirm>
      ),
    },
  ];
  return (
    <Section title={t("rules.shared")} about={t("rules.shared_about")}>
      {shared.data.items.length === 0 ? (
        <p className={styles.soft}>{t("rules.shared_none")}</p>
      ) : (
        <DataTable caption={t("rules.shared")} columns={columns} rows={shared.data.items} rowKey={(row) => row.id} />
      )}
    </Section>
  );
}

function Refusals() {
  const { t } = useTranslation("identity");
  const address = useAddress(FIELDS);
  const { reason, cursor } = address.values;
  const [trail, setTrail] = useState<readonly string[]>([]);
  const refusals = useRefusals(reason === "all" ? undefined : reason, cursor);
  if (refusals.error) return <ErrorState error={refusals.error} compact onRetry={() => void refusals.refetch()} />;
  const person = (file: Refusal["customer"]) =>
    file ? <Link to={`/customers/${file.id}`}>{file.name || `#${file.id}`}</Link> : <None />;
  const columns: Column<Refusal>[] = [
    { key: "value", title: t("rules.value"), identity: true, cell: (row) => `${t(`kind.${row.kind}`)} ${row.value}` },
    { key: "why", title: t("rules.why"), onCard: true, cell: (row) => <Tag>{t(`refused.${row.reason}`)}</Tag> },
    { key: "with", title: t("rules.told_with"), cell: (row) => row.told_with.replace(/^order /, t("rules.order")) },
    { key: "for", title: t("rules.told_for"), onCard: true, cell: (row) => person(row.customer) },
    { key: "holder", title: t("rules.holder"), cell: (row) => person(row.holder) },
    { key: "times", title: t("rules.times"), align: "end", cell: (row) => <Count value={row.times} /> },
    { key: "at", title: t("rules.last"), onCard: true, cell: (row) => <When at={row.last_at} /> },
    {
      key: "act",
      title: t("rules.act"),
      cell: (row) =>
        row.reason === "taken" && row.customer && row.holder ? (
          <Link to={`/customers/merge?a=${row.customer.id}&b=${row.holder.id}`}>{t("rules.compare")}</Link>
        ) : null,
    },
  ];
  return (
    <Section
      title={t("rules.refused")}
      about={t("rules.refused_about")}
      extra={
        <span>
          {REASONS.map((one) => (
            <Button
              key={one}
              size="small"
              type={one === reason ? "default" : "text"}
              onClick={() => {
                setTrail([]);
                address.change({ reason: one, cursor: "" });
              }}
            >
              {t(one === "all" ? "rules.all" : `refused.${one}`)}
            </Button>
          ))}
        </span>
      }
    >
      {refusals.data?.items.length === 0 ? (
        <EmptyState icon={<SafetyCertificateOutlined />} title={t("rules.none_title")} purpose={t("rules.none")} />
      ) : (
        <>
          <DataTable
            caption={t("rules.refused")}
            columns={columns}
            rows={refusals.data?.items}
            rowKey={(row) => row.id}
          />
          {trail.length > 0 && (
            <Button
              type="text"
              onClick={() => {
                address.change({ cursor: trail.at(-1) ?? "" });
                setTrail(trail.slice(0, -1));
              }}
            >
              {t("rules.newer")}
            </Button>
          )}
          {refusals.data?.next_cursor && (
            <Button
              type="text"
              onClick={() => {
                setTrail([...trail, cursor]);
                address.change({ cursor: refusals.data?.next_cursor ?? "" });
              }}
            >
              {t("rules.older")}
            </Button>
          )}
        </>
      )}
    </Section>
  );
}
