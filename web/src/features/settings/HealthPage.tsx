import { CheckCircleFilled, WarningFilled } from "@ant-design/icons";
import { Alert } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFreshness } from "@/api/freshness";
import type { Job } from "@/api/jobs";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, When } from "@/components/figures";
import { useJobWords } from "@/components/jobWords";
import { PlainPage, Section } from "@/components/layout";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { type Health, useFailedJobs, useHealth } from "./api";
import styles from "./settings.module.css";

type Loop = Health["worker"]["loops"][number];
type Handler = Health["outbox"][number];

export function HealthPage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  const health = useHealth();
  if (!may("health.read")) return <NoPermission what={t("health.title")} />;
  return (
    <PlainPage title={t("health.title")} about={t("health.about")}>
      {health.data ? (
        <HealthParts health={health.data} />
      ) : health.error ? (
        <ErrorState error={health.error} onRetry={() => void health.refetch()} />
      ) : (
        <BoneLines lines={8} />
      )}
    </PlainPage>
  );
}

function HealthParts({ health }: { health: Health }) {
  const { t } = useTranslation("settings");
  const freshness = useFreshness();
  const failing = health.outbox.some(({ failures }) => failures > 0);
  const good = health.database.ok && health.worker.ok && !failing && health.jobs.failed === 0;

  const loops: Column<Loop>[] = [
    {
      key: "name",
      title: t("health.loop"),
      identity: true,
      cell: (loop) => <span className={styles.mono}>{loop.name}</span>,
    },
    {
      key: "state",
      title: t("people.state"),
      onCard: true,
      cell: (loop) => (
        <Tag tone={loop.silent ? "bad" : "good"}>{t(loop.silent ? "health.loop_silent" : "health.loop_ok")}</Tag>
      ),
    },
    { key: "beat", title: t("health.beat"), onCard: true, cell: (loop) => <When at={loop.beat_at} /> },
    {
      key: "error",
      title: t("health.last_error"),
      cell: (loop) => loop.last_error && <span className={styles.error}>{loop.last_error}</span>,
    },
  ];
  const handlers: Column<Handler>[] = [
    {
      key: "handler",
      title: t("health.handler"),
      identity: true,
      cell: (row) => <span className={styles.mono}>{row.handler}</span>,
    },
    {
      key: "behind",
      title: t("health.behind"),
      align: "end",
      onCard: true,
      cell: (row) => <Count value={row.behind} />,
    },
    {
      key: "failures",
      title: t("health.failures"),
      align: "end",
      onCard: true,
      cell: (row) => <Count value={row.failures} />,
    },
    { key: "retry", title: t("health.retry"), cell: (row) => <When at={row.retry_at} /> },
    {
      key: "error",
      title: t("health.last_error"),
      cell: (row) => row.last_error && <span className={styles.error}>{row.last_error}</span>,
    },
  ];

  return (
    <>
      <Alert
        className={styles.banner}
        type={good ? "success" : "warning"}
        showIcon
        icon={good ? <CheckCircleFilled /> : <WarningFilled />}
        title={good ? t("health.all_good") : t("health.trouble")}
        description={health.worker.loops.length === 0 ? t("health.worker_none") : undefined}
      />
      <div className={styles.health}>
        <Part name={t("health.database")} good={health.database.ok} note={`PostgreSQL ${health.database.version}`}>
          {t("health.database_ok")}
        </Part>
        <Part name={t("health.worker")} good={health.worker.ok}>
          {t(health.worker.ok ? "health.worker_ok" : "health.worker_bad")}
        </Part>
        <Part name={t("health.fresh")} good={freshness.data?.as_of !== null}>
          {freshness.data?.as_of ? <When at={freshness.data.as_of} /> : t("health.fresh_never")}
        </Part>
        <Part name={t("health.email")} good note={<Link to="/settings/email">{t("email.title")}</Link>}>
          {t(health.email.mode === "smtp" ? "health.email_smtp" : "health.email_sandbox")}
        </Part>
        <Part
          name={t("health.jobs")}
          good={health.jobs.failed === 0}
          note={
            <>
              <Count value={health.jobs.failed} /> {t("health.jobs_failed")}
            </>
          }
        >
          <Count value={health.jobs.running} /> {t("health.jobs_running")} · <Count value={health.jobs.queued} />{" "}
          {t("health.jobs_queued")}
        </Part>
      </div>
      <FailedJobs />
      {health.worker.loops.length > 0 && (
        <Section title={t("health.loops")}>
          <DataTable
            caption={t("health.loops")}
            columns={loops}
            rows={health.worker.loops}
            rowKey={({ name }) => name}
            dense
          />
        </Section>
      )}
      <Section title={t("health.outbox")}>
        {health.outbox.length === 0 ? (
          <p className={styles.soft}>{t("health.no_handlers")}</p>
        ) : (
          <DataTable
            caption={t("health.outbox")}
            columns={handlers}
            rows={health.outbox}
            rowKey={({ handler }) => handler}
            dense
          />
        )}
      </Section>
    </>
  );
}

/** The rows behind "failed in the last day", with what kept each from finishing. */
function FailedJobs() {
  const { t } = useTranslation("settings");
  const words = useJobWords();
  const failed = useFailedJobs();
  if (!failed.data || failed.data.length === 0) return null;
  const columns: Column<Job>[] = [
    { key: "title", title: t("health.job"), identity: true, cell: (job) => words(job).title },
    { key: "why", title: t("health.why"), onCard: true, cell: (job) => words(job).outcome },
    { key: "at", title: t("health.ended"), onCard: true, cell: (job) => <When at={job.finished_at} /> },
  ];
  return (
    <Section title={t("health.failed_jobs")}>
      <DataTable caption={t("health.failed_jobs")} columns={columns} rows={failed.data} rowKey={({ id }) => id} dense />
    </Section>
  );
}

function Part({ name, good, note, children }: { name: string; good: boolean; note?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.part}>
      <div className={styles.partHead}>
        <span className={styles.light} data-bad={!good || undefined} aria-hidden="true" />
        {name}
      </div>
      <div className={styles.partValue}>{children}</div>
      {note && <div className={styles.soft}>{note}</div>}
    </div>
  );
}
