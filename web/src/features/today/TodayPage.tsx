import { ArrowRightOutlined, CheckCircleOutlined, WarningOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay, useMe } from "@/api/me";
import { Chart } from "@/components/Chart";
import { useCodeWords } from "@/components/codes";
import { Change, Count, Money } from "@/components/figures";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { Card, type Figure, Figures, Section } from "@/components/layout";
import { PageHeader } from "@/components/PageHeader";
import { useNow, useReading } from "@/components/reading";
import { ErrorState } from "@/components/states";
import { Tag, type Tone } from "@/components/Tag";
import { exactCount, shortCount } from "@/format/count";
import { currencyExponent, currencySign, shortMoney } from "@/format/money";
import { isoDay } from "@/format/when";
import { type Against, type CampaignState, type Today, useLatestCampaigns, useToday } from "./api";
import { wholeHours } from "./hours";
import styles from "./today.module.css";

export function TodayPage() {
  const may = useMay();
  return may("insights.read") ? <DayFigures /> : <FindCustomer />;
}

const CAMPAIGN_TONES: Record<CampaignState, Tone> = {
  draft: "neutral",
  scheduled: "info",
  preparing: "info",
  sending: "info",
  paused: "warning",
  sent: "good",
  stopped: "neutral",
  failed: "bad",
};

function DayFigures() {
  const { t } = useTranslation("today");
  const today = useToday();
  const data = today.data;
  const greeting = useGreeting();
  const figures = useFigures(data);
  if (today.error && !data) return <ErrorState error={today.error} onRetry={() => void today.refetch()} />;
  return (
    <div className={styles.page}>
      <PageHeader title={greeting} about={t("about")} />
      <Figures loading={!data} figures={figures} />
      {data && isEmpty(data) && <FirstSteps />}
      <div className={styles.columns}>
        <div className={styles.main}>{data && <HourChart today={data} />}</div>
        <aside className={styles.side}>
          {data && <Attention today={data} />}
          {data && <Running today={data} />}
          <Campaigns />
        </aside>
      </div>
    </div>
  );
}

function useGreeting(): string {
  const { t } = useTranslation("today");
  const { name } = useMe();
  const { timezone } = useReading();
  const hour = Number(
    new Intl.DateTimeFormat("en", { timeZone: timezone, hour: "numeric", hourCycle: "h23" }).format(useNow()),
  );
  const part = hour >= 5 && hour < 12 ? "morning" : hour >= 12 && hour < 18 ? "afternoon" : "evening";
  return t(`greeting.${part}`, { name });
}

/** No sale today nor on that day last week: most likely nothing has been brought in yet. */
function isEmpty({ figures }: Today): boolean {
  return Object.values(figures).every(({ today, same_day_last_week }) => today === 0 && same_day_last_week === 0);
}

function useFigures(today: Today | undefined): Figure[] {
  const { t } = useTranslation("today");
  const { language, timezone, currency } = useReading();
  const day = isoDay(useNow(), timezone);
  const note = (figure: Against | undefined, words: (value: number) => string) =>
    figure && (
      <span className={styles.against}>
        <Change now={figure.today} before={figure.same_day_last_week} />
        <span>{t("against", { value: words(figure.same_day_last_week) })}</span>
      </span>
    );
  const money = (amount_minor: number) =>
    shortMoney({ amount_minor, currency: today?.currency ?? currency }, { language, homeCurrency: currency });
  const count = (value: number) => exactCount(value, language);
  // Every figure opens the rows behind it.
  const rows = {
    orders: `/orders?from=${day}`,
    new_customers: "/customers?sort=-created_at",
    returning_customers: `/customers?last_from=${day}&min_orders=2`,
  };
  const figures = today?.figures;
  return [
    {
      key: "revenue",
      label: t("figure.revenue"),
      value: (
        <Link to={rows.orders}>
          <Money short minor={figures?.revenue.today} currency={today?.currency} />
        </Link>
      ),
      note: note(figures?.revenue, money),
    },
    ...(["orders", "new_customers", "returning_customers"] as const).map((key) => ({
      key,
      label: t(`figure.${key}`),
      value: (
        <Link to={rows[key]}>
          <Count short value={figures?.[key].today} />
        </Link>
      ),
      note: note(figures?.[key], count),
    })),
  ];
}

function HourChart({ today }: { today: Today }) {
  const { t } = useTranslation("today");
  const { language, currency, timezone } = useReading();
  const exponent = currencyExponent(today.currency);
  const navigate = useNavigate();
  const chart = useMemo(() => {
    const major = (minor: number | null) => (minor === null ? null : minor / 10 ** exponent);
    const series = wholeHours(today.series, new Date(today.as_of), timezone);
    return {
      categories: series.map(({ hour }) => t("hour", { hour })),
      series: [
        {
          key: "today",
          name: t("series_today"),
          values: series.map(({ revenue_minor }) => major(revenue_minor)),
        },
        {
          key: "last_week",
          name: t("series_last_week"),
          background: true,
          values: series.map(({ last_week_revenue_minor }) => major(last_week_revenue_minor)),
        },
      ],
    };
  }, [today.series, today.as_of, timezone, t, exponent]);
  const format = useCallback(
    (value: number) =>
      shortMoney(
        { amount_minor: Math.round(value * 10 ** exponent), currency: today.currency },
        { language, homeCurrency: currency },
      ),
    [exponent, today.currency, language, currency],
  );
  const formatAxis = useCallback((value: number) => shortCount(value, language), [language]);
  return (
    <Chart
      title={`${t("chart")} ${currencySign(today.currency, { language, homeCurrency: currency })}`}
      kind="line"
      height={280}
      format={format}
      formatAxis={formatAxis}
      {...chart}
      onPick={() => navigate("/orders")}
    />
  );
}

function Attention({ today }: { today: Today }) {
  const { t } = useTranslation("today");
  const say = useCodeWords("alerts");
  return (
    <Section title={t("attention")}>
      {today.alerts.length === 0 ? (
        <p className={styles.quiet}>
          <CheckCircleOutlined /> {t("nothing")}
        </p>
      ) : (
        <ul className={styles.alerts}>
          {today.alerts.map((alert) => (
            <li key={`${alert.code}-${JSON.stringify(alert.params)}`}>
              <Link to={alert.link} className={styles.alert}>
                <WarningOutlined className={styles.warning} />
                <span>{say(alert.code, alert.params) ?? alert.code}</span>
                <ArrowRightOutlined className={styles.arrow} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Running({ today }: { today: Today }) {
  const { t } = useTranslation("today");
  const words = useJobWords();
  if (today.jobs.length === 0) return null;
  return (
    <Section title={t("jobs")}>
      <Card>
        <div className={styles.jobs}>
          {today.jobs.map((job) => {
            const { title, phase } = words(job);
            return <JobProgress key={job.id} job={job} title={title} phase={phase} />;
          })}
        </div>
      </Card>
    </Section>
  );
}

function Campaigns() {
  const { t } = useTranslation("today");
  const { language } = useReading();
  const may = useMay();
  const campaigns = useLatestCampaigns(may("campaigns.read"));
  const latest = campaigns.data?.items ?? [];
  if (latest.length === 0) return null;
  return (
    <Section title={t("campaigns")}>
      <ul className={styles.alerts}>
        {latest.map(({ id, name, state, progress }) => (
          <li key={id}>
            <Link to={`/campaigns/${id}`} className={styles.alert}>
              <span className={styles.campaign}>
                <span>{name}</span>
                {progress.total > 0 && (
                  <span className={styles.soft}>
                    {t("campaign_sent", { sent: exactCount(progress.sent, language) })}
                  </span>
                )}
              </span>
              <Tag tone={CAMPAIGN_TONES[state]}>{t(`state.${state}`)}</Tag>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** For a brand that begins: the way from a file to a customer who comes back. */
function FirstSteps() {
  const { t } = useTranslation("today");
  const may = useMay();
  const steps = [
    { key: "import", to: "/imports/new", permission: "imports.run" },
    { key: "segment", to: "/segments/new", permission: "segments.write" },
    { key: "campaign", to: "/campaigns/new", permission: "campaigns.write" },
  ] as const;
  const allowed = steps.filter(({ permission }) => may(permission));
  if (allowed.length === 0) return null;
  return (
    <section className={styles.start}>
      <h2>{t("start.title")}</h2>
      <p className={styles.soft}>{t("start.words")}</p>
      <ol className={styles.steps}>
        {allowed.map(({ key, to }, place) => (
          <li key={key}>
            <Link to={to}>
              <span className={styles.number}>{place + 1}</span>
              {t(`start.${key}`)}
              <ArrowRightOutlined className={styles.arrow} />
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The home of those who serve customers and read no reports: find the person in front of you. */
function FindCustomer() {
  const { t } = useTranslation("today");
  const may = useMay();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  return (
    <div className={styles.page}>
      <PageHeader title={useGreeting()} />
      {may("customers.read") && (
        <section className={styles.find}>
          <h2>{t("find.title")}</h2>
          <p className={styles.soft}>{t("find.words")}</p>
          <form
            className={styles.findForm}
            onSubmit={(event) => {
              event.preventDefault();
              if (text.trim() !== "") navigate(`/customers?q=${encodeURIComponent(text.trim())}`);
            }}
          >
            <Input
              size="large"
              autoFocus
              value={text}
              placeholder={t("find.placeholder")}
              aria-label={t("find.title")}
              onChange={(event) => setText(event.target.value)}
            />
            <Button size="large" type="primary" htmlType="submit">
              {t("find.go")}
            </Button>
          </form>
        </section>
      )}
    </div>
  );
}
