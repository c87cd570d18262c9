import jobs from "@/components/text/jobs.zh";
import kit from "@/components/text/zh";
import session from "@/features/session/text/zh";
import permissions from "@/features/settings/text/permissions.zh";
import alerts from "@/features/today/text/alerts.zh";
import today from "@/features/today/text/zh";
import fileProblems from "../text/problems.file.zh";
import marketing from "../text/problems.marketing.zh";
import problems from "../text/problems.zh";
import app from "../text/zh";

/** What is said in Chinese around every page and on the first one: fetched before it is shown. */
export default {
  app,
  kit,
  problems: { ...problems, ...fileProblems, ...marketing },
  session,
  jobs,
  today,
  alerts,
  permissions,
} as const;
