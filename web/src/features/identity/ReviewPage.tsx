import { CheckCircleOutlined, MergeOutlined } from "@ant-design/icons";
import { App, Button, Space } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { useKeys } from "@/components/keys";
import { PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { type Choices, type Duplicate, useDismiss, useDuplicates, useMerge, useMergePlan } from "./api";
import { Comparison, ConsentOutcomes } from "./Comparison";
import { Likely, Reasons } from "./Reasons";

/** One pair after the other, side by side: the same person, two people, or later. */
export function ReviewPage() {
  const { t } = useTranslation("identity");
  const may = useMay();
  if (!may("customers.merge")) return <NoPermission what={t("duplicates.title")} />;
  return <Review />;
}

function Review() {
  const { t } = useTranslation("identity");
  const [later, setLater] = useState<ReadonlySet<number>>(new Set());
  const pairs = useDuplicates("");
  const waiting = pairs.data?.items.filter((pair) => !later.has(pair.id));
  const pair = waiting?.[0];
  const above = <Link to="/customers/duplicates">{t("duplicates.back")}</Link>;
  if (pairs.error) return <ErrorState error={pairs.error} onRetry={() => void pairs.refetch()} />;
  return (
    <PlainPage
      title={t("duplicates.review")}
      about={pairs.data ? t("duplicates.position", { count: (pairs.data.total ?? 0) - later.size }) : undefined}
      above={above}
    >
      {!waiting ? (
        <BoneLines lines={10} />
      ) : pair ? (
        <Pair key={pair.id} pair={pair} onLater={() => setLater(new Set([...later, pair.id]))} />
      ) : (
        <EmptyState icon={<CheckCircleOutlined />} title={t("duplicates.done_title")} purpose={t("duplicates.done")} />
      )}
    </PlainPage>
  );
}

function Pair({ pair, onLater }: { pair: Duplicate; onLater: () => void }) {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const [survivor, setSurvivor] = useState<number | null>(null);
  const [choices, setChoices] = useState<Choices>({});
  const plan = useMergePlan(pair.one.id, pair.other.id, survivor, choices);
  const merge = useMerge(pair.one.id);
  const dismiss = useDismiss();
  const decided = plan.data;
  const busy = merge.isPending || dismiss.isPending;
  const same = () => {
    if (!decided || plan.isPlaceholderData || busy) return;
    const body = { other_id: pair.other.id, survivor_id: decided.survivor.id, choices, note: "" };
    merge.mutate(body, { onSuccess: () => void message.success(t("merged")) });
  };
  const two = () => {
    if (!busy) dismiss.mutate([pair.id], { onSuccess: () => void message.success(t("duplicates.dismissed")) });
  };
  useKeys({ m: same, d: two, arrowright: onLater });
  return (
    <>
      <p>
        <Likely pair={pair} /> <Reasons pair={pair} />
      </p>
      <Refused error={merge.error ?? dismiss.error} />
      <Space wrap>
        <Button type="primary" icon={<MergeOutlined />} loading={merge.isPending} disabled={!decided} onClick={same}>
          {t("duplicates.one")}
        </Button>
        <Button loading={dismiss.isPending} onClick={two}>
          {t("duplicates.two")}
        </Button>
        <Button onClick={onLater}>{t("duplicates.later")}</Button>
      </Space>
      <p>{t("duplicates.keys")}</p>
      {plan.error ? (
        <ErrorState error={plan.error} onRetry={() => void plan.refetch()} />
      ) : !decided ? (
        <BoneLines lines={10} />
      ) : (
        <>
          <Section>
            <Comparison
              plan={decided}
              onChoose={setChoices}
              onSurvivor={(id) => {
                setSurvivor(id);
                setChoices({});
              }}
            />
          </Section>
          <Section title={t("consents")} about={t("consents_about")}>
            <ConsentOutcomes consents={decided.consents} />
          </Section>
        </>
      )}
    </>
  );
}
