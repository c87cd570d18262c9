import { useTranslation } from "react-i18next";
import type { Job } from "@/api/jobs";
import { Problem } from "@/api/problem";
import { exactCount } from "@/format/count";
import { useCodeWords } from "./codes";
import { useWordProblem } from "./problems";
import { useReading } from "./reading";

export interface JobWords {
  readonly title: string;
  readonly phase: string;
  /** How it ended; null while it runs. */
  readonly outcome: string | null;
}

/** A job in the reader's words. */
export function useJobWords(): (job: Job) => JobWords {
  const { t } = useTranslation("jobs");
  const say = useCodeWords("jobs");
  const wordProblem = useWordProblem();
  const { language } = useReading();
  return (job) => ({
    title: say(job.kind, job.title_params) ?? t("other"),
    phase: say(`phase_${job.phase}`) ?? "",
    outcome: outcomeOf(job),
  });

  function outcomeOf(job: Job): string | null {
    if (job.state === "succeeded") {
      const { changed } = job.result;
      return typeof changed === "number" ? t("done_changed", { changed: exactCount(changed, language) }) : t("done");
    }
    if (job.state === "cancelled") return t("cancelled");
    if (job.state !== "failed") return null;
    const code = job.error?.code ?? "internal";
    const problem = new Problem({ status: 500, code, title: code, params: job.error?.params ?? {} });
    return t("failed", { why: wordProblem(problem).what });
  }
}
