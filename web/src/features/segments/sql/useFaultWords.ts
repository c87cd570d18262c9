import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { useWordProblem } from "@/components/problems";
import { faultOf, type Place, placeOf } from "./fault";

export interface FaultWords {
  readonly words: string;
  readonly more: string;
  readonly place: Place | null;
}

/** What is wrong with a question, in words; null where the problem is none of the question's. */
export function useFaultWords(): (problem: Problem) => FaultWords | null {
  const { t, i18n } = useTranslation("sql");
  const word = useWordProblem();
  return useCallback(
    (problem) => {
      // Codes are data, so the key is not typed.
      const say = t as unknown as (key: string, params: object) => string;
      const fault = faultOf(problem);
      if (fault)
        return {
          words: say(`fault.${fault.code}`, fault.params),
          more: t("fault.more"),
          place: fault.place,
        };
      const [field] = problem.fields;
      if (problem.code !== "sql.refused" || !field) return null;
      const key = field.code.replace("sql.", "refused.");
      const name = typeof field.params.name === "string" ? field.params.name : "";
      return {
        words: i18n.exists(key, { ns: "sql" }) ? say(key, { name }) : word(problem).what,
        more: t("refused.more"),
        place: placeOf(problem),
      };
    },
    [t, i18n, word],
  );
}
