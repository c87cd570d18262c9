import { BarChartOutlined, RedoOutlined, UndoOutlined } from "@ant-design/icons";
import { App, Button, DatePicker, Input, Radio, Tooltip } from "antd";
import dayjs from "dayjs";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { useMay } from "@/api/me";
import { asProblem } from "@/api/problem";
import { analysisHref, readRule } from "@/api/ruleAddress";
import { ChangedMeanwhile } from "@/components/ChangedMeanwhile";
import { useKeys } from "@/components/keys";
import { AFTER_SAVING, EditorPage, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { useDebounced } from "@/components/useDebounced";
import { currencyExponent } from "@/format/money";
import { endOfDay, isoDay, zoneName } from "@/format/when";
import { type Segment, useCatalogue, useCount, useSaveSegment, useSegment } from "./api";
import { type BranchCounts, RuleBuilder } from "./builder/RuleBuilder";
import type { Catalogue } from "./catalogue";
import { countConditions, type DraftRule, emptyRule, toDraft, toRule } from "./draft";
import { faultsByBranch } from "./faults";
import { redo, startHistory, step, undo } from "./history";
import { isEverybody, LivePanel } from "./LivePanel";
import { RuleDocument } from "./RuleDocument";
import { StarterList } from "./StarterList";
import styles from "./segments.module.css";
import { STARTERS, type Starter, starterRule } from "./starters";
import { useFaultWords } from "./useFaultWords";

const REST_MILLISECONDS = 250;

/** Makes a segment or changes its rule, with the count following every change. */
export function SegmentEditorPage() {
  const { t } = useTranslation("segments");
  const { id } = useParams();
  const may = useMay();
  const segment = useSegment(id === undefined ? null : Number(id));
  const catalogue = useCatalogue();
  if (!may("segments.write")) return <NoPermission what={t("title")} />;
  const failed = catalogue.error ?? segment.error;
  if (failed && !(catalogue.data && segment.data)) {
    return <ErrorState error={failed} onRetry={() => void Promise.all([catalogue.refetch(), segment.refetch()])} />;
  }
  if (!catalogue.data || (id !== undefined && !segment.data)) {
    return (
      <PlainPage title={t("editor.title_new")}>
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  return <Editor key={id ?? "new"} segment={segment.data ?? null} catalogue={catalogue.data} />;
}

interface Edited {
  readonly name: string;
  readonly description: string;
  readonly rule: DraftRule;
}

function Editor({ segment, catalogue }: { segment: Segment | null; catalogue: Catalogue }) {
  const { t } = useTranslation("segments");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const here = useHere();
  const { language } = useReading();
  const [params] = useSearchParams();
  const [history, setHistory] = useState(() => startHistory<Edited>(beginning()));
  const [version, setVersion] = useState(segment?.version ?? 0);
  const saved = useRef(history.present);
  const [nameMissing, setNameMissing] = useState(false);
  const save = useSaveSegment({ ownErrors: true });
  const storing = useRef(false);
  const latest = useSegment(segment?.id ?? null);
  const edited = history.present;
  const unsaved = edited !== saved.current;
  const change = (next: Partial<Edited>, control: string | null = null) =>
    setHistory((before) => step(before, { ...before.present, ...next }, control));

  const written = useMemo(() => toRule(edited.rule), [edited.rule]);
  const asked = useDebounced(written, REST_MILLISECONDS);
  const counted = useCount(asked.rule);
  const counts = useBranchCounts(written, asked, counted);

  useKeys({
    "mod+z": (event) => {
      event.preventDefault();
      setHistory(event.shiftKey ? redo : undo);
    },
    "mod+y": (event) => {
      event.preventDefault();
      setHistory(redo);
    },
    "mod+s": (event) => {
      event.preventDefault();
      void store(segment?.id ?? null);
    },
  });

  function beginning(): Edited {
    if (segment) return editedFrom(segment);
    const carried = readRule(params.get("rule"));
    if (carried) return { name: params.get("name") ?? "", description: "", rule: toDraft(carried) };
    const starter = STARTERS.find((one) => one === params.get("starter"));
    const rule = starter ? starterRule(starter, catalogue, here) : null;
    return { name: starter && rule ? t(`starter.${starter}.name`) : "", description: "", rule: rule ?? emptyRule() };
  }

  function start(starter: Starter): void {
    const rule = starterRule(starter, catalogue, here);
    if (!rule) return;
    const name = t(`starter.${starter}.name`);
    const replaces = countConditions(edited.rule.root) > 0;
    change({ rule, name: edited.name || name });
    if (replaces) void message.info(t("editor.replaced", { name }));
  }

  async function store(id: number | null, made = version): Promise<void> {
    if (storing.current) return; // the second of two clicks
    const name = edited.name.trim();
    if (name === "") {
      setNameMissing(true);
      document.getElementById("segment-name")?.focus();
      return;
    }
    if (isEverybody(written.rule)) {
      void message.warning(t("editor.rule_needed"));
      return;
    }
    if (written.unfinished.size > 0) void message.warning(t("editor.unfinished", { count: written.unfinished.size }));
    const input = { name, description: edited.description.trim(), rule: written.rule };
    let stored: Segment;
    storing.current = true;
    try {
      stored = await save.mutateAsync(id === null ? { id, ...input } : { id, version: made, ...input });
    } catch {
      storing.current = false;
      return; // why is told above the form
    }
    saved.current = edited;
    void message.success(t("action.saved"));
    navigate(`/segments/${stored.id}`, { state: AFTER_SAVING });
  }

  async function takeLatest(): Promise<void> {
    const { data } = await latest.refetch();
    if (!data) return;
    const fresh = startHistory(editedFrom(data));
    saved.current = fresh.present;
    setHistory(fresh);
    setVersion(data.version);
    save.reset();
  }

  const refused = save.error ? asProblem(save.error) : null;
  return (
    <EditorPage
      title={t(segment ? "editor.title_change" : "editor.title_new")}
      above={<Link to={segment ? `/segments/${segment.id}` : "/segments"}>{segment ? segment.name : t("title")}</Link>}
      unsaved={unsaved}
      actions={
        <>
          <Button
            icon={<BarChartOutlined />}
            href={analysisHref(written.rule)}
            target="_blank"
            disabled={isEverybody(written.rule)}
          >
            {t("action.analyse")}
          </Button>
          <Tooltip title={`${t("action.undo")} · Ctrl+Z`}>
            <Button
              icon={<UndoOutlined />}
              aria-label={t("action.undo")}
              disabled={history.past.length === 0}
              onClick={() => setHistory(undo)}
            />
          </Tooltip>
          <Tooltip title={`${t("action.redo")} · Ctrl+Shift+Z`}>
            <Button
              icon={<RedoOutlined />}
              aria-label={t("action.redo")}
              disabled={history.future.length === 0}
              onClick={() => setHistory(redo)}
            />
          </Tooltip>
          <RuleDocument rule={written.rule} name={edited.name} onImport={(rule) => change({ rule })} />
          {segment && (
            <Button disabled={!unsaved} onClick={() => void store(null)}>
              {t("action.save_as")}
            </Button>
          )}
          <Button type="primary" loading={save.isPending} onClick={() => void store(segment?.id ?? null)}>
            {t("action.save")}
          </Button>
        </>
      }
      result={<LivePanel rule={asked.rule} counted={counted} />}
    >
      {segment && refused?.code === "segment.changed_meanwhile" ? (
        <ChangedMeanwhile
          name={segment.name}
          busy={save.isPending}
          onTakeLatest={() => void takeLatest()}
          onOverwrite={() => void store(segment.id, Number(refused.params.version))}
        />
      ) : (
        <Refused error={save.error} />
      )}
      <Section>
        <div className={styles.naming}>
          <label htmlFor="segment-name">{t("editor.name")}</label>
          <Input
            id="segment-name"
            value={edited.name}
            maxLength={120}
            status={nameMissing && edited.name.trim() === "" ? "error" : undefined}
            placeholder={t("editor.name_placeholder")}
            onChange={(event) => change({ name: event.target.value }, "name")}
          />
          {nameMissing && edited.name.trim() === "" && <span className={styles.fault}>{t("editor.name_needed")}</span>}
          <label htmlFor="segment-description">{t("editor.description")}</label>
          <Input
            id="segment-description"
            value={edited.description}
            maxLength={1000}
            placeholder={t("editor.description_placeholder")}
            onChange={(event) => change({ description: event.target.value }, "description")}
          />
        </div>
      </Section>
      {!segment && countConditions(edited.rule.root) === 0 && (
        <Section title={t("editor.starters")} about={t("editor.starters_about")}>
          <StarterList onChoose={start} />
        </Section>
      )}
      <Section
        title={t("editor.rule")}
        about={t("editor.rule_about", { zone: zoneName(catalogue.timezone, language) })}
        extra={<AsOf rule={edited.rule} onChange={(rule) => change({ rule })} />}
      >
        <RuleBuilder
          root={edited.rule.root}
          catalogue={catalogue}
          counts={counts}
          self={segment?.id ?? null}
          onChange={(root, control) => change({ rule: { ...edited.rule, root } }, control ?? null)}
        />
      </Section>
    </EditorPage>
  );
}

function editedFrom({ name, description, rule }: Segment): Edited {
  return { name, description, rule: toDraft(rule) };
}

/** Judged now, or at the end of a day she chooses. */
function AsOf({ rule, onChange }: { rule: DraftRule; onChange: (rule: DraftRule) => void }) {
  const { t } = useTranslation("segments");
  const { timezone } = useReading();
  const [choosing, setChoosing] = useState(false);
  const day = rule.asOf === null ? null : isoDay(new Date(rule.asOf), timezone);
  return (
    <div className={styles.asOf}>
      <Tooltip title={t("editor.as_of_explain")}>
        <span className={styles.asOfLabel}>{t("editor.as_of")}</span>
      </Tooltip>
      <Radio.Group
        size="small"
        optionType="button"
        value={rule.asOf === null && !choosing ? "now" : "day"}
        options={[
          { value: "now", label: t("editor.as_of_now") },
          { value: "day", label: t("editor.as_of_day") },
        ]}
        onChange={({ target }) => {
          setChoosing(target.value === "day");
          if (target.value === "now") onChange({ ...rule, asOf: null });
        }}
      />
      {(day !== null || choosing) && (
        <DatePicker
          size="small"
          aria-label={t("editor.as_of_day")}
          value={day === null ? null : dayjs(day)}
          onChange={(chosen) =>
            onChange({ ...rule, asOf: chosen ? endOfDay(chosen.format("YYYY-MM-DD"), timezone) : null })
          }
        />
      )}
    </div>
  );
}

/** Branch by branch: the last known count of each, kept (and marked old) while a newer one is on its way. */
function useBranchCounts(
  written: ReturnType<typeof toRule>,
  asked: ReturnType<typeof toRule>,
  counted: ReturnType<typeof useCount>,
): BranchCounts {
  const [known, setKnown] = useState<ReadonlyMap<string, number>>(new Map());
  const fresh = counted.data && !counted.isPlaceholderData ? counted.data : null;
  useEffect(() => {
    if (!fresh) return;
    const byPath = new Map(fresh.branches.map(({ path, count }) => [path, count]));
    byPath.set("root", fresh.count);
    const byBranch = new Map<string, number>();
    for (const [id, path] of asked.paths) {
      const count = byPath.get(path);
      if (count !== undefined) byBranch.set(id, count);
    }
    setKnown(byBranch);
  }, [fresh, asked]);
  const words = useFaultWords();
  const refused = counted.error && !counted.isFetching ? asProblem(counted.error).fields : [];
  const faults = new Map(
    [...faultsByBranch(refused, asked.paths)].map(([id, found]) => [id, found.map((fault) => words.short(fault))]),
  );
  return {
    faults,
    of: (id) => known.get(id) ?? null,
    unfinished: written.unfinished,
    stale: counted.isPlaceholderData || written !== asked,
  };
}

function useHere() {
  const { currency } = useReading();
  return useMemo(() => ({ currency, exponent: currencyExponent(currency) }), [currency]);
}
