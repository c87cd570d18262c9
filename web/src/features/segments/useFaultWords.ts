import { useTranslation } from "react-i18next";
import type { FieldProblem } from "@/api/problem";
import { useCodeWords } from "@/components/codes";
import { placeOf } from "./faults";

export interface FaultWords {
  /** What is wrong with a condition that is in sight. */
  readonly short: (fault: FieldProblem) => string;
  /** What is wrong, and with which condition. */
  readonly long: (fault: FieldProblem) => string;
}

/** What is wrong with a rule, said of its conditions by their place and their parts. */
export function useFaultWords(): FaultWords {
  const { t } = useTranslation("segments");
  const { t: problem } = useTranslation("problems");
  const say = useCodeWords("problems");
  const line = ({ where, code, params }: FieldProblem, withNumbers: boolean): string => {
    const { numbers, members } = placeOf(where);
    const place = [
      ...(withNumbers && numbers.length > 0 ? [t("fault.condition", { numbers: numbers.join(" › ") })] : []),
      ...members.map((member) => t(`fault.member.${member}`)),
    ].join(" · ");
    const why = say(code, params) ?? problem("field_refused");
    return place === "" ? why : t("fault.line", { place, why });
  };
  return { short: (fault) => line(fault, false), long: (fault) => line(fault, true) };
}
