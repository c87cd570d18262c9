import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Rule } from "@/api/rule";
import { Count } from "@/components/figures";
import type { Counted } from "./api";
import { RuleSentence } from "./RuleSentence";
import styles from "./segments.module.css";

/** How each condition narrows those before it; where nobody is left, which one to relax. */
export function Funnel({ rule, counted, stale }: { rule: Rule; counted: Counted; stale: boolean }) {
  const { t } = useTranslation("segments");
  const steps = counted.funnel;
  if (!("all" in rule.root) || steps.length < 2 || steps.length !== rule.root.all.length) return null;
  const blame = blameOf(counted);
  return (
    <section>
      <h3 className={styles.liveHead}>{t("funnel.title")}</h3>
      <p className={styles.liveFaint}>{t("funnel.about")}</p>
      <ol className={styles.funnel} data-stale={stale || undefined}>
        <li>
          <Line name={t("funnel.all")} left={counted.total} total={counted.total} />
        </li>
        {steps.map(({ path, left, without }, place) => (
          <li key={path} data-empty={left === 0 || undefined}>
            <Line name={<RuleSentence rule={rule} path={path} />} left={left} total={counted.total} />
            {place === blame && (
              <p className={styles.relax}>{without > 0 ? t("funnel.relax", { count: without }) : t("funnel.stops")}</p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Line({ name, left, total }: { name: ReactNode; left: number; total: number }) {
  const share = total > 0 ? (left / total) * 100 : 0;
  return (
    <>
      <span className={styles.funnelName}>{name}</span>
      <span className={styles.funnelCount}>
        <Count value={left} />
      </span>
      <span className={styles.meter} aria-hidden="true">
        <span style={{ width: `${left > 0 ? Math.max(share, 1) : 0}%` }} />
      </span>
    </>
  );
}

/** Where nobody is left: the condition that most would come back without; failing that, the one after which nobody was. */
export function blameOf({ count, funnel }: Pick<Counted, "count" | "funnel">): number | null {
  if (count > 0 || funnel.length === 0) return null;
  const most = Math.max(...funnel.map(({ without }) => without));
  return most > 0 ? funnel.findIndex(({ without }) => without === most) : funnel.findIndex(({ left }) => left === 0);
}
