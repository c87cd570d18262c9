import { CrownOutlined, EditOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, Percent } from "@/components/figures";
import { Figures, PlainPage, Section } from "@/components/layout";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { type Movement, type TierCount, type Tiers, useTiers } from "./api";
import styles from "./tiers.module.css";
import { TierName, useConditionWords } from "./words";

/** The ladder in effect: who is on it, whose tier ends soon, who moved. */
export function TiersPage() {
  const { t } = useTranslation("tiers");
  const may = useMay();
  const found = useTiers(may("loyalty.read"));
  if (!may("loyalty.read")) return <NoPermission what={t("title")} />;
  if (found.error && !found.data) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  const tiers = found.data;
  const edit = may("loyalty.write") && (
    <Link to="/loyalty/tiers/edit">
      <Button type="primary" icon={<EditOutlined />} tabIndex={-1}>
        {t("edit")}
      </Button>
    </Link>
  );
  if (tiers && (tiers.ladder?.tiers ?? []).length === 0) {
    return (
      <EmptyState
        asPage
        icon={<CrownOutlined />}
        title={t("empty.title")}
        purpose={t("empty.purpose")}
        example={t("empty.example")}
        action={edit}
      />
    );
  }
  return (
    <PlainPage title={t("title")} about={t("about")} actions={edit}>
      {tiers ? <View tiers={tiers} /> : <BoneLines lines={8} />}
    </PlainPage>
  );
}

function View({ tiers }: { tiers: Tiers }) {
  const { t } = useTranslation("tiers");
  const conditions = useConditionWords(tiers.currency ?? "");
  const members = tiers.counts.reduce((sum, { count }) => sum + count, 0);
  const soon = tiers.counts.reduce((sum, { ends_soon }) => sum + ends_soon, 0);
  const moved = (reasons: readonly Movement["reason"][]) =>
    tiers.movements.filter(({ reason }) => reasons.includes(reason)).reduce((sum, { count }) => sum + count, 0);
  const stepOf = (key: string | undefined) => tiers.ladder?.tiers?.find((tier) => tier.key === key);
  const columns: Column<TierCount>[] = [
    {
      key: "tier",
      title: t("column.tier"),
      identity: true,
      width: "18%",
      cell: ({ tier }) => (tier ? <TierName {...tier} /> : t("no_tier")),
    },
    {
      key: "qualify",
      title: t("column.qualify"),
      cell: ({ tier }) => {
        const step = stepOf(tier?.key);
        return step?.qualify ? conditions(step.qualify as Parameters<typeof conditions>[0]) : <None />;
      },
    },
    {
      key: "discount",
      title: t("column.discount"),
      align: "end",
      width: 100,
      cell: ({ tier }) => {
        const points = stepOf(tier?.key)?.benefits?.discount_bp ?? 0;
        return points > 0 ? <Percent ratio={points / 10_000} /> : <None />;
      },
    },
    {
      key: "count",
      title: t("column.members"),
      align: "end",
      width: 200,
      onCard: true,
      cell: ({ tier, count }) => (
        <span className={styles.share}>
          <span className={styles.bar} aria-hidden="true">
            <span style={{ width: `${members ? (count / members) * 100 : 0}%`, background: tier?.color }} />
          </span>
          <Count value={count} />
        </span>
      ),
    },
    {
      key: "granted",
      title: t("column.granted"),
      align: "end",
      width: 110,
      cell: ({ granted }) => <Count value={granted} />,
    },
    {
      key: "soon",
      title: t("column.ends_soon"),
      align: "end",
      width: 130,
      onCard: true,
      cell: ({ ends_soon }) => <Count value={ends_soon} />,
    },
  ];
  const moves: Column<Movement>[] = [
    {
      key: "from",
      title: t("column.before"),
      onCard: true,
      width: "26%",
      cell: ({ before }) => (before ? <TierName {...before} /> : t("no_tier")),
    },
    {
      key: "to",
      title: t("column.after"),
      identity: true,
      width: "26%",
      cell: ({ tier }) => (tier ? <TierName {...tier} /> : t("no_tier")),
    },
    { key: "reason", title: t("column.reason"), onCard: true, cell: ({ reason }) => t(`reason.${reason}`) },
    {
      key: "count",
      title: t("column.members"),
      align: "end",
      width: 110,
      onCard: true,
      cell: ({ count }) => <Count value={count} />,
    },
  ];
  return (
    <>
      <Figures
        figures={[
          { key: "members", label: t("figure.members"), value: <Count value={members} /> },
          { key: "up", label: t("figure.up"), value: <Count value={moved(["qualified", "granted"])} /> },
          { key: "down", label: t("figure.down"), value: <Count value={moved(["downgraded", "ended"])} /> },
          { key: "soon", label: t("figure.soon"), value: <Count value={soon} />, note: t("figure.soon_note") },
        ]}
      />
      <Section title={t("distribution")}>
        <DataTable
          caption={t("distribution")}
          columns={columns}
          rows={tiers.counts}
          rowKey={({ tier }) => tier?.key ?? ""}
          rowHref={({ tier }) => `/loyalty/members?tier=${tier?.key ?? ""}`}
        />
      </Section>
      <Section title={t("movements", { days: tiers.days })}>
        {tiers.movements.length === 0 ? (
          <p className={styles.soft}>{t("no_movements")}</p>
        ) : (
          <DataTable
            caption={t("movements", { days: tiers.days })}
            columns={moves}
            rows={tiers.movements}
            rowKey={({ before, tier, reason }) => `${before?.key}-${tier?.key}-${reason}`}
          />
        )}
      </Section>
    </>
  );
}
