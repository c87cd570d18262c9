import { App, Tabs } from "antd";
import { type ReactNode, useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { type BlockerFunction, useBlocker } from "react-router";
import styles from "./layout.module.css";
import { PageHeader } from "./PageHeader";
import { Bone, BoneLines } from "./states";

/** A page that is neither a list nor an object: settings, an account. */
export function PlainPage({
  title,
  mark,
  about,
  actions,
  above,
  narrow = false,
  children,
}: {
  title: string;
  mark?: ReactNode;
  about?: ReactNode;
  above?: ReactNode;
  actions?: ReactNode;
  /** A form's width. */
  narrow?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={styles.page} data-narrow={narrow || undefined}>
      <PageHeader title={title} mark={mark} about={about} actions={actions} above={above} />
      {children}
    </div>
  );
}

/** A titled part of a page. */
export function Section({
  title,
  about,
  extra,
  children,
}: {
  title?: ReactNode;
  about?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={styles.section}>
      {(title || extra) && (
        <div className={styles.sectionHead}>
          <div>
            {title && <h2 className={styles.sectionTitle}>{title}</h2>}
            {about && <p className={styles.sectionAbout}>{about}</p>}
          </div>
          {extra}
        </div>
      )}
      {children}
    </section>
  );
}

/** A quiet box around what belongs together. */
export function Card({ children, flush = false }: { children: ReactNode; flush?: boolean }) {
  return (
    <div className={styles.card} data-flush={flush || undefined}>
      {children}
    </div>
  );
}

export interface Fact {
  readonly key: string;
  readonly label: ReactNode;
  readonly value: ReactNode;
}

/** Names and values, one under another. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map((fact) => (
        <div key={fact.key}>
          <dt>{fact.label}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface Figure {
  readonly key: string;
  readonly label: ReactNode;
  readonly value: ReactNode;
  /** Change, share, or what the figure rests on. */
  readonly note?: ReactNode;
  readonly spark?: ReactNode;
}

/** Headline figures side by side. Undefined values are on their way. */
export function Figures({ figures, loading = false }: { figures: readonly Figure[]; loading?: boolean }) {
  return (
    <dl className={styles.figures}>
      {figures.map((figure) => (
        <div key={figure.key} className={styles.figure}>
          <dt>{figure.label}</dt>
          <dd className={styles.figureValue}>{loading ? <Bone width={96} height={22} /> : figure.value}</dd>
          {(figure.note || loading) && (
            <dd className={styles.figureNote}>{loading ? <Bone width={64} /> : figure.note}</dd>
          )}
          {figure.spark}
        </div>
      ))}
    </dl>
  );
}

export interface PageTab {
  readonly key: string;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

/** One thing: who it is and its state, what one does to it, tabs, and its story at the side. */
export function ObjectPage({
  title,
  mark,
  about,
  actions,
  above,
  figures,
  tabs,
  tab,
  onTab,
  side,
  loading = false,
}: {
  title: string;
  mark?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
  figures?: readonly Figure[];
  tabs: readonly PageTab[];
  tab: string;
  onTab: (tab: string) => void;
  side?: ReactNode;
  loading?: boolean;
}) {
  return (
    <div className={styles.page}>
      <PageHeader
        title={title}
        mark={mark}
        about={loading ? <Bone width={240} /> : about}
        actions={actions}
        above={above}
      />
      {figures && <Figures figures={figures} loading={loading} />}
      <div className={styles.object} data-side={side ? true : undefined}>
        <div className={styles.objectMain}>
          <Tabs
            activeKey={tab}
            onChange={onTab}
            destroyOnHidden
            items={tabs.map(({ key, label, content }) => ({
              key,
              label,
              children: loading ? <BoneLines lines={6} /> : content,
            }))}
          />
        </div>
        {side && <aside className={styles.side}>{loading ? <BoneLines lines={5} /> : side}</aside>}
      </div>
    </div>
  );
}

/**
 * An editor: sections in the order of decisions, a live result beside them. Leaving with unsaved changes asks first.
 */
export function EditorPage({
  title,
  mark,
  about,
  actions,
  above,
  result,
  unsaved,
  children,
}: {
  title: string;
  mark?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
  /** The live result: count, preview, test cart, example mail. */
  result: ReactNode;
  unsaved: boolean;
  children: ReactNode;
}) {
  useLeaveWarning(unsaved);
  return (
    <div className={styles.page}>
      <PageHeader title={title} mark={mark} about={about} actions={actions} above={above} />
      <div className={styles.editor}>
        <div className={styles.editorMain}>{children}</div>
        <aside className={styles.result}>{result}</aside>
      </div>
    </div>
  );
}

/** A report: the question as title, its period, headline figures, a chart, the same rows as a table, and how it is calculated. */
export function ReportPage({
  question,
  about,
  period,
  above,
  actions,
  mark,
  figures,
  loading = false,
  chart,
  table,
  method,
  children,
}: {
  question: string;
  about?: ReactNode;
  period?: ReactNode;
  above?: ReactNode;
  actions?: ReactNode;
  mark?: ReactNode;
  figures: readonly Figure[];
  loading?: boolean;
  chart?: ReactNode;
  table?: ReactNode;
  /** How the figures are calculated, in the reader's words. */
  method: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={styles.page}>
      <PageHeader title={question} mark={mark} about={about} actions={actions} above={above} />
      {period && <div className={styles.period}>{period}</div>}
      <Figures figures={figures} loading={loading} />
      {children}
      {chart}
      {table}
      <Method>{method}</Method>
    </div>
  );
}

/** How the figures of a report are calculated, for who wants to know. */
export function Method({ children }: { children: ReactNode }) {
  const { t } = useTranslation("kit");
  return (
    <details className={styles.method}>
      <summary>{t("report.method")}</summary>
      <div>{children}</div>
    </details>
  );
}

/** Given as the state of the navigation that follows a save, which leaves nothing unsaved behind. */
export const AFTER_SAVING = "after-saving";

/** Asks before a page with unsaved changes is left, inside the app or by closing the tab. */
export function useLeaveWarning(unsaved: boolean): void {
  const { t } = useTranslation("kit");
  const { modal } = App.useApp();
  const blocker = useBlocker(
    useCallback<BlockerFunction>(
      ({ currentLocation, nextLocation }) =>
        unsaved && currentLocation.pathname !== nextLocation.pathname && nextLocation.state !== AFTER_SAVING,
      [unsaved],
    ),
  );
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    modal.confirm({
      title: t("leave.title"),
      content: t("leave.words"),
      okText: t("leave.leave"),
      okButtonProps: { danger: true },
      cancelText: t("leave.stay"),
      onOk: () => blocker.proceed(),
      onCancel: () => blocker.reset(),
    });
  }, [blocker, modal, t]);
  useEffect(() => {
    if (!unsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [unsaved]);
}
