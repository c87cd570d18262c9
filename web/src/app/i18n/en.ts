import kit from "@/components/text/en";
import jobs from "@/components/text/jobs.en";
import offers from "@/features/offers/text/en";
import segments from "@/features/segments/text/en";
import session from "@/features/session/text/en";
import templates from "@/features/templates/text/en";
import app from "../text/en";
import problems from "../text/problems.en";

/** Everything the product says in English. */
const en = { app, kit, problems, session, jobs, segments, offers, templates } as const;
export default en;
