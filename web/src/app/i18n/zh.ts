import jobs from "@/components/text/jobs.zh";
import kit from "@/components/text/zh";
import offers from "@/features/offers/text/zh";
import segments from "@/features/segments/text/zh";
import session from "@/features/session/text/zh";
import templates from "@/features/templates/text/zh";
import problems from "../text/problems.zh";
import app from "../text/zh";

/** Everything the product says in Chinese: one chunk, fetched beside the first page. Its shape is the shape of every language. */
const zh = { app, kit, problems, session, jobs, segments, offers, templates } as const;
export default zh;
