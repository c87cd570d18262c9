import { CheckCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { type Node, partsOf, type Rule } from "@/api/rule";
import { Card } from "@/components/layout";
import { PersonPicker } from "@/components/PersonPicker";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { absoluteTime, dateAndTime } from "@/format/when";
import { type Explanation, useCatalogue, usePerson, useWhy } from "./api";
import { lookedAt, type SeenWords } from "./looked";
import { RuleSentence } from "./RuleSentence";
import styles from "./segments.module.css";
import { useRuleWords } from "./useRuleWords";

/** Why a customer is in, or why not: the rule with each condition marked as it is for her. */
export function Why({
  rule,
  customerId,
  onChoose,
}: {
  rule: Rule;
  customerId: number | null;
  onChoose: (id: number) => void;
}) {
  const { t } = useTranslation("segments");
  const may = useMay();
  if (!may("customers.read")) return <NoPermission what={t("why.title")} />;
  return (
    <Card>
      <p className={styles.whyAbout}>{t("why.about")}</p>
      <WhyPerson rule={rule} customerId={customerId} onChoose={onChoose} />
    </Card>
  );
}

/** Whom one asks about, and the answer. */
export function WhyPerson({
  rule,
  customerId,
  onChoose,
}: {
  rule: Rule;
  customerId: number | null;
  onChoose: (id: number) => void;
}) {
  const person = usePerson(customerId).data ?? null;
  return (
    <>
      <PersonPicker person={person} onChoose={({ id }) => onChoose(id)} />
      {customerId !== null && <Answer rule={rule} customerId={customerId} name={person?.name ?? ""} />}
    </>
  );
}

function Answer({ rule, customerId, name }: { rule: Rule; customerId: number; name: string }) {
  const { t } = useTranslation("segments");
  const { timezone, language } = useReading();
  const why = useWhy(rule, customerId);
  if (why.error) return <ErrorState compact error={why.error} onRetry={() => void why.refetch()} />;
  if (!why.data) return <BoneLines lines={4} />;
  const { holds, root, fresh_at } = why.data;
  const who = name || t("page.no_name");
  return (
    <div className={styles.why} aria-live="polite">
      <h3>
        <Link to={`/customers/${customerId}`}>{t(holds ? "why.in" : "why.out", { name: who })}</Link>
      </h3>
      <ul>
        <Told rule={rule} node={rule.root} told={root} />
      </ul>
      {fresh_at && (
        <p className={styles.liveFaint}>
          {t("live.as_of", { time: dateAndTime(new Date(fresh_at), { timezone, language }) })}
        </p>
      )}
    </div>
  );
}

function Told({ rule, node, told }: { rule: Rule; node: Node; told: Explanation }) {
  const { t } = useTranslation("segments");
  const isGroup = told.kind === "all" || told.kind === "any" || told.kind === "not";
  return (
    <li className={styles.told} data-holds={told.holds}>
      <div>
        {told.holds ? <CheckCircleFilled aria-hidden /> : <MinusCircleOutlined aria-hidden />}
        <span className={styles.verdict}>{t(told.holds ? "why.yes" : "why.no")}</span>
        {isGroup ? (
          <span>{t(`why.${told.kind as Group}`)}</span>
        ) : (
          <span>
            <RuleSentence rule={rule} path={told.path} />
            <Looked node={node} value={told.value} />
          </span>
        )}
      </div>
      {isGroup && (
        <ul>
          {partsOf(node).map((part, place) => {
            const child = told.children?.[place];
            return child && <Told key={child.path} rule={rule} node={part} told={child} />;
          })}
        </ul>
      )}
    </li>
  );
}

type Group = "all" | "any" | "not";

/** What the condition saw: the value and its unit. */
function Looked({ node, value }: { node: Node; value: unknown }) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const said = useSeenWords();
  const catalogue = useCatalogue().data;
  if (!catalogue) return null;
  const seen = lookedAt(node, value, { catalogue, words, said });
  return seen === null ? null : <span className={styles.looked}>{t("why.value", { value: seen })}</span>;
}

function useSeenWords(): SeenWords {
  const { t } = useTranslation("segments");
  const { timezone, language } = useReading();
  const words = useRuleWords();
  const at = (instant: string) => absoluteTime(new Date(instant), { timezone, language });
  return {
    unknown: t("why.unknown"),
    times: t("activity.times"),
    steps: ({ first_at: first, then_at: then }) => {
      if (first === null) return t("why.steps.neither");
      return then === null
        ? t("why.steps.first", { first: at(first) })
        : t("why.steps.both", { first: at(first), second: at(then) });
    },
    lists: (names) => (names.length === 0 ? t("why.no_lists") : t("why.lists", { names: names.join(words.list) })),
    word: ({ state, given_at, address, suppressed }) =>
      [
        state === null || given_at === null ? t("why.word.none") : t(`why.word.${state}`, { day: words.day(given_at) }),
        ...(address ? [] : [t("why.no_address")]),
        ...(suppressed ? [t("why.suppressed")] : []),
      ].join(words.list),
    share: (number) => t("why.share", { number: number.toFixed(2) }),
  };
}
