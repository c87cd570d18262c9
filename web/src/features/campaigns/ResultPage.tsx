import { ExperimentOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, None, Percent } from "@/components/figures";
import { ReportPage } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState } from "@/components/states";
import { currencyExponent, exactMoney } from "@/format/money";
import { percent } from "@/format/percent";
import { dayOf } from "@/format/when";
import { type ArmResult, type Campaign, type GroupResult, type Lift, type Result, useResult } from "./api";
import styles from "./campaigns.module.css";
import { Interval } from "./Interval";
import { armLetter, minorOfMicros, verdictOf } from "./plan";
import { NotSent } from "./RunningPage";
import { CampaignStateTag } from "./words";

/** What the campaign really earned, against people left alone. Every figure opens its rows. */
export function ResultPage({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation("campaigns");
  const query = useResult(campaign.id, true);
  const result = query.data;
  return (
    <ReportPage
      question={t("result.question", { name: campaign.name })}
      mark={<CampaignStateTag state={campaign.state} />}
      above={<Link to="/campaigns">{t("title")}</Link>}
      about={result && <Period result={result} />}
      loading={!result && !query.error}
      figures={useHeadline(result)}
      method={
        <div className={styles.method}>
          <p>{t("result.method.first")}</p>
          <p>{t("result.method.second")}</p>
          <p>{t("result.method.third")}</p>
          <p>{t("result.method.fourth")}</p>
        </div>
      }
    >
      {query.error && !result ? (
        <ErrorState compact error={query.error} onRetry={() => void query.refetch()} />
      ) : !result ? (
        <BoneLines lines={8} />
      ) : (
        <>
          <LiftBox result={result} />
          <div className={styles.pair}>
            <Compare campaign={campaign} result={result} />
            <Funnel campaign={campaign} result={result} />
          </div>
          {result.arms.length > 1 && <Arms campaign={campaign} result={result} />}
          {result.arms.length === 1 && <Details campaign={campaign} result={result} />}
          <NotSent campaign={campaign} />
        </>
      )}
    </ReportPage>
  );
}

function Period({ result }: { result: Result }) {
  const { t } = useTranslation("campaigns");
  const { language, timezone } = useReading();
  const day = (at: string) => dayOf(new Date(at), { timezone, language });
  const { starts_at, ends_at, closed } = result.window;
  return (
    <>
      {closed
        ? t("result.window_closed", { from: day(starts_at), to: day(ends_at) })
        : t("result.window_open", { to: day(ends_at) })}
    </>
  );
}

/** Amounts of this campaign as text. */
function useAmounts(currency: string) {
  const { language, currency: homeCurrency } = useReading();
  const exponent = currencyExponent(currency);
  const money = (amount_minor: number) => exactMoney({ amount_minor, currency }, { language, homeCurrency });
  return { money, micros: (value: number) => money(minorOfMicros(value, exponent)) };
}

function useHeadline(result: Result | undefined) {
  const { t } = useTranslation("campaigns");
  const { language, currency: home } = useReading();
  const { money, micros } = useAmounts(result?.currency ?? home);
  const lift = result?.lift;
  const unknown = <span className={styles.unknown}>{t("result.unknown")}</span>;
  const known = lift?.enough ? lift : null;
  const net = result?.earned.net_minor ?? null;
  const ratio = result?.earned.ratio_bp ?? null;
  return [
    {
      key: "lift",
      label: t("result.lift"),
      value: known?.per_person_micros != null ? signed(known.per_person_micros, micros) : unknown,
      note: known?.relative_bp != null ? signed(known.relative_bp, (bp) => percent(bp / 10_000, language)) : undefined,
    },
    {
      key: "incremental",
      label: t("result.incremental"),
      value: known?.incremental_revenue_minor != null ? signed(known.incremental_revenue_minor, money) : unknown,
      note:
        known?.incremental_low_minor != null && known.incremental_high_minor != null
          ? t("result.incremental_note", {
              low: money(known.incremental_low_minor),
              high: money(known.incremental_high_minor),
            })
          : undefined,
    },
    {
      key: "cost",
      label: t("result.cost"),
      value: result ? money(result.cost.total_minor) : null,
      note:
        result &&
        t("result.cost_note", {
          sending: money(result.cost.sending_minor),
          discount: money(result.cost.discount_minor),
        }),
    },
    {
      key: "return",
      label: t("result.return"),
      value: net !== null ? signed(net, money) : unknown,
      note:
        net === null
          ? undefined
          : ratio === null
            ? t("result.return_note_none")
            : t("result.return_note", { ratio: (ratio / 10_000).toFixed(2) }),
    },
  ];
}

function signed(value: number, format: (value: number) => string): string {
  return value > 0 ? `+${format(value)}` : format(value);
}

/** The lift with its interval drawn, or plainly what is missing for it. */
function LiftBox({ result }: { result: Result }) {
  const { t } = useTranslation("campaigns");
  const { micros } = useAmounts(result.currency);
  const { lift } = result;
  const { per_person_micros: value, interval_low_micros: low, interval_high_micros: high } = lift;
  if (!lift.enough || value === null || low === null || high === null) return <NotEnough lift={lift} />;
  const verdict = verdictOf(lift);
  return (
    <section className={styles.liftBox} data-verdict={verdict}>
      <p className={styles.verdict}>{t(`result.verdict.${verdict}`)}</p>
      <Interval low={low} value={value} high={high} format={(one) => signed(one, micros)} verdict={verdict} />
      <p className={styles.soft}>
        {t("result.lift_interval", { low: signed(low, micros), high: signed(high, micros) })}
      </p>
    </section>
  );
}

function NotEnough({ lift }: { lift: Lift }) {
  const { t } = useTranslation("campaigns");
  const have = Number(lift.params.have ?? 0);
  const need = Number(lift.params.need ?? 0);
  const counted = need > 0;
  return (
    <section className={styles.notEnough}>
      <ExperimentOutlined className={styles.notEnoughIcon} />
      <div>
        <h2>{t("result.not_enough.title")}</h2>
        <p>{why()}</p>
        {counted && (
          <div className={styles.missingTrack} aria-hidden="true">
            <span style={{ width: `${Math.min(100, (have / need) * 100)}%` }} />
          </div>
        )}
        <p className={styles.soft}>{t("result.not_enough.words")}</p>
      </div>
    </section>
  );

  function why(): string {
    switch (lift.reason) {
      case "too_few_people":
        return lift.params.group === "control"
          ? t("result.not_enough.too_few_people_control", { have, need })
          : t("result.not_enough.too_few_people_treated", { have, need });
      case "too_few_buyers":
        return t("result.not_enough.too_few_buyers", { have, need });
      case "no_control":
      case "no_variance":
        return t(`result.not_enough.${lift.reason}`);
      default:
        return t("result.not_enough.other");
    }
  }
}

interface GroupRow extends GroupResult {
  readonly key: "treated" | "control";
}

/** With and without: the same figures side by side, revenue per person drawn from zero. */
function Compare({ campaign, result }: { campaign: Campaign; result: Result }) {
  const { t } = useTranslation("campaigns");
  const { micros } = useAmounts(result.currency);
  const rows: GroupRow[] = [
    { key: "treated", ...result.treated },
    { key: "control", ...result.control },
  ];
  const most = Math.max(1, ...rows.map(({ revenue_per_person_micros }) => revenue_per_person_micros));
  const people = (group: string, figure = "") =>
    `/campaigns/${campaign.id}/people?group=${group}${figure && `&figure=${figure}`}`;
  const columns: Column<GroupRow>[] = [
    { key: "group", title: t("result.group"), identity: true, cell: ({ key }) => t(`result.${key}`) },
    {
      key: "people",
      title: t("result.people"),
      align: "end",
      onCard: true,
      cell: ({ key, people: count }) => (
        <Link to={people(key)}>
          <Count value={count} />
        </Link>
      ),
    },
    {
      key: "buyers",
      title: t("result.buyers"),
      align: "end",
      onCard: true,
      cell: ({ key, buyers }) => (
        <Link to={people(key, "bought")}>
          <Count value={buyers} />
        </Link>
      ),
    },
    {
      key: "rate",
      title: t("result.buyer_rate"),
      align: "end",
      cell: ({ people: count, buyers }) => (count > 0 ? <Percent ratio={buyers / count} /> : <None />),
    },
    {
      key: "revenue",
      title: t("result.revenue"),
      align: "end",
      onCard: true,
      cell: ({ revenue_minor }) => <Money minor={revenue_minor} currency={result.currency} />,
    },
  ];
  return (
    <section className={styles.part}>
      <h2 className={styles.partTitle}>{t("result.compare")}</h2>
      <p className={styles.soft}>{t("result.per_person")}</p>
      <ul className={styles.bars}>
        {rows.map(({ key, revenue_per_person_micros }) => (
          <li key={key} className={styles.bar}>
            <span className={styles.barName}>{t(`result.${key}`)}</span>
            <span className={styles.barTrack} aria-hidden="true">
              <span
                data-tone={key === "treated" ? "accent" : "faint"}
                style={{ width: `${Math.max(0, (revenue_per_person_micros / most) * 100)}%` }}
              />
            </span>
            <span className={styles.barValue}>{micros(revenue_per_person_micros)}</span>
          </li>
        ))}
      </ul>
      <DataTable caption={t("result.compare")} columns={columns} rows={rows} rowKey={({ key }) => key} dense />
    </section>
  );
}

function total(
  arms: readonly ArmResult[],
  figure: "reached" | "delivered" | "opened" | "clicked" | "unsubscribed" | "bounced" | "coupons_redeemed",
) {
  return arms.reduce((sum, arm) => sum + arm[figure], 0);
}

function Funnel({ campaign, result }: { campaign: Campaign; result: Result }) {
  const { t } = useTranslation("campaigns");
  const { arms, treated } = result;
  const steps: { key: "assigned" | "reached" | "opened" | "clicked" | "bought"; count: number; query: string }[] = [
    { key: "assigned", count: treated.people, query: "group=treated" },
    { key: "reached", count: total(arms, "reached"), query: "figure=reached" },
    { key: "opened", count: total(arms, "opened"), query: "figure=opened" },
    { key: "clicked", count: total(arms, "clicked"), query: "figure=clicked" },
    { key: "bought", count: treated.buyers, query: "group=treated&figure=bought" },
  ];
  const most = Math.max(1, treated.people);
  return (
    <section className={styles.part}>
      <h2 className={styles.partTitle}>{t("result.funnel")}</h2>
      <p className={styles.soft}>{t("result.funnel_hint")}</p>
      <ul className={styles.bars}>
        {steps.map(({ key, count, query }) => (
          <li key={key}>
            <Link to={`/campaigns/${campaign.id}/people?${query}`} className={styles.bar}>
              <span className={styles.barName}>{t(`result.step.${key}`)}</span>
              <span className={styles.barTrack} aria-hidden="true">
                <span data-tone="accent" style={{ width: `${(count / most) * 100}%` }} />
              </span>
              <span className={styles.barValue}>
                <Count value={count} /> <small>{key !== "assigned" && <Percent ratio={count / most} />}</small>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

const ARM_FIGURES = ["reached", "delivered", "opened", "clicked", "unsubscribed", "bounced"] as const;

/** What became of the mail of a campaign with one version. */
function Details({ campaign, result }: { campaign: Campaign; result: Result }) {
  const { t } = useTranslation("campaigns");
  const offer = campaign.arms[0]?.offer_id ?? null;
  const fact = (label: string, value: ReactNode, to?: string) => (
    <div key={label}>
      <dt>{label}</dt>
      <dd>{to ? <Link to={to}>{value}</Link> : value}</dd>
    </div>
  );
  const people = (figure: string) => `/campaigns/${campaign.id}/people?figure=${figure}`;
  return (
    <dl className={styles.details}>
      {(["delivered", "unsubscribed", "bounced"] as const).map((figure) =>
        fact(t(`result.${figure}`), <Count value={total(result.arms, figure)} />, people(figure)),
      )}
      {fact(t("result.failed_sends"), <Count value={campaign.progress.failed} />, people("failed"))}
      {campaign.progress.uncertain > 0 &&
        fact(t("result.uncertain_sends"), <Count value={campaign.progress.uncertain} />, people("uncertain"))}
      {offer !== null &&
        fact(
          t("result.coupons"),
          <Count value={total(result.arms, "coupons_redeemed")} />,
          `/offers/${offer}?state=redeemed`,
        )}
    </dl>
  );
}

function Arms({ campaign, result }: { campaign: Campaign; result: Result }) {
  const { t } = useTranslation("campaigns");
  const { micros } = useAmounts(result.currency);
  const columns: Column<ArmResult>[] = [
    {
      key: "name",
      title: t("result.arm"),
      identity: true,
      cell: ({ name, number }) => name || t("editor.arm", { letter: armLetter(number - 1) }),
    },
    {
      key: "people",
      title: t("result.people"),
      align: "end",
      onCard: true,
      cell: ({ people }) => <Count value={people} />,
    },
    ...ARM_FIGURES.map((figure) => ({
      key: figure,
      title: figure === "reached" ? t("result.step.reached") : t(`result.${figure}`),
      align: "end" as const,
      cell: (arm: ArmResult) => (
        <Link to={`/campaigns/${campaign.id}/people?arm=${arm.number}&figure=${figure}`}>
          <Count value={arm[figure]} />
        </Link>
      ),
    })),
    {
      key: "buyers",
      title: t("result.buyers"),
      align: "end",
      onCard: true,
      cell: ({ buyers }) => <Count value={buyers} />,
    },
    {
      key: "coupons",
      title: t("result.coupons"),
      align: "end",
      cell: ({ coupons_redeemed }) => <Count value={coupons_redeemed} />,
    },
    {
      key: "per",
      title: t("result.per_person"),
      align: "end",
      onCard: true,
      cell: ({ revenue_per_person_micros }) => micros(revenue_per_person_micros),
    },
  ];
  return (
    <section className={styles.part}>
      <h2 className={styles.partTitle}>{t("result.arms")}</h2>
      <DataTable
        caption={t("result.arms")}
        columns={columns}
        rows={result.arms}
        rowKey={({ number }) => number}
        dense
      />
    </section>
  );
}
