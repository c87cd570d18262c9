import { useTranslation } from "react-i18next";
import type { FieldProblem, Problem } from "@/api/problem";
import { useCodeWords } from "./codes";

export interface ProblemWords {
  /** What failed. */
  readonly what: string;
  /** What is safe, and what to do about it. */
  readonly safe: string;
  /** The refused fields, each as a line. */
  readonly fields: readonly string[];
}

/** A problem in the reader's words: by its code, else by its kind; never the server's English on a Chinese page. */
export function useProblemWords(problem: Problem): ProblemWords {
  return useWordProblem()(problem);
}

export function useWordProblem(): (problem: Problem) => ProblemWords {
  const { t } = useTranslation("problems");
  const say = useCodeWords("problems");
  const field = ({ where, code, params }: FieldProblem): string => {
    const why = say(code, params) ?? t("field_refused");
    return where ? t("field_line", { where, why }) : why;
  };
  return (problem) => ({
    what: say(problem.code, problem.params) ?? say(`kind_${kindOf(problem)}`) ?? t("kind_other"),
    safe: say(`${problem.code}.safe`, problem.params) ?? say(`safe_${kindOf(problem)}`) ?? t("safe_other"),
    fields: problem.fields.map(field),
  });
}

type Kind =
  | "unreachable"
  | "page"
  | "refused"
  | "missing"
  | "conflict"
  | "busy"
  | "broken"
  | "signed_out"
  | "forbidden"
  | "other";

export function kindOf({ status, code }: Problem): Kind {
  if (code === "page_fault") return "page";
  if (status === 0) return "unreachable";
  if (status === 401) return "signed_out";
  if (status === 403) return "forbidden";
  if (status === 404 || status === 410) return "missing";
  if (status === 409 || status === 412) return "conflict";
  if (status === 429) return "busy";
  if (status === 400 || status === 413 || status === 422) return "refused";
  return status >= 500 ? "broken" : "other";
}
