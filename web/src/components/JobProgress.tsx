import { CheckCircleFilled, CloseCircleFilled, MinusCircleFilled } from "@ant-design/icons";
import { Button, Progress } from "antd";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { exactCount } from "@/format/count";
import { roughDuration } from "@/format/when";
import styles from "./JobProgress.module.css";
import { useNow, useReading } from "./reading";

export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled";

/** Long work, as far as its progress goes. */
export interface JobLike {
  readonly state: JobState;
  readonly done: number;
  readonly total: number | null;
  readonly started_at: string | null;
  readonly cancel_requested: boolean;
}

/** How far a job is, with counts and the time left; it can be left and come back to. */
export function JobProgress({
  job,
  title,
  phase,
  result,
  onCancel,
}: {
  job: JobLike;
  title: ReactNode;
  /** What it is doing now, in words. */
  phase?: ReactNode;
  result?: ReactNode;
  onCancel?: () => void;
}) {
  const { t } = useTranslation("kit");
  const { language } = useReading();
  const now = useNow();
  const live = job.state === "queued" || job.state === "running";
  const since = usePhaseStart(job, phase, now);
  const left = job.state === "running" ? secondsLeft(job, now, since) : null;
  return (
    <div className={styles.job}>
      <div className={styles.head}>
        <StateIcon state={job.state} />
        <div className={styles.title}>{title}</div>
        {live && onCancel && (
          <Button size="small" type="text" disabled={job.cancel_requested} onClick={onCancel}>
            {job.cancel_requested ? t("job.cancelling") : t("cancel")}
          </Button>
        )}
      </div>
      {live && (
        <>
          {job.state === "running" && job.done === 0 ? (
            <div className={styles.unmeasured} role="progressbar" aria-label={t("job.progress")} />
          ) : (
            <Progress
              percent={percentDone(job)}
              showInfo={false}
              size="small"
              status={job.state === "running" ? "active" : "normal"}
              aria-label={t("job.progress")}
            />
          )}
          <div className={styles.notes}>
            <span>{job.state === "queued" ? t("job.queued") : phase}</span>
            <span className={styles.counts}>
              {job.total !== null &&
                job.done > 0 &&
                t("job.counts", { done: exactCount(job.done, language), total: exactCount(job.total, language) })}
              {left !== null && ` · ${t("job.left", { time: roughDuration(left, language) })}`}
            </span>
          </div>
        </>
      )}
      {result && <div className={styles.result}>{result}</div>}
    </div>
  );
}

export function percentDone({ done, total }: Pick<JobLike, "done" | "total">): number {
  return total ? Math.min(100, Math.floor((done / total) * 100)) : 0;
}

/** Where a pace is measured from: a job's phases count in units of their own. */
interface Since {
  readonly at: number;
  readonly done: number;
}

/** When the phase that is shown was first seen, and how far it was; null where that is the job's own start. */
function usePhaseStart({ done }: JobLike, phase: ReactNode, now: Date): Since | null {
  const seen = useRef<{ phase: ReactNode; since: Since | null }>({ phase, since: null });
  if (seen.current.phase !== phase) seen.current = { phase, since: { at: now.getTime(), done } };
  return seen.current.since;
}

/** Seconds until the end at the pace so far; null before there is a pace to speak of. */
export function secondsLeft(
  { done, total, started_at }: JobLike,
  now: Date,
  since: Since | null = null,
): number | null {
  if (!started_at || !total || done <= 0 || done >= total) return null;
  const { at, done: before } = since ?? { at: new Date(started_at).getTime(), done: 0 };
  const elapsed = (now.getTime() - at) / 1000;
  if (elapsed < 3 || done <= before) return null;
  return (elapsed / (done - before)) * (total - done);
}

function StateIcon({ state }: { state: JobState }) {
  if (state === "succeeded") return <CheckCircleFilled className={styles.good} />;
  if (state === "failed") return <CloseCircleFilled className={styles.bad} />;
  if (state === "cancelled") return <MinusCircleFilled className={styles.faint} />;
  return <span className={styles.pulse} aria-hidden="true" />;
}
