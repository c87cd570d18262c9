import { CaretRightOutlined, SaveOutlined, StopOutlined } from "@ant-design/icons";
import { Alert, Button, Drawer, Tabs, Tooltip } from "antd";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useMay } from "@/api/me";
import { asProblem } from "@/api/problem";
import { When } from "@/components/figures";
import { PlainPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { useIsPhone } from "@/components/screen";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { useStored } from "@/components/stored";
import { type SavedQuery, useAsk, useSavedQueries, useSqlCatalogue, useStop } from "./api";
import { ExampleList } from "./ExampleList";
import { HistoryList } from "./HistoryList";
import { Result } from "./Result";
import { SaveDialog, SavedList } from "./SavedList";
import styles from "./sql.module.css";
import { TableList } from "./TableList";
import { useFaultWords } from "./useFaultWords";

const SqlEditor = lazy(() => import("./SqlEditor"));

/** Questions in SQL over the copy of the data: written, answered, kept, taken along. */
export function SqlPage() {
  const { t } = useTranslation("sql");
  const may = useMay();
  const catalogue = useSqlCatalogue();
  if (!may("insights.query")) return <NoPermission what={t("title")} />;
  return (
    <PlainPage title={t("title")} about={t("about")} above={<Link to="/segments">{t("segments")}</Link>}>
      {catalogue.data ? (
        <Desk catalogue={catalogue.data} />
      ) : catalogue.error && asProblem(catalogue.error).code === "sql.needs_all_stores" ? (
        <Alert type="info" showIcon title={t("all_stores.title")} description={t("all_stores.words")} />
      ) : catalogue.error ? (
        <ErrorState error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : (
        <BoneLines lines={8} />
      )}
    </PlainPage>
  );
}

type Catalogue = NonNullable<ReturnType<typeof useSqlCatalogue>["data"]>;

function Desk({ catalogue }: { catalogue: Catalogue }) {
  const { t } = useTranslation("sql");
  const { language } = useReading();
  const isPhone = useIsPhone();
  const [text, setText] = useStored("sql.draft", "");
  const [opened, open] = useOpened(setText);
  const [saving, setSaving] = useState(false);
  const [aside, setAside] = useState(false);
  const ask = useAsk();
  const stop = useStop();
  const faultWords = useFaultWords();

  const meaning = useCallback(
    (words: { zh: string; en: string }) => (language === "zh-CN" ? words.zh : words.en),
    [language],
  );
  const fault = useMemo(() => {
    if (!ask.error || ask.variables !== text) return null;
    const told = faultWords(asProblem(ask.error));
    return told?.place ? { place: told.place, message: told.words } : null;
  }, [ask.error, ask.variables, text, faultWords]);

  const run = () => {
    if (text.trim() && !ask.isPending) ask.mutate(text);
  };
  const halt = () => {
    if (ask.isPending && !stop.isPending) stop.mutate();
  };
  const take = (sql: string, saved: SavedQuery | null = null) => {
    setText(sql);
    open(saved);
    setAside(false);
    window.scrollTo({ top: 0 });
  };

  const help = <Help catalogue={catalogue} meaning={meaning} onTake={take} onInsert={(name) => insert(name)} />;
  function insert(name: string) {
    setText(text.trim() ? `${text.replace(/\s+$/, "")} ${name}` : `SELECT *\nFROM ${name}\nLIMIT 100`);
    setAside(false);
  }

  return (
    <div className={styles.desk}>
      <div className={styles.work}>
        <div className={styles.editor}>
          <Suspense fallback={<div className={styles.waiting}>{<BoneLines lines={5} />}</div>}>
            <SqlEditor
              value={text}
              onChange={setText}
              onRun={run}
              onStop={halt}
              tables={catalogue.tables}
              meaning={meaning}
              fault={fault}
              label={t("editor")}
              placeholder={t("placeholder")}
            />
          </Suspense>
        </div>
        <div className={styles.bar}>
          {ask.isPending ? (
            <Button icon={<StopOutlined />} onClick={halt} loading={stop.isPending} danger>
              {t("stop")}
            </Button>
          ) : (
            <Tooltip title={t("run_keys")}>
              <Button type="primary" icon={<CaretRightOutlined />} onClick={run} disabled={!text.trim()}>
                {t("run")}
              </Button>
            </Tooltip>
          )}
          <Button icon={<SaveOutlined />} onClick={() => setSaving(true)} disabled={!text.trim()}>
            {t("save")}
          </Button>
          {isPhone && <Button onClick={() => setAside(true)}>{t("help")}</Button>}
          {opened && <span className={styles.opened}>{opened.name}</span>}
          {catalogue.fresh_at && (
            <span className={styles.fresh}>
              {t("fresh")} <When at={catalogue.fresh_at} />
            </span>
          )}
        </div>
        <div aria-live="polite">
          {ask.isPending ? (
            <div className={styles.waiting}>
              <p className={styles.soft}>{t("asking", { seconds: catalogue.seconds })}</p>
              <BoneLines lines={4} />
            </div>
          ) : ask.error ? (
            <Wrong error={ask.error} />
          ) : ask.data && ask.variables !== undefined ? (
            <Result key={ask.submittedAt} answer={ask.data} sql={ask.variables} limit={catalogue.rows_shown} />
          ) : (
            <div className={styles.empty}>
              <p>{t("empty")}</p>
              <p className={styles.soft}>{t("bounds", { seconds: catalogue.seconds, rows: catalogue.rows_shown })}</p>
            </div>
          )}
        </div>
      </div>
      {isPhone ? (
        <Drawer open={aside} onClose={() => setAside(false)} title={t("help")} placement="bottom" size="80%">
          {help}
        </Drawer>
      ) : (
        <aside className={styles.aside} aria-label={t("help")}>
          {help}
        </aside>
      )}
      {saving && (
        <SaveDialog
          sql={text}
          known={opened?.mine ? opened : null}
          onClose={() => setSaving(false)}
          onSaved={(saved) => {
            open(saved);
            setSaving(false);
          }}
        />
      )}
    </div>
  );
}

/** The saved query whose address this is: a link to it opens it. */
function useOpened(setText: (sql: string) => void): [SavedQuery | null, (saved: SavedQuery | null) => void] {
  const [params, setParams] = useSearchParams();
  const wanted = Number(params.get("saved")) || null;
  const saved = useSavedQueries();
  const found = saved.data?.find(({ id }) => id === wanted) ?? null;
  const [shown, setShown] = useState<number | null>(null);
  useEffect(() => {
    if (found && found.id !== shown) {
      setShown(found.id);
      setText(found.sql);
    }
  }, [found, shown, setText]);
  const open = (next: SavedQuery | null) => {
    setShown(next?.id ?? null);
    setParams(next ? { saved: String(next.id) } : {}, { replace: true });
  };
  return [found, open];
}

function Help({
  catalogue,
  meaning,
  onTake,
  onInsert,
}: {
  catalogue: Catalogue;
  meaning: (words: { zh: string; en: string }) => string;
  onTake: (sql: string, saved?: SavedQuery | null) => void;
  onInsert: (name: string) => void;
}) {
  const { t } = useTranslation("sql");
  return (
    <Tabs
      size="small"
      items={[
        {
          key: "tables",
          label: t("tab.tables"),
          children: <TableList tables={catalogue.tables} meaning={meaning} onInsert={onInsert} />,
        },
        { key: "examples", label: t("tab.examples"), children: <ExampleList onTake={onTake} /> },
        { key: "saved", label: t("tab.saved"), children: <SavedList onTake={onTake} /> },
        { key: "history", label: t("tab.history"), children: <HistoryList onTake={onTake} /> },
      ]}
    />
  );
}

/** What is wrong, and in which line. */
function Wrong({ error }: { error: unknown }) {
  const { t } = useTranslation("sql");
  const told = useFaultWords()(asProblem(error));
  if (!told) return <Refused error={error} />;
  return (
    <Alert
      className={styles.wrong}
      type="error"
      showIcon
      role="alert"
      title={told.place ? t("at_line", { line: told.place.line, words: told.words }) : told.words}
      description={told.more}
    />
  );
}
