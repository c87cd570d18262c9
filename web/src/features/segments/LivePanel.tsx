import { ExclamationCircleOutlined } from "@ant-design/icons";
import type { UseQueryResult } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { asProblem } from "@/api/problem";
import type { Rule } from "@/api/rule";
import { Count, Money, When } from "@/components/figures";
import { useReading } from "@/components/reading";
import { Bone, BoneLines, ErrorState } from "@/components/states";
import { exactCount } from "@/format/count";
import { percent } from "@/format/percent";
import { dateAndTime } from "@/format/when";
import { type Counted, type Person, usePreview } from "./api";
import { Funnel } from "./Funnel";
import { RuleSentence } from "./RuleSentence";
import styles from "./segments.module.css";
import { WhyPerson } from "./Why";

/** What the rule means right now: how many, which share, how it narrows down, in one sentence, and ten of the people. */
export function LivePanel({ rule, counted }: { rule: Rule; counted: UseQueryResult<Counted> }) {
  const { t } = useTranslation("segments");
  const may = useMay();
  const [whom, setWhom] = useState<number | null>(null);
  const known = useKnown(rule, counted);
  const faulty = isFaulty(counted);
  return (
    <div className={styles.live}>
      <section className={styles.liveBox} aria-live="polite">
        <h2 className={styles.liveTitle}>{t("live.title")}</h2>
        <Figure counted={counted} />
      </section>
      {known && (
        <Funnel rule={known.rule} counted={known.counted} stale={counted.isPlaceholderData || counted.isError} />
      )}
      {!faulty && (
        <>
          <section>
            <h3 className={styles.liveHead}>{t("live.sentence")}</h3>
            <p className={styles.said}>{isEverybody(rule) ? t("live.everyone") : <RuleSentence rule={rule} />}</p>
          </section>
          <section>
            <h3 className={styles.liveHead}>
              {t("live.people")}
              <span className={styles.liveFigures}>{t("live.people_figures")}</span>
            </h3>
            <People rule={rule} />
          </section>
        </>
      )}
      {!faulty && may("customers.read") && !isEverybody(rule) && (
        <section>
          <h3 className={styles.liveHead}>{t("live.why_title")}</h3>
          <WhyPerson rule={rule} customerId={whom} onChoose={setWhom} />
        </section>
      )}
    </div>
  );
}

/** The last count together with the rule it is of, so that while a newer one is on its way the old one keeps its names. */
function useKnown(rule: Rule, counted: UseQueryResult<Counted>): { rule: Rule; counted: Counted } | null {
  const last = useRef<{ rule: Rule; counted: Counted } | null>(null);
  if (counted.data && !counted.isPlaceholderData && counted.data !== last.current?.counted)
    last.current = { rule, counted: counted.data };
  return last.current;
}

/** A rule that makes no sense means nobody; what it means is not said. */
function isFaulty({ isError, error }: UseQueryResult<Counted>): boolean {
  return isError && asProblem(error).code === "segment.rule_invalid";
}

function Figure({ counted }: { counted: UseQueryResult<Counted> }) {
  const { t } = useTranslation("segments");
  const { language, timezone } = useReading();
  const { data, isError, error, isFetching, isPlaceholderData: old } = counted;
  if (isError && !isFetching) {
    if (isFaulty(counted)) return <p className={styles.liveNote}>{t("live.faulty")}</p>;
    return <ErrorState compact error={error} onRetry={() => void counted.refetch()} />;
  }
  if (!data) return <Bone width={140} height={36} />;
  return (
    <>
      <div className={styles.liveCount} data-stale={old || undefined}>
        <Count value={data.count} />
      </div>
      <div className={styles.meter} aria-hidden="true">
        <span
          style={{
            width: `${data.total > 0 ? Math.max((data.count / data.total) * 100, data.count > 0 ? 1 : 0) : 0}%`,
          }}
        />
      </div>
      <p className={styles.liveNote}>
        {t("live.share", {
          total: exactCount(data.total, language),
          share: percent(data.total > 0 ? data.count / data.total : 0, language),
        })}
      </p>
      {data.fresh_at && (
        <p className={styles.liveFaint}>
          {t("live.as_of", { time: dateAndTime(new Date(data.fresh_at), { timezone, language }) })}
        </p>
      )}
    </>
  );
}

function People({ rule }: { rule: Rule }) {
  const { t } = useTranslation("segments");
  const preview = usePreview(rule);
  if (preview.isError && !preview.data) {
    return (
      <p className={styles.liveNote}>
        <ExclamationCircleOutlined /> {t("live.failed")}
      </p>
    );
  }
  if (!preview.data) return <BoneLines lines={5} />;
  if (preview.data.items.length === 0) return <p className={styles.liveNote}>{t("live.no_people")}</p>;
  return (
    <ul className={styles.people} data-stale={preview.isPlaceholderData || undefined}>
      {preview.data.items.map((person) => (
        <PersonLine key={person.id} person={person} />
      ))}
    </ul>
  );
}

function PersonLine({ person }: { person: Person }) {
  const { t } = useTranslation("segments");
  return (
    <li>
      <Link to={`/customers/${person.id}`} className={styles.person}>
        <span className={styles.personName}>{person.name || t("page.no_name")}</span>
        <span className={styles.personFacts}>
          {[person.city, person.phone ?? person.email].filter(Boolean).join(" · ")}
        </span>
        <span className={styles.personMoney}>
          <Money minor={person.spent?.amount_minor} currency={person.spent?.currency} short />
        </span>
        <span className={styles.personWhen}>
          <When at={person.last_order_at} />
        </span>
      </Link>
    </li>
  );
}

export function isEverybody({ root }: Rule): boolean {
  return "all" in root && root.all.length === 0;
}
