import { LoadingOutlined, ThunderboltOutlined } from "@ant-design/icons";
import { Badge, Button, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { isLive, type Job, undoableChange, useCancelJob, useJobs, useUndo } from "@/api/jobs";
import { When } from "@/components/figures";
import { JobProgress } from "@/components/JobProgress";
import { useJobWords } from "@/components/jobWords";
import { useNow } from "@/components/reading";
import { BoneLines } from "@/components/states";
import styles from "./TopBar.module.css";

/** Long work, in the top bar: what runs, how far it is, and what the last ones came to. */
export function Jobs() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const jobs = useJobs();
  const running = jobs.data?.items.filter(isLive).length ?? 0;
  const label = running > 0 ? t("jobs.running", { count: running }) : t("jobs.label");
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      arrow={false}
      open={open}
      onOpenChange={setOpen}
      title={t("jobs.label")}
      content={<JobList items={jobs.data?.items} failed={jobs.isError} onLeave={() => setOpen(false)} />}
    >
      <Badge count={running} size="small" offset={[-6, 6]}>
        <Button type="text" aria-label={label} icon={running > 0 ? <LoadingOutlined /> : <ThunderboltOutlined />} />
      </Badge>
    </Popover>
  );
}

function JobList({
  items,
  failed,
  onLeave,
}: {
  items: readonly Job[] | undefined;
  failed: boolean;
  onLeave: () => void;
}) {
  const { t } = useTranslation();
  const words = useJobWords();
  const cancel = useCancelJob();
  const undo = useUndo();
  const now = useNow();
  if (!items) return <div className={styles.jobs}>{failed ? t("jobs.failed") : <BoneLines />}</div>;
  if (items.length === 0) {
    return (
      <div className={styles.jobs}>
        <p>{t("jobs.none")}</p>
        <p className={styles.soft}>{t("jobs.none_hint")}</p>
      </div>
    );
  }
  return (
    <ul className={styles.jobs}>
      {items.slice(0, 6).map((job) => {
        const { title, phase, outcome } = words(job);
        const to = jobPage(job);
        const file = jobFile(job);
        const change = undoableChange(job, now);
        return (
          <li key={job.id} className={styles.job}>
            <JobProgress
              job={job}
              title={title}
              phase={phase}
              onCancel={() => cancel.mutate(job.id)}
              result={
                outcome && (
                  <>
                    {outcome} · <When at={job.finished_at} />
                    {file && (
                      <>
                        {" · "}
                        <a href={file} download>
                          {t("jobs.download")}
                        </a>
                      </>
                    )}
                    {change !== null && !undo.isSuccess && (
                      <>
                        {" · "}
                        <Button type="link" size="small" onClick={() => undo.mutate(change)}>
                          {t("jobs.undo")}
                        </Button>
                      </>
                    )}
                    {to && (
                      <>
                        {" · "}
                        <Link to={to} onClick={onLeave}>
                          {t("jobs.see")}
                        </Link>
                      </>
                    )}
                  </>
                )
              }
            />
          </li>
        );
      })}
    </ul>
  );
}

/** The file a job wrote, for whoever asked for it. */
function jobFile({ id, kind, state }: Job): string | null {
  const places: Record<string, string> = {
    "customers.export": `/api/v1/jobs/${id}/file`,
    "insights.query_file": `/api/v1/sql/files/${id}`,
  };
  return state === "succeeded" ? (places[kind] ?? null) : null;
}

/** Where the result of a job is looked at. */
function jobPage({ title_params }: Job): string | null {
  const pages: Record<string, string> = {
    import_id: "/imports",
    campaign_id: "/campaigns",
    segment_id: "/segments",
  };
  for (const [param, page] of Object.entries(pages)) {
    const id = title_params[param];
    if (typeof id === "number") return `${page}/${id}`;
  }
  return null;
}
