import { App, Button, Tabs } from "antd";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { Problem } from "@/api/problem";
import { choiceField, useAddress } from "@/components/address";
import { EditorPage, PlainPage } from "@/components/layout";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { useAutosave } from "@/components/useAutosave";
import { useTierOptions } from "../tiers/words";
import { type Draft, type Programme, type Terms, useDiscardDraft, useDraft, useProgramme, useSaveDraft } from "./api";
import { ByHandPart } from "./editor/ByHandPart";
import { CountCardsPart } from "./editor/CountCardsPart";
import { EarningPart } from "./editor/EarningPart";
import { ExamplePurchase } from "./editor/ExamplePurchase";
import { ExampleSpending } from "./editor/ExampleSpending";
import { MembersPart } from "./editor/MembersPart";
import { PointsPart } from "./editor/PointsPart";
import { Publishing } from "./editor/Publishing";
import { ReadsAs } from "./editor/ReadsAs";
import { StoredValuePart } from "./editor/StoredValuePart";
import { TryOnOrders } from "./editor/TryOnOrders";
import styles from "./programme.module.css";
import { ProgrammeStateTag, usePartName } from "./words";

/** The parts in the order of decisions: who earns, for what, what it is worth, and what else there is. */
const PARTS = ["members", "earning", "points", "stored_value", "count_cards", "by_hand"] as const;
type Part = (typeof PARTS)[number];
const FIELDS = { part: choiceField(PARTS, "earning") };

/** The terms while they are edited, as a draft that saves itself; publishing is a step of its own. */
export function TermsEditorPage() {
  const { t } = useTranslation("programme");
  const may = useMay();
  const programme = useProgramme(may("loyalty.write"));
  const draft = useDraft(programme.data?.id ?? null);
  const [opened, setOpened] = useState(0);
  if (!may("loyalty.write")) return <NoPermission what={t("title")} />;
  const error = programme.error ?? draft.error;
  if (error && !draft.data) return <ErrorState error={error} onRetry={() => void draft.refetch()} />;
  if (programme.data === null) {
    return (
      <EmptyState
        asPage
        title={t("empty.title")}
        purpose={t("empty.purpose")}
        example={t("empty.example")}
        action={<Link to="/loyalty/programme">{t("title")}</Link>}
      />
    );
  }
  if (!programme.data || !draft.data) {
    return (
      <PlainPage title={t("editor.title")}>
        <BoneLines lines={10} />
      </PlainPage>
    );
  }
  const reopen = () => void draft.refetch().then(() => setOpened((count) => count + 1));
  return <Editor key={opened} programme={programme.data} draft={draft.data} onReopen={reopen} />;
}

function Editor({ programme, draft, onReopen }: { programme: Programme; draft: Draft; onReopen: () => void }) {
  const { t } = useTranslation("programme");
  const { t: kit } = useTranslation("kit");
  const { t: words } = useTranslation("terms");
  const { modal } = App.useApp();
  const { values, change: goTo } = useAddress(FIELDS);
  const [terms, setTerms] = useState<Terms>(() => draft.document as unknown as Terms);
  const version = useRef(draft.version);
  const [conflict, setConflict] = useState<string | null>(null);
  const [publishing, setPublishing] = useState(false);
  const save = useSaveDraft(programme.id);
  const discard = useDiscardDraft(programme.id);
  const write = async (value: Terms) => {
    try {
      const saved = await save.mutateAsync({ document: { ...value }, expected_version: version.current });
      version.current = saved.version;
    } catch (error) {
      if (error instanceof Problem && error.code === "terms.draft_changed_meanwhile") {
        setConflict(String(error.params.edited_by ?? ""));
      }
      throw error;
    }
  };
  // What a programme begins with is published as a draft, too.
  const state = useAutosave(terms, conflict === null, write, programme.version === 0 && draft.version === 0);
  /** Changes some of one part of the terms. */
  const changing =
    <P extends keyof Terms>(part: P) =>
    (next: Partial<Terms[P]>) =>
      setTerms((before) => ({ ...before, [part]: { ...before[part], ...next } }));
  const askDiscard = () =>
    modal.confirm({
      title: t("editor.discard_question"),
      content: t("editor.discard_words"),
      okText: t("editor.discard"),
      okButtonProps: { danger: true },
      cancelText: kit("cancel"),
      onOk: () =>
        discard
          .mutateAsync(version.current)
          .then(onReopen)
          .catch(() => {}),
    });
  const faults = save.data?.faults ?? draft.faults;
  const tiers = useTierOptions(terms.tiers.tiers);
  const { currency } = programme;
  const { part } = values;
  const editors: Record<Part, ReactNode> = {
    members: (
      <MembersPart
        joining={terms.joining}
        bonuses={terms.earning.bonuses}
        currency={currency}
        onJoining={changing("joining")}
        onBonuses={(bonuses) => changing("earning")({ bonuses })}
      />
    ),
    earning: <EarningPart earning={terms.earning} currency={currency} tiers={tiers} onChange={changing("earning")} />,
    points: (
      <PointsPart
        spending={terms.spending}
        lapse={terms.lapse}
        returns={terms.returns}
        currency={currency}
        onSpending={changing("spending")}
        onLapse={changing("lapse")}
        onReturns={changing("returns")}
      />
    ),
    stored_value: (
      <StoredValuePart value={terms.stored_value} currency={currency} onChange={changing("stored_value")} />
    ),
    count_cards: (
      <CountCardsPart cards={terms.count_cards.cards} onChange={(cards) => changing("count_cards")({ cards })} />
    ),
    by_hand: <ByHandPart adjusting={terms.adjusting} currency={currency} onChange={changing("adjusting")} />,
  };
  const examples: Partial<Record<Part, ReactNode>> = {
    earning: (
      <>
        <ExamplePurchase earning={terms.earning} tiers={tiers} currency={currency} />
        <TryOnOrders programme={programme} document={{ ...terms }} />
      </>
    ),
    points: <ExampleSpending terms={terms} currency={currency} />,
  };
  return (
    <EditorPage
      title={t("editor.title")}
      mark={<ProgrammeStateTag state={programme.state} />}
      about={<span className={styles.soft}>{t(`editor.saving.${state}`)}</span>}
      above={<Link to="/loyalty/programme">{programme.name}</Link>}
      unsaved={state !== "saved"}
      actions={
        <>
          {version.current > 0 && <Button onClick={askDiscard}>{t("editor.discard")}</Button>}
          <Button
            type="primary"
            disabled={state !== "saved" || faults.length > 0 || version.current === 0}
            onClick={() => setPublishing(true)}
          >
            {t("editor.publish")}
          </Button>
        </>
      }
      result={
        <>
          {examples[part]}
          {part !== "earning" && <ReadsAs terms={terms} part={part} currency={currency} />}
        </>
      }
    >
      {conflict !== null && (
        <div className={styles.faults} role="alert">
          {t("editor.conflict", { name: conflict })} {t("editor.conflict_words")}{" "}
          <Button size="small" onClick={onReopen}>
            {t("editor.reload")}
          </Button>
        </div>
      )}
      {faults.length > 0 && <Faults faults={faults} />}
      <Tabs
        activeKey={part}
        onChange={(next) => goTo({ part: next as Part })}
        items={PARTS.map((key) => ({ key, label: words(`part.${key}`), children: editors[key] }))}
        destroyOnHidden
      />
      <p className={styles.hint}>
        {words("tiers_elsewhere")}{" "}
        <Link className={styles.underlined} to="/loyalty/tiers/edit">
          {words("tiers_link")}
        </Link>
      </p>
      {publishing && (
        <Publishing programme={programme} draftVersion={version.current} onClose={() => setPublishing(false)} />
      )}
    </EditorPage>
  );
}

function Faults({ faults }: { faults: Draft["faults"] }) {
  const { t } = useTranslation("programme");
  const partName = usePartName();
  const named = (part: string) => (/^\d+$/.test(part) ? String(Number(part) + 1) : partName(part));
  return (
    <div className={styles.faults} role="alert">
      {t("editor.faults")}
      <ul>
        {faults.map(({ where, code }) => (
          <li key={`${where} ${code}`}>{where.split(".").map(named).join(" · ")}</li>
        ))}
      </ul>
    </div>
  );
}
