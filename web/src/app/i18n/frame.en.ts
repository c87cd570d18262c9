import kit from "@/components/text/en";
import jobs from "@/components/text/jobs.en";
import session from "@/features/session/text/en";
import permissions from "@/features/settings/text/permissions.en";
import alerts from "@/features/today/text/alerts.en";
import today from "@/features/today/text/en";
import app from "../text/en";
import problems from "../text/problems.en";
import fileProblems from "../text/problems.file.en";
import marketing from "../text/problems.marketing.en";

/** What is said in English around every page and on the first one: fetched before it is shown. */
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
