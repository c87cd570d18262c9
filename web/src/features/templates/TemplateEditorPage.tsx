import { CodeOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Input, type InputRef, Radio, Select, Tabs } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { useMay } from "@/api/me";
import type { FoundPerson } from "@/api/people";
import { asProblem, type FieldProblem } from "@/api/problem";
import { AFTER_SAVING, EditorPage, PlainPage, Section } from "@/components/layout";
import { MailFrame } from "@/components/MailFrame";
import { PersonPicker } from "@/components/PersonPicker";
import { useWordProblem } from "@/components/problems";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { LANGUAGES, type Language } from "@/format/language";
import {
  LAYOUTS,
  type Layout,
  type OfferChoice,
  PURPOSES,
  type Purpose,
  type StarterTemplate,
  type Template,
  useOfferChoices,
  usePreview,
  useSaveTemplate,
  useStarters,
  useTemplate,
  useVariables,
} from "./api";
import {
  type Content,
  type FullContents,
  filledContents,
  insertVariable,
  isOfOffer,
  isWritten,
  type Part,
  partsNaming,
  placeOfFault,
  speaksOfOffer,
  writtenContents,
} from "./content";
import { StarterLetters } from "./StarterLetters";
import styles from "./templates.module.css";

const REST_MILLISECONDS = 300;

/** Writes a letter, with the mail a real customer would get beside it. */
export function TemplateEditorPage() {
  const { t } = useTranslation("templates");
  const { id } = useParams();
  const [params] = useSearchParams();
  const may = useMay();
  const template = useTemplate(id === undefined ? null : Number(id));
  const wanted = params.get("starter");
  const starters = useStarters(id === undefined && wanted !== null);
  if (!may("templates.read")) return <NoPermission what={t("title")} />;
  if (template.error && !template.data) {
    return <ErrorState error={template.error} onRetry={() => void template.refetch()} />;
  }
  if ((id !== undefined && !template.data) || (wanted !== null && starters.isPending && id === undefined)) {
    return (
      <PlainPage title={t("title")}>
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  const starter = starters.data?.find(({ key }) => key === wanted) ?? null;
  return (
    <Editor key={id ?? "new"} template={template.data ?? null} starter={starter} mayWrite={may("templates.write")} />
  );
}

interface Edited {
  readonly name: string;
  readonly purpose: Purpose;
  readonly layout: Layout;
  readonly contents: FullContents;
}

function Editor({
  template,
  starter,
  mayWrite,
}: {
  template: Template | null;
  starter: StarterTemplate | null;
  mayWrite: boolean;
}) {
  const { t } = useTranslation("templates");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const { language: reading } = useReading();
  const [edited, setEdited] = useState<Edited>(() => beginning(template, starter, reading));
  const saved = useRef(edited);
  const [language, setLanguage] = useState<Language>(() =>
    isWritten(edited.contents[reading])
      ? reading
      : (LANGUAGES.find((one) => isWritten(edited.contents[one])) ?? reading),
  );
  const [person, setPerson] = useState<FoundPerson | null>(null);
  const may = useMay();
  const offers = useOfferChoices(may("offers.read"));
  // Until she chooses, a letter that speaks of an offer is shown with one.
  const [chosenOffer, setOfferId] = useState<number | null | undefined>(undefined);
  const offerId =
    chosenOffer === undefined && speaksOfOffer(edited.contents[language])
      ? (offers.data?.[0]?.id ?? null)
      : (chosenOffer ?? null);
  const [checked, setChecked] = useState(false);
  const save = useSaveTemplate();
  const preview = useLivePreview(edited, language, person, offerId);
  const faults = preview.isError ? asProblem(preview.error).fields : save.error ? asProblem(save.error).fields : [];
  const missing = preview.isError ? [] : (preview.data?.missing ?? []);
  const change = (next: Partial<Edited>) => setEdited((before) => ({ ...before, ...next }));
  const start = (letter: StarterTemplate) => setEdited(beginning(null, letter, reading));

  async function store(): Promise<void> {
    setChecked(true);
    const contents = writtenContents(edited.contents);
    if (edited.name.trim() === "") {
      document.getElementById("template-name")?.focus();
      return;
    }
    if (!Object.values(contents).some(({ subject, body }) => subject.trim() !== "" && body.trim() !== "")) {
      void message.warning(t("editor.content_needed"));
      return;
    }
    const stored = await save.mutateAsync({ id: template?.id ?? null, ...edited, name: edited.name.trim(), contents });
    saved.current = edited;
    void message.success(t("action.saved"));
    if (template === null) navigate(`/templates/${stored.id}`, { replace: true, state: AFTER_SAVING });
  }

  const nameMissing = checked && edited.name.trim() === "";
  return (
    <EditorPage
      title={template?.name ?? t("editor.title_new")}
      above={<Link to="/templates">{t("title")}</Link>}
      unsaved={edited !== saved.current}
      actions={
        mayWrite && (
          <Button type="primary" loading={save.isPending} onClick={() => void store()}>
            {t("action.save")}
          </Button>
        )
      }
      result={
        <Preview
          preview={preview}
          preheader={edited.contents[language].preheader}
          person={person}
          onPerson={setPerson}
          offers={offers.data ?? []}
          offerId={offerId}
          onOffer={setOfferId}
        />
      }
    >
      {template === null && !isWritten(edited.contents["zh-CN"]) && !isWritten(edited.contents.en) && (
        <Section title={t("editor.starters")} about={t("editor.starters_about")}>
          <StarterLetters onChoose={start} />
        </Section>
      )}
      <Section>
        <div className={styles.field}>
          <label htmlFor="template-name">{t("editor.name")}</label>
          <Input
            id="template-name"
            value={edited.name}
            maxLength={160}
            disabled={!mayWrite}
            status={nameMissing ? "error" : undefined}
            placeholder={t("editor.name_placeholder")}
            onChange={(event) => change({ name: event.target.value })}
          />
          <p className={nameMissing ? styles.fault : styles.hint}>
            {nameMissing ? t("editor.name_needed") : t("editor.name_hint")}
          </p>
        </div>
        <div className={styles.choices}>
          <div>
            <h3 className={styles.choiceTitle}>{t("editor.purpose")}</h3>
            <Radio.Group
              disabled={!mayWrite}
              optionType="button"
              value={edited.purpose}
              options={PURPOSES.map((one) => ({ value: one, label: t(`purpose.${one}`) }))}
              onChange={({ target }) => change({ purpose: target.value as Purpose })}
            />
            <p className={styles.hint}>{t(`purpose_hint.${edited.purpose}`)}</p>
          </div>
          <div>
            <h3 className={styles.choiceTitle}>{t("editor.layout")}</h3>
            <div className={styles.layouts} role="radiogroup" aria-label={t("editor.layout")}>
              {LAYOUTS.map((one) => (
                <label key={one} className={styles.layout} data-on={edited.layout === one || undefined}>
                  <input
                    type="radio"
                    name="layout"
                    className="hk-visually-hidden"
                    disabled={!mayWrite}
                    checked={edited.layout === one}
                    onChange={() => change({ layout: one })}
                  />
                  <span className={styles.swatch} data-layout={one} aria-hidden="true" />
                  {t(`layout.${one}`)}
                </label>
              ))}
            </div>
          </div>
        </div>
      </Section>
      <Section title={t("editor.words")} about={t("editor.words_about")}>
        <Tabs
          activeKey={language}
          onChange={(next) => setLanguage(next as Language)}
          items={LANGUAGES.map((one) => ({
            key: one,
            label: (
              <>
                {t(`language.${one}`)}
                {!isWritten(edited.contents[one]) && (
                  <span className={styles.unwritten}> · {t("editor.language_empty")}</span>
                )}
              </>
            ),
            children: (
              <Words
                language={one}
                content={edited.contents[one]}
                faults={faults}
                missing={one === preview.data?.language ? missing : []}
                person={person}
                mayWrite={mayWrite}
                onChange={(content) => change({ contents: { ...edited.contents, [one]: content } })}
              />
            ),
          }))}
        />
      </Section>
    </EditorPage>
  );
}

function beginning(template: Template | null, starter: StarterTemplate | null, language: Language): Edited {
  const from = template ?? starter;
  return {
    name: template?.name ?? starter?.names[language] ?? "",
    purpose: from?.purpose ?? "marketing",
    layout: from?.layout ?? "plain",
    contents: filledContents(from?.contents ?? {}),
  };
}

function useLivePreview(edited: Edited, language: Language, person: FoundPerson | null, offerId: number | null) {
  const [rested, setRested] = useState({ edited, language });
  useEffect(() => {
    const timer = setTimeout(() => setRested({ edited, language }), REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [edited, language]);
  const input = useMemo(() => {
    const contents = writtenContents(rested.edited.contents);
    if (person === null || !contents[rested.language]) return null;
    return {
      contents,
      layout: rested.edited.layout,
      customer_id: person.id,
      offer_id: offerId,
      language: rested.language,
    };
  }, [rested, person, offerId]);
  return usePreview(input);
}

const FIELDS: readonly { part: Part; rows: number }[] = [
  { part: "subject", rows: 1 },
  { part: "preheader", rows: 1 },
  { part: "heading", rows: 1 },
  { part: "body", rows: 10 },
  { part: "button_label", rows: 1 },
  { part: "button_url", rows: 1 },
];

/** The parts of the letter in one language, each with what is wrong with it below. */
function Words({
  language,
  content,
  faults,
  missing,
  person,
  mayWrite,
  onChange,
}: {
  language: Language;
  content: Content;
  faults: readonly FieldProblem[];
  missing: readonly string[];
  person: FoundPerson | null;
  mayWrite: boolean;
  onChange: (content: Content) => void;
}) {
  const { t } = useTranslation("templates");
  const variableName = useVariableName();
  const word = useWordProblem();
  const faultsOf = (part: Part): string[] =>
    faults
      .filter(({ where }) => {
        const place = placeOfFault(where);
        return place?.language === language && place.part === part;
      })
      .flatMap((fault) => word(asProblem({ ...fault, fields: [{ ...fault, where: "" }] })).fields);
  return (
    <div className={styles.words} lang={language}>
      {FIELDS.map(({ part, rows }) => {
        const lacking = missing.filter((key) => partsNaming(content, key).includes(part));
        const notes = [
          ...faultsOf(part),
          ...lacking.map((key) =>
            isOfOffer(key)
              ? t("preview.needs_offer", { what: variableName(key) })
              : t("preview.missing", { name: person?.name ?? "", what: variableName(key) }),
          ),
        ];
        return (
          <PartField
            key={part}
            id={`${language}-${part}`}
            part={part}
            rows={rows}
            text={content[part]}
            notes={notes}
            fallback={lacking.find((key) => !isOfOffer(key)) ?? null}
            mayWrite={mayWrite}
            onChange={(text) => onChange({ ...content, [part]: text })}
          />
        );
      })}
    </div>
  );
}

function PartField({
  id,
  part,
  rows,
  text,
  notes,
  fallback,
  mayWrite,
  onChange,
}: {
  id: string;
  part: Part;
  rows: number;
  text: string;
  notes: readonly string[];
  fallback: string | null;
  mayWrite: boolean;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation("templates");
  const line = useRef<InputRef>(null);
  const area = useRef<TextAreaRef>(null);
  const insert = (key: string) => {
    const element = line.current?.input ?? area.current?.resizableTextArea?.textArea;
    const start = element?.selectionStart ?? text.length;
    const next = insertVariable(text, key, start, element?.selectionEnd ?? start);
    onChange(next.text);
    requestAnimationFrame(() => {
      element?.focus();
      element?.setSelectionRange(next.caret, next.caret);
    });
  };
  const hint = part === "preheader" || part === "body" ? t(`editor.${part}_hint`) : null;
  const shared = {
    id,
    value: text,
    disabled: !mayWrite,
    status: notes.length > 0 ? ("error" as const) : undefined,
    "aria-describedby": notes.length > 0 ? `${id}-notes` : undefined,
  };
  return (
    <div className={styles.field}>
      <div className={styles.fieldHead}>
        <label htmlFor={id}>{t(`editor.${part}`)}</label>
        {mayWrite && <VariableMenu onChoose={insert} />}
      </div>
      {rows === 1 ? (
        <Input
          ref={line}
          {...shared}
          maxLength={part === "button_url" ? 1000 : 300}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <Input.TextArea
          ref={area}
          {...shared}
          rows={rows}
          maxLength={20_000}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {notes.length > 0 && (
        <div id={`${id}-notes`} className={styles.fault}>
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
          {fallback && (
            <p className={styles.hint}>{t("preview.missing_hint", { sample: `{{ ${fallback} | default: '…' }}` })}</p>
          )}
        </div>
      )}
      {notes.length === 0 && hint && <p className={styles.hint}>{hint}</p>}
    </div>
  );
}

function VariableMenu({ onChoose }: { onChoose: (key: string) => void }) {
  const { t } = useTranslation("templates");
  const variables = useVariables();
  const { language: reading } = useReading();
  const language = reading === "zh-CN" ? "zh" : "en";
  const groups = ["customer", "coupon", "offer", "brand", "other"] as const;
  const groupOf = (key: string) => groups.find((group) => key.startsWith(`${group}.`)) ?? "other";
  const items = groups.flatMap((group) => {
    const members = (variables.data ?? []).filter(({ key }) => groupOf(key) === group);
    return members.length === 0
      ? []
      : [
          {
            key: group,
            type: "group" as const,
            label: t(`group.${group}`),
            children: members.map(({ key, example, words }) => ({
              key,
              label: (
                <span className={styles.variable}>
                  <span>{words[language]}</span>
                  <span className={styles.example}>{example[language]}</span>
                </span>
              ),
            })),
          },
        ];
  });
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{ items, className: styles.variables, onClick: ({ key }) => onChoose(key) }}
    >
      {/* Keeps the caret where it is in the field. */}
      <Button type="text" size="small" icon={<CodeOutlined />} onMouseDown={(event) => event.preventDefault()}>
        {t("editor.insert")}
      </Button>
    </Dropdown>
  );
}

/** A variable in the reader's words; until they are known it stays as it is written. */
function useVariableName(): (key: string) => string {
  const { language } = useReading();
  const { data } = useVariables();
  return useCallback(
    (key) => data?.find((variable) => variable.key === key)?.words[language === "zh-CN" ? "zh" : "en"] ?? key,
    [data, language],
  );
}

/** The mail as one real customer gets it. */
function Preview({
  preview,
  preheader,
  person,
  onPerson,
  offers,
  offerId,
  onOffer,
}: {
  preview: ReturnType<typeof usePreview>;
  preheader: string;
  person: FoundPerson | null;
  onPerson: (person: FoundPerson) => void;
  offers: readonly OfferChoice[];
  offerId: number | null;
  onOffer: (id: number | null) => void;
}) {
  const { t } = useTranslation("templates");
  const variableName = useVariableName();
  const missing = preview.data?.missing ?? [];
  const faulty = preview.isError && asProblem(preview.error).status === 422;
  return (
    <div className={styles.preview}>
      <div className={styles.previewAs}>
        <span className={styles.previewLabel}>{t("preview.as")}</span>
        <PersonPicker person={person} onChoose={onPerson} firstByItself />
        <span className={styles.previewLabel}>{t("preview.offer")}</span>
        <Select
          value={offerId ?? 0}
          aria-label={t("preview.offer")}
          options={[
            { value: 0, label: t("preview.no_offer") },
            ...offers.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(id) => onOffer(id === 0 ? null : id)}
        />
      </div>
      {preview.isError && !faulty ? (
        <ErrorState compact error={preview.error} onRetry={() => void preview.refetch()} />
      ) : person === null ? (
        <p className={styles.hint}>{t("preview.choose")}</p>
      ) : (
        <>
          {faulty && <p className={styles.notice}>{t("preview.faulty")}</p>}
          {!preview.isError && missing.length > 0 && (
            <p className={styles.notice}>
              {t("preview.missing_head", { what: missing.map(variableName).join(" · ") })}
            </p>
          )}
          <MailFrame
            subject={preview.data?.subject}
            preheader={preheader.includes("{{") ? undefined : preheader}
            html={preview.data?.html}
            stale={preview.isFetching || faulty}
          />
        </>
      )}
    </div>
  );
}
