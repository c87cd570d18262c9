import { PlusOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { AFTER_SAVING, EditorPage, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { type Draft, type Ladder, type Tier, useDraft, useProgramme, useSaveLadder } from "./api";
import { Discount } from "./editor/Discount";
import { Lasting } from "./editor/Lasting";
import { Memberships } from "./editor/Memberships";
import { StepCard } from "./editor/StepCard";
import { FIRST_LADDER, faultsOf, nextTier } from "./ladder";
import { PreviewPanel } from "./PreviewPanel";
import styles from "./tiers.module.css";

/** The ladder as it is edited, beside what it would do to all members today. */
export function LadderEditorPage() {
  const { t } = useTranslation("tiers");
  const may = useMay();
  const programme = useProgramme();
  const draft = useDraft(programme.data?.id ?? null);
  if (!may("loyalty.write")) return <NoPermission what={t("editor.title")} />;
  const error = programme.error ?? draft.error;
  if (error)
    return <ErrorState error={error} onRetry={() => void Promise.all([programme.refetch(), draft.refetch()])} />;
  if (programme.data === null) {
    return <EmptyState asPage title={t("editor.no_programme_title")} purpose={t("editor.no_programme")} />;
  }
  if (!programme.data || !draft.data) {
    return (
      <PlainPage title={t("editor.title")}>
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  const { id, currency, state } = programme.data;
  return <Editor programmeId={id} currency={currency} runs={state !== "draft"} draft={draft.data} />;
}

function Editor({
  programmeId,
  currency,
  runs,
  draft,
}: {
  programmeId: number;
  currency: string;
  runs: boolean;
  draft: Draft;
}) {
  const { t } = useTranslation("tiers");
  const { message, modal } = App.useApp();
  const navigate = useNavigate();
  const [ladder, setLadder] = useState<Ladder>(() => ({ ...FIRST_LADDER, ...(draft.document.tiers as object) }));
  const saved = useRef(ladder);
  const save = useSaveLadder(programmeId);
  const faults = faultsOf(ladder);
  const asked = useSettled(ladder, 500);
  const change = (next: Partial<Ladder>) => setLadder((before) => ({ ...before, ...next }));
  const changeTier = (rank: number, next: Tier) =>
    change({ tiers: ladder.tiers.map((tier, at) => (at === rank ? next : tier)) });
  const store = async (publish: boolean) => {
    await save.mutateAsync({ draft, ladder, publish });
    saved.current = ladder;
    void message.success(t(publish ? "editor.published" : "editor.saved"));
    navigate("/loyalty/tiers", { state: AFTER_SAVING });
  };
  const publish = () =>
    modal.confirm({
      title: t("editor.publish_title"),
      content: t("editor.publish_words"),
      okText: t("editor.publish"),
      cancelText: t("editor.not_yet"),
      onOk: () => store(true).catch(() => undefined),
    });
  return (
    <EditorPage
      title={t("editor.title")}
      above={<Link to="/loyalty/tiers">{t("title")}</Link>}
      unsaved={ladder !== saved.current}
      actions={
        <>
          <Button loading={save.isPending} onClick={() => void store(false).catch(() => undefined)}>
            {t("editor.save")}
          </Button>
          <Button type="primary" disabled={faults.length > 0} onClick={publish}>
            {t("editor.publish")}
          </Button>
        </>
      }
      result={<PreviewPanel ladder={runs && faultsOf(asked).length === 0 ? asked : null} runs={runs} />}
    >
      <Refused error={save.error} />
      <Section title={t("editor.steps")} about={t("editor.steps_about")}>
        {ladder.tiers.map((tier, rank) => (
          <StepCard
            key={tier.key}
            tier={tier}
            rank={rank}
            currency={currency}
            faults={faults.filter((fault) => fault.rank === rank).map(({ code }) => code)}
            onChange={(next) => changeTier(rank, next)}
            onRemove={() => change({ tiers: ladder.tiers.filter((_, at) => at !== rank) })}
          />
        ))}
        <Button
          className={styles.add}
          icon={<PlusOutlined />}
          disabled={ladder.tiers.length >= 20}
          onClick={() => change({ tiers: [...ladder.tiers, nextTier(ladder.tiers)] })}
        >
          {t("editor.add")}
        </Button>
      </Section>
      <Lasting ladder={ladder} onChange={change} />
      <Discount ladder={ladder} onChange={change} />
      <Section title={t("editor.sold")} about={t("editor.sold_about")}>
        <Memberships ladder={ladder} onChange={(memberships) => change({ memberships })} />
      </Section>
    </EditorPage>
  );
}

/** The value once it has not changed for a while, so that not each key asks the server. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
