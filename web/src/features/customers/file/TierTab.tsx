import { CrownOutlined } from "@ant-design/icons";
import { App, Button, DatePicker, Form, Input, Modal, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { None, When } from "@/components/figures";
import { type Fact, Facts, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import { Tag } from "@/components/Tag";
import { exactCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import { percent } from "@/format/percent";
import { dayOf, zonedDayStart } from "@/format/when";
import styles from "../customers.module.css";
import { type Aim, type Standing, type TierChange, type TierGrant, useGrantTier, useRevokeTier, useTier } from "./api";

/** Her tier: since, until, what leads to the next, what keeps this one, and how she came here. */
export function TierTab({ id }: { id: number }) {
  const { t } = useTranslation("tiers");
  const found = useTier(id);
  if (found.error && !found.data) {
    return <ErrorState error={found.error} compact onRetry={() => void found.refetch()} />;
  }
  if (!found.data) return <BoneLines lines={6} />;
  const standing = found.data.standing;
  if (!standing) {
    return <EmptyState icon={<CrownOutlined />} title={t("file.none_title")} purpose={t("file.none")} />;
  }
  return <View id={id} standing={standing} />;
}

function View({ id, standing }: { id: number; standing: Standing }) {
  const { t } = useTranslation("tiers");
  const { language } = useReading();
  const may = useMay();
  const [giving, setGiving] = useState(false);
  const aim = useAimWords(standing.currency);
  const called = useCalled();
  const { tier, benefits } = standing;
  const gives = [
    ...(benefits.discount_bp
      ? [t("file.discount", { percent: percent(benefits.discount_bp / 10_000, language) })]
      : []),
    ...(benefits.services ?? []),
    ...(benefits.partners ?? []),
    ...(benefits.birthday_gift ? [benefits.birthday_gift] : []),
  ];
  const facts: Fact[] = [
    {
      key: "tier",
      label: t("file.tier"),
      value: tier ? (
        <>
          <Name {...tier} /> {standing.is_granted && <Tag tone="info">{t("file.is_granted")}</Tag>}
        </>
      ) : (
        t("no_tier")
      ),
    },
    { key: "since", label: t("file.since"), value: <LastDay at={standing.since_at} first /> },
    { key: "until", label: t("file.until"), value: <LastDay at={standing.until_at} /> },
    {
      key: "rise",
      label: t("file.rise"),
      value: standing.rise ? aim(standing.rise, "rise") : t("file.top"),
    },
    ...(standing.keep ? [{ key: "keep", label: t("file.keep"), value: aim(standing.keep, "keep") }] : []),
    { key: "benefits", label: t("file.benefits"), value: gives.length > 0 ? gives.join(" · ") : <None /> },
  ];
  const history: Column<TierChange>[] = [
    {
      key: "tier",
      title: t("column.tier"),
      identity: true,
      width: "26%",
      cell: ({ tier: reached }) => (reached ? <Name {...reached} /> : t("no_tier")),
    },
    { key: "reason", title: t("column.reason"), onCard: true, cell: ({ reason }) => t(`reason.${reason}`) },
    {
      key: "at",
      title: t("file.since"),
      width: 150,
      onCard: true,
      cell: ({ effective_at }) => <When at={effective_at} />,
    },
    { key: "until", title: t("file.until"), width: 150, cell: ({ until_at }) => <LastDay at={until_at} /> },
  ];
  return (
    <div className={styles.stack}>
      <Section
        extra={may("loyalty.adjust") && <Button onClick={() => setGiving(true)}>{t("file.grant")}</Button>}
        title={tier ? called(tier) : t("no_tier")}
      >
        <Facts facts={facts} />
      </Section>
      {standing.grants.length > 0 && <Grants id={id} grants={standing.grants} />}
      <Section title={t("file.history")}>
        <DataTable
          caption={t("file.history")}
          columns={history}
          rows={standing.history}
          rowKey={({ effective_at }) => effective_at}
        />
      </Section>
      {giving && <GrantForm id={id} standing={standing} onClose={() => setGiving(false)} />}
    </div>
  );
}

/** What a tier is called in the reader's language. */
function useCalled(): (tier: { name: string; name_en: string }) => string {
  const { language } = useReading();
  return ({ name, name_en }) => (language === "en" && name_en) || name;
}

export function Name(tier: { name: string; name_en: string; color: string }) {
  const name = useCalled()(tier);
  const { color } = tier;
  return (
    <span className={styles.tierName}>
      <span className={styles.tierSpot} style={{ background: color }} aria-hidden="true" />
      {name}
    </span>
  );
}

/** The last day before an instant, for what ends at a midnight; with `first` the day of the instant. */
function LastDay({ at, first = false }: { at: string | null | undefined; first?: boolean }) {
  const { t } = useTranslation("tiers");
  const { language, timezone } = useReading();
  if (!at) return first ? <None /> : <>{t("for_ever")}</>;
  return <>{dayOf(first ? new Date(at) : new Date(Date.parse(at) - 1), { language, timezone })}</>;
}

/** "230.00 to Gold by 31 Dec". Of several thresholds of which one suffices, the nearest; of those all needed, each. */
function useAimWords(currency: string): (aim: Aim, kind: "rise" | "keep") => string {
  const { t } = useTranslation("tiers");
  const { language, timezone, currency: homeCurrency } = useReading();
  const called = useCalled();
  return ({ tier, needs, match, by, is_met }, kind) => {
    if (kind === "keep" && is_met) return t("file.keeps", { tier: called(tier) });
    const open = needs.filter(({ missing }) => missing > 0);
    const amounts = open.map(({ metric, missing }) =>
      metric === "net"
        ? exactMoney({ amount_minor: missing, currency }, { language, homeCurrency })
        : t(`amount.${metric}`, { amount: exactCount(missing, language) }),
    );
    const amount = amounts.join(t(match === "any" ? "or" : "and"));
    const date = by ? dayOf(new Date(Date.parse(by) - 1), { language, timezone }) : "";
    if (kind === "keep") return t("file.keep_by", { amount, date, tier: called(tier) });
    return date ? t("file.to_by", { amount, date, tier: called(tier) }) : t("file.to", { amount, tier: called(tier) });
  };
}

function Grants({ id, grants }: { id: number; grants: readonly TierGrant[] }) {
  const { t } = useTranslation("tiers");
  const { modal, message } = App.useApp();
  const may = useMay();
  const revoke = useRevokeTier(id);
  const columns: Column<TierGrant>[] = [
    { key: "tier", title: t("column.tier"), identity: true, width: "20%", cell: ({ tier }) => <Name {...tier} /> },
    {
      key: "reason",
      title: t("file.grant_reason"),
      onCard: true,
      cell: ({ reason, granted_by }) => `${reason} · ${t("file.by", { who: granted_by })}`,
    },
    { key: "until", title: t("file.until"), width: 140, onCard: true, cell: ({ ends_at }) => <LastDay at={ends_at} /> },
    {
      key: "state",
      title: "",
      bare: true,
      onCard: true,
      align: "end",
      width: 120,
      cell: (grant) =>
        grant.is_running && may("loyalty.adjust") ? (
          <Button
            size="small"
            onClick={() =>
              modal.confirm({
                title: t("file.revoke_title"),
                content: t("file.revoke_words"),
                okText: t("file.revoke"),
                onOk: () => revoke.mutateAsync(grant.id).then(() => void message.success(t("file.revoked"))),
              })
            }
          >
            {t("file.revoke")}
          </Button>
        ) : (
          <Tag>{t(grant.is_running ? "file.running" : grant.revoked_at ? "file.revoked" : "file.over")}</Tag>
        ),
    },
  ];
  return (
    <Section title={t("file.grants")}>
      <DataTable caption={t("file.grants")} columns={columns} rows={grants} rowKey={({ id: grant }) => grant} />
    </Section>
  );
}

interface GrantValues {
  readonly tier: string;
  readonly until: Dayjs | null;
  readonly reason: string;
}

function GrantForm({ id, standing, onClose }: { id: number; standing: Standing; onClose: () => void }) {
  const { t } = useTranslation("tiers");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const { timezone } = useReading();
  const called = useCalled();
  const [form] = Form.useForm<GrantValues>();
  const grant = useGrantTier(id);
  const give = ({ tier, until, reason }: GrantValues) =>
    grant.mutate(
      { tier, reason, ends_at: until ? (zonedDayStart(until.format("YYYY-MM-DD"), timezone, 1) ?? null) : null },
      {
        onSuccess: () => {
          void message.success(t("file.grant_done"));
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      title={t("file.grant")}
      onCancel={onClose}
      onOk={form.submit}
      okText={t("file.grant_save")}
      cancelText={kit("cancel")}
      confirmLoading={grant.isPending}
    >
      <Form<GrantValues> form={form} layout="vertical" onFinish={give}>
        <Refused error={grant.error} />
        <Form.Item name="tier" label={t("file.grant_tier")} rules={[{ required: true, message: "" }]}>
          <Select options={[...standing.tiers].reverse().map((tier) => ({ value: tier.key, label: called(tier) }))} />
        </Form.Item>
        <Form.Item name="until" label={t("file.grant_until")} extra={t("file.grant_until_hint")}>
          <DatePicker disabledDate={(day) => day.isBefore(new Date(), "day")} />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t("file.grant_reason")}
          rules={[{ required: true, whitespace: true, message: "" }]}
        >
          <Input maxLength={300} placeholder={t("file.grant_reason_hint")} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
