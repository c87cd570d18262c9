import kit from "@/components/text/en";
import jobs from "@/components/text/jobs.en";
import campaigns from "@/features/campaigns/text/en";
import companies from "@/features/companies/text/en";
import customers from "@/features/customers/text/en";
import file from "@/features/customers/text/file.en";
import timeline from "@/features/customers/text/timeline.en";
import identity from "@/features/identity/text/en";
import imports from "@/features/imports/text/en";
import reasons from "@/features/imports/text/reasons.en";
import mailbox from "@/features/mailbox/text/en";
import offers from "@/features/offers/text/en";
import orders from "@/features/orders/text/en";
import privacy from "@/features/privacy/text/en";
import segments from "@/features/segments/text/en";
import session from "@/features/session/text/en";
import audit from "@/features/settings/text/audit.en";
import settings from "@/features/settings/text/en";
import permissions from "@/features/settings/text/permissions.en";
import signups from "@/features/signups/text/en";
import sources from "@/features/sources/text/en";
import templates from "@/features/templates/text/en";
import alerts from "@/features/today/text/alerts.en";
import today from "@/features/today/text/en";
import webhooks from "@/features/webhooks/text/en";
import events from "@/features/webhooks/text/events.en";
import app from "../text/en";
import problems from "../text/problems.en";
import fileProblems from "../text/problems.file.en";
import marketing from "../text/problems.marketing.en";

/** Everything the product says in English. */
const en = {
  app,
  kit,
  problems: { ...problems, ...fileProblems, ...marketing },
  session,
  jobs,
  segments,
  offers,
  campaigns,
  templates,
  customers,
  identity,
  companies,
  file,
  imports,
  mailbox,
  orders,
  privacy,
  settings,
  signups,
  sources,
  today,
  alerts,
  audit,
  permissions,
  reasons,
  timeline,
  webhooks,
  events,
} as const;
export default en;
