import { CheckCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { Card } from "@/components/layout";
import { PersonPicker } from "@/components/PersonPicker";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { absoluteTime } from "@/format/when";
import { type Explanation, usePerson, useServerSentence, useWhy } from "./api";
import { RuleSentence } from "./RuleSentence";
import type { Node, Rule } from "./rule";
import styles from "./segments.module.css";

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
  const person = usePerson(customerId).data ?? null;
  if (!may("customers.read")) return <NoPermission what={t("why.title")} />;
  return (
    <Card>
      <p className={styles.whyAbout}>{t("why.about")}</p>
      <PersonPicker person={person} onChoose={({ id }) => onChoose(id)} />
      {customerId !== null && <Answer rule={rule} customerId={customerId} name={person?.name ?? ""} />}
    </Card>
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
          {t("live.as_of", { time: absoluteTime(new Date(fresh_at), { timezone, language }) })}
        </p>
      )}
    </div>
  );
}

function Told({ rule, node, told }: { rule: Rule; node: Node; told: Explanation }) {
  const { t } = useTranslation("segments");
  const parts = partsOf(node);
  return (
    <li className={styles.told} data-holds={told.holds}>
      <div>
        {told.holds ? <CheckCircleFilled aria-hidden /> : <MinusCircleOutlined aria-hidden />}
        <span className={styles.verdict}>{t(told.holds ? "why.yes" : "why.no")}</span>
        {parts === null ? <Condition rule={{ ...rule, root: node }} /> : <span>{t(`why.${told.kind as Group}`)}</span>}
      </div>
      {parts !== null && (
        <ul>
          {parts.map((part, place) => {
            const child = told.children?.[place];
            return child && <Told key={child.path} rule={rule} node={part} told={child} />;
          })}
        </ul>
      )}
    </li>
  );
}

type Group = "all" | "any" | "not";

/** The parts of a group; null for a condition. */
function partsOf(node: Node): readonly Node[] | null {
  if ("all" in node) return node.all;
  if ("any" in node) return node.any;
  return "not" in node ? [node.not] : null;
}

function Condition({ rule }: { rule: Rule }) {
  // The server knows the names of stores and products.
  const said = useServerSentence(rule).data;
  return (
    <span>
      <RuleSentence rule={rule} spare={said} />
    </span>
  );
}
