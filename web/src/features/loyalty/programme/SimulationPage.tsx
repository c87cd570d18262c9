import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { isLive, useJob } from "@/api/jobs";
import { useMay } from "@/api/me";
import { Chart } from "@/components/Chart";
import { type Column, DataTable } from "@/components/DataTable";
import { Change, Count, Money, Percent } from "@/components/figures";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { PlainPage, ReportPage } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { currencyExponent, exactMoney, shortMoney } from "@/format/money";
import { calendarDate, dateAndTime } from "@/format/when";
import { type SimulatedPart, type Simulation, useSimulation } from "./api";

const PARTS = ["months", "tiers", "stores", "categories"] as const;
const PART_NAMES = { months: "month", tiers: "tier", stores: "store", categories: "category" } as const;

/** What a rule would have cost, beside the terms in effect: while it is asked, and then as a report. */
export function SimulationPage() {
  const { t } = useTranslation("programme");
  const { id } = useParams();
  const may = useMay();
  const job = useJob(Number(id));
  const words = useJobWords();
  const done = job.data?.state === "succeeded";
  const simulation = useSimulation(Number(id), done);
  if (!may("loyalty.write")) return <NoPermission what={t("title")} />;
  const error = job.error ?? simulation.error;
  if (error) return <ErrorState error={error} onRetry={() => void job.refetch()} />;
  if (simulation.data) return <Report simulation={simulation.data} />;
  return (
    <PlainPage title={t("simulation.title")} above={<Link to="/loyalty/programme/edit">{t("simulation.back")}</Link>}>
      {job.data && (!done || isLive(job.data)) ? (
        <JobProgress
          job={job.data}
          title={words(job.data).title}
          phase={words(job.data).phase}
          result={words(job.data).outcome}
        />
      ) : (
        <BoneLines lines={8} />
      )}
    </PlainPage>
  );
}

function Report({ simulation }: { simulation: Simulation }) {
  const { t } = useTranslation("programme");
  const { language, timezone, currency: homeCurrency } = useReading();
  const [by, setBy] = useState<(typeof PARTS)[number]>("months");
  const { whole, currency } = simulation;
  const style = { language, homeCurrency };
  const unit = 10 ** currencyExponent(currency);
  const minor = (value: number) => ({ amount_minor: Math.round(value * unit), currency });
  const known = simulation.now_version > 0;
  return (
    <ReportPage
      question={t("simulation.title")}
      about={`${calendarDate(simulation.first_on, language)} – ${calendarDate(simulation.last_on, language)}`}
      above={<Link to="/loyalty/programme/edit">{t("simulation.back")}</Link>}
      figures={[
        {
          key: "points",
          label: t("simulation.points"),
          value: <Count value={whole.points} short />,
          note: known ? <Change now={whole.points} before={whole.now_points} /> : t("simulation.none_now"),
        },
        {
          key: "cost",
          label: t("simulation.cost"),
          value: <Money minor={whole.cost_minor} currency={currency} short />,
          note: known && <Change now={whole.cost_minor} before={whole.now_cost_minor} />,
        },
        {
          key: "share",
          label: t("simulation.share"),
          value: <Percent ratio={whole.net_minor > 0 ? whole.cost_minor / whole.net_minor : null} />,
        },
        { key: "members", label: t("simulation.members"), value: <Count value={whole.customers} short /> },
        { key: "orders", label: t("simulation.orders"), value: <Count value={whole.orders} short /> },
      ]}
      chart={
        <Chart
          title={t("simulation.by_month")}
          kind="bar"
          enough={1}
          categories={simulation.months.map(({ key }) => key ?? "")}
          series={[
            {
              key: "tried",
              name: t("simulation.tried"),
              values: simulation.months.map(({ cost_minor }) => cost_minor / unit),
            },
            ...(known
              ? [
                  {
                    key: "now",
                    name: t("simulation.now"),
                    values: simulation.months.map(({ now_cost_minor }) => now_cost_minor / unit),
                  },
                ]
              : []),
          ]}
          format={(value) => exactMoney(minor(value), style)}
          formatAxis={(value) => shortMoney(minor(value), style)}
        />
      }
      table={
        <>
          <Segmented
            aria-label={t("simulation.by")}
            value={by}
            options={PARTS.map((value) => ({ value, label: t(`simulation.${PART_NAMES[value]}`) }))}
            onChange={setBy}
          />
          <Parts by={by} parts={simulation[by]} currency={currency} known={known} />
        </>
      }
      method={
        <>
          <p>{t("simulation.method")}</p>
          {simulation.fresh_at && (
            <p>{t("simulation.fresh", { at: dateAndTime(new Date(simulation.fresh_at), { timezone, language }) })}</p>
          )}
        </>
      }
    />
  );
}

function Parts({
  by,
  parts,
  currency,
  known,
}: {
  by: (typeof PARTS)[number];
  parts: readonly SimulatedPart[];
  currency: string;
  known: boolean;
}) {
  const { t } = useTranslation("programme");
  const named = ({ key, name }: SimulatedPart) => {
    if (key === "others") return t("simulation.others");
    if (key !== null) return name || key;
    return by === "tiers"
      ? t("simulation.no_tier")
      : by === "stores"
        ? t("simulation.no_store")
        : t("simulation.no_category");
  };
  const columns: readonly Column<SimulatedPart>[] = [
    { key: "part", title: t(`simulation.${PART_NAMES[by]}`), identity: true, cell: named },
    { key: "orders", title: t("simulation.orders"), align: "end", cell: ({ orders }) => <Count value={orders} /> },
    {
      key: "net",
      title: t("simulation.net"),
      align: "end",
      cell: ({ net_minor }) => <Money minor={net_minor} currency={currency} />,
    },
    {
      key: "points",
      title: t("simulation.points"),
      align: "end",
      onCard: true,
      cell: ({ points }) => <Count value={points} />,
    },
    {
      key: "cost",
      title: t("simulation.cost"),
      align: "end",
      onCard: true,
      cell: ({ cost_minor }) => <Money minor={cost_minor} currency={currency} />,
    },
    ...(known
      ? [
          {
            key: "now",
            title: t("simulation.now"),
            align: "end" as const,
            onCard: true,
            cell: ({ now_cost_minor }: SimulatedPart) => <Money minor={now_cost_minor} currency={currency} />,
          },
        ]
      : []),
  ];
  return (
    <DataTable
      caption={t(`simulation.${PART_NAMES[by]}`)}
      columns={columns}
      rows={parts}
      rowKey={({ key }) => key ?? "none"}
      rowName={named}
      dense
    />
  );
}
