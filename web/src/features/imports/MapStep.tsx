import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Input, Popover, Select } from "antd";
import { type ReactNode, useEffect, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { answered, client } from "@/api/client";
import { useMay } from "@/api/me";
import type { components } from "@/api/schema";
import { Card, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useIsPhone } from "@/components/screen";
import {
  type Answers,
  type FileFormat,
  type ImportFile,
  type Mapping,
  type Questions,
  useCheck,
  useReread,
} from "./api";
import styles from "./imports.module.css";
import { fieldOfColumn, missingFields, withColumn } from "./mapping";
import { Proposed } from "./Proposed";
import { SaveAs } from "./SaveAs";
import { StatusWords } from "./StatusWords";

/** What each column means, and what the file does not say. Nothing is written by anything here. */
export function MapStep({ file, onChecking }: { file: ImportFile; onChecking: () => void }) {
  const { t } = useTranslation("imports");
  const may = useMay();
  const [mapping, setMapping] = useState<Mapping>(() => file.answers?.mapping ?? file.mapping_proposed);
  const [questions, setQuestions] = useState<Questions>(() => questionsOf(file));
  const check = useCheck(file.id);
  const missing = missingFields(file.kind, file.fields, mapping);

  // The file was read anew under another format: its columns are other ones.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another reading is a reason to begin again.
  useEffect(() => {
    if (file.answers) return;
    setMapping(file.mapping_proposed);
    setQuestions(file.questions);
  }, [file.mapping_proposed]);

  const fieldWords = (keys: readonly string[]) => {
    const names = keys.map((key) => t(`field.${key as "sku"}`));
    return names.length === 1 ? names[0] : t("map.missing_or", { fields: names.join(` ${t("map.or")} `) });
  };
  const submit = () => {
    const answers: Answers = { ...questions, mapping };
    check.mutate(answers, { onSuccess: onChecking });
  };

  return (
    <>
      <Proposed file={file} />
      <Section title={t("map.title")} about={t("map.about")} extra={<FormatLine file={file} />}>
        <Card flush>
          <Columns file={file} mapping={mapping} onChange={setMapping} />
        </Card>
      </Section>
      <Section title={t("ask.title")}>
        <Card>
          <QuestionForm
            kind={file.kind}
            questions={questions}
            seen={wordsSeen(file, mapping)}
            onChange={setQuestions}
          />
        </Card>
      </Section>
      {may("imports.run") && missing.length === 0 && <SaveAs file={file} answers={{ ...questions, mapping }} />}
      <Refused error={check.error} />
      {missing.length > 0 && (
        <Alert
          type="warning"
          showIcon
          className={styles.gap}
          title={t("map.missing", { fields: missing.map(fieldWords).join("、") })}
        />
      )}
      {may("imports.run") && (
        <Button type="primary" size="large" disabled={missing.length > 0} loading={check.isPending} onClick={submit}>
          {file.check ? t("map.again") : t("map.ready")}
        </Button>
      )}
    </>
  );
}

/** What she answered last time; before that, what is proposed. */
function questionsOf({ questions, answers }: ImportFile): Questions {
  if (!answers) return questions;
  const { mapping: _asked_elsewhere, ...given } = answers;
  return { ...questions, ...given };
}

function Columns({
  file,
  mapping,
  onChange,
}: {
  file: ImportFile;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}) {
  const { t } = useTranslation("imports");
  const phone = useIsPhone();
  const labels = useId();
  const fields = file.fields.map(({ key, required, label }) => {
    const name = label ?? t(`field.${key as "sku"}`);
    return { value: key, label: required ? `${name} · ${t("map.required")}` : name };
  });
  return (
    <table className={styles.map} data-phone={phone || undefined}>
      <thead>
        <tr>
          <th>{t("map.column")}</th>
          <th>{t("map.sample")}</th>
          <th>{t("map.means")}</th>
        </tr>
      </thead>
      <tbody>
        {file.columns.map((column, place) => {
          const field = fieldOfColumn(mapping, column.name);
          return (
            <tr key={column.name} data-used={field !== null || undefined}>
              <td id={`${labels}-${place}`} className={styles.mapName}>
                {column.name}
              </td>
              <td className={styles.samples}>{column.sample.slice(0, 3).join(" · ")}</td>
              <td>
                <Select
                  className={styles.means}
                  allowClear
                  showSearch={{ optionFilterProp: "label" }}
                  value={field}
                  placeholder={t("map.skip")}
                  aria-labelledby={`${labels}-${place}`}
                  options={fields}
                  onChange={(value: string | null | undefined) =>
                    onChange(withColumn(mapping, column.name, value ?? null))
                  }
                />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const ENCODINGS = ["utf-8", "gb18030", "utf-16-le", "utf-16-be", "latin-1"] as const;
const DELIMITERS = [
  [",", "comma"],
  [";", "semicolon"],
  ["\t", "tab"],
  ["|", "pipe"],
] as const;

function FormatLine({ file }: { file: ImportFile }) {
  const { t } = useTranslation("imports");
  const { format } = file;
  const delimiter = DELIMITERS.find(([mark]) => mark === format.delimiter);
  const words = [
    format.type.toUpperCase(),
    format.encoding?.toUpperCase(),
    delimiter && t(`format.${delimiter[1]}`),
    format.compression === "gzip" && t("format.gzip"),
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <span className={styles.soft}>
      {t("format.read_as", { format: words })}{" "}
      {format.type === "csv" && (
        <Popover
          trigger="click"
          arrow={false}
          placement="bottomRight"
          title={t("format.title")}
          content={<Reread file={file} />}
        >
          <Button type="link" size="small">
            {t("format.wrong")}
          </Button>
        </Popover>
      )}
    </span>
  );
}

function Reread({ file }: { file: ImportFile }) {
  const { t } = useTranslation("imports");
  const [format, setFormat] = useState<FileFormat>(file.format);
  const reread = useReread(file.id);
  return (
    <form
      className={styles.reread}
      onSubmit={(event) => {
        event.preventDefault();
        reread.mutate({
          encoding: format.encoding ?? undefined,
          delimiter: format.delimiter ?? undefined,
          has_header: format.has_header,
        });
      }}
    >
      <Labelled label={t("format.encoding")}>
        <Select
          aria-label={t("format.encoding")}
          value={format.encoding}
          onChange={(encoding) => setFormat({ ...format, encoding })}
          options={ENCODINGS.map((value) => ({ value, label: value.toUpperCase() }))}
        />
      </Labelled>
      <Labelled label={t("format.delimiter")}>
        <Select
          aria-label={t("format.delimiter")}
          value={format.delimiter}
          onChange={(delimiter) => setFormat({ ...format, delimiter })}
          options={DELIMITERS.map(([value, name]) => ({ value, label: t(`format.${name}`) }))}
        />
      </Labelled>
      <Checkbox
        checked={format.has_header}
        onChange={(event) => setFormat({ ...format, has_header: event.target.checked })}
      >
        {t("format.header")}
      </Checkbox>
      <Button type="primary" htmlType="submit" loading={reread.isPending}>
        {t("format.reread")}
      </Button>
    </form>
  );
}

const CHANNELS = ["pos", "web", "app", "wechat", "marketplace", "group_buy", "phone", "company"] as const;
const CURRENCIES = ["CNY", "GBP", "USD", "EUR", "HKD", "TWD", "JPY", "SGD", "MYR", "THB", "KRW", "AUD"];
const REGIONS = ["CN", "HK", "GB", "US", "SG"] as const;

/** The channel of a source is one of the sales channels; the list of sources states it as plain text. */
interface KnownSource extends Omit<components["schemas"]["SourceOut"], "channel"> {
  readonly channel: Questions["source"]["channel"];
}

function useSources() {
  return useQuery({
    queryKey: ["sources"],
    queryFn: async ({ signal }) => (await answered(client.GET("/api/v1/sources", { signal }))) as KnownSource[],
    staleTime: 300_000,
  });
}

function QuestionForm({
  kind,
  questions,
  seen,
  onChange,
}: {
  kind: ImportFile["kind"];
  questions: Questions;
  /** Words of the file's state columns; null where it has none. */
  seen: readonly string[] | null;
  onChange: (questions: Questions) => void;
}) {
  const { t } = useTranslation("imports");
  const sources = useSources();
  const zones = useMemo(() => Intl.supportedValuesOf("timeZone"), []);
  const set = (changes: Partial<Questions>) => onChange({ ...questions, ...changes });
  const known = sources.data?.find(({ key }) => key === questions.source.key);
  const choose = (source: KnownSource) =>
    set({
      source: { key: source.key, name: source.name, channel: source.channel },
      currency: source.currency,
      timezone: source.timezone,
    });

  return (
    <div className={styles.ask}>
      <Labelled label={t("ask.source")} note={t(kind === "lines" ? "ask.source_of_lines" : "ask.source_about")} wide>
        <Select
          showSearch={{ optionFilterProp: "label" }}
          value={known ? known.key : NEW_SOURCE}
          aria-label={t("ask.source")}
          options={[
            { value: NEW_SOURCE, label: t("ask.source_new") },
            ...(sources.data ?? []).map(({ key, name }) => ({ value: key, label: name })),
          ]}
          onChange={(key: string) => {
            const chosen = sources.data?.find((source) => source.key === key);
            if (chosen) choose(chosen);
            else set({ source: { ...questions.source, key: unusedKey(questions.source.key, sources.data ?? []) } });
          }}
        />
        {!known && (
          <div className={styles.newSource}>
            <Input
              aria-label={t("ask.source")}
              value={questions.source.name}
              maxLength={120}
              onChange={(event) => set({ source: { ...questions.source, name: event.target.value } })}
            />
            <Input
              aria-label={t("ask.source_key")}
              prefix={<span className={styles.soft}>{t("ask.source_key")}</span>}
              title={t("ask.source_key_rule")}
              status={SOURCE_KEY.test(questions.source.key) ? undefined : "error"}
              value={questions.source.key}
              maxLength={60}
              onChange={(event) => set({ source: { ...questions.source, key: event.target.value } })}
            />
          </div>
        )}
      </Labelled>
      {kind !== "lines" && (
        <Labelled label={t("ask.channel")}>
          <Select
            aria-label={t("ask.channel")}
            value={questions.source.channel}
            disabled={known !== undefined}
            options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
            onChange={(channel) => set({ source: { ...questions.source, channel } })}
          />
        </Labelled>
      )}
      {kind !== "customers" && (
        <Labelled label={t("ask.currency")}>
          <Select
            showSearch
            aria-label={t("ask.currency")}
            value={questions.currency}
            options={[...new Set([questions.currency, ...CURRENCIES])].map((value) => ({ value, label: value }))}
            onChange={(currency) => set({ currency })}
          />
        </Labelled>
      )}
      {kind !== "lines" && (
        <Labelled label={t("ask.timezone")}>
          <Select
            showSearch
            aria-label={t("ask.timezone")}
            value={questions.timezone}
            options={[...new Set([questions.timezone, ...zones])].map((value) => ({ value, label: value }))}
            onChange={(timezone) => set({ timezone })}
          />
        </Labelled>
      )}
      <details className={styles.moreRules}>
        <summary>{t("ask.more")}</summary>
        <div className={styles.ask}>
          {kind !== "lines" && (
            <Labelled label={t("ask.date_order")}>
              <Select
                aria-label={t("ask.date_order")}
                value={questions.date_order}
                options={(["auto", "year_first", "day_first", "month_first"] as const).map((value) => ({
                  value,
                  label: t(`ask.date_${value}`),
                }))}
                onChange={(date_order) => set({ date_order })}
              />
            </Labelled>
          )}
          <Labelled label={t("ask.decimal")}>
            <Select
              aria-label={t("ask.decimal")}
              value={questions.decimal}
              options={[
                { value: ".", label: t("ask.decimal_point") },
                { value: ",", label: t("ask.decimal_comma") },
              ]}
              onChange={(decimal) => set({ decimal })}
            />
          </Labelled>
          {kind === "orders" && (
            <>
              <Labelled label={t("ask.cancellation")} note={t("ask.cancellation_about")}>
                <Input
                  aria-label={t("ask.cancellation")}
                  maxLength={10}
                  value={questions.cancellation_prefix}
                  onChange={(event) => set({ cancellation_prefix: event.target.value })}
                />
              </Labelled>
              <Labelled label={t("ask.paid_for")}>
                <Select
                  aria-label={t("ask.paid_for")}
                  value={questions.paid_for}
                  options={(["order", "line"] as const).map((value) => ({
                    value,
                    label: t(`ask.paid_for_${value}`),
                  }))}
                  onChange={(paid_for) => set({ paid_for })}
                />
              </Labelled>
            </>
          )}
          {kind !== "customers" && (
            <Labelled label={t("ask.duplicates")}>
              <Select
                aria-label={t("ask.duplicates")}
                value={questions.duplicate_lines}
                options={[
                  { value: "keep", label: t("ask.duplicates_keep") },
                  { value: "drop", label: t("ask.duplicates_drop") },
                ]}
                onChange={(duplicate_lines) => set({ duplicate_lines })}
              />
            </Labelled>
          )}
          {kind === "orders" && seen && (
            <Labelled label={t("ask.status")} note={t("ask.status_about")} wide>
              <StatusWords
                words={questions.status_words}
                seen={seen}
                onChange={(status_words) => set({ status_words })}
              />
            </Labelled>
          )}
          {kind !== "lines" && (
            <Labelled label={t("ask.phone_region")}>
              <Select
                aria-label={t("ask.phone_region")}
                value={questions.phone_region}
                options={REGIONS.map((value) => ({ value, label: t(`ask.region_${value}`) }))}
                onChange={(phone_region) => set({ phone_region })}
              />
            </Labelled>
          )}
        </div>
      </details>
    </div>
  );
}

function wordsSeen({ columns }: ImportFile, mapping: Mapping): readonly string[] | null {
  const told = columns.filter(({ name }) => name === mapping.status || name === mapping.refund_status);
  if (told.length === 0) return null;
  return [...new Set(told.flatMap(({ sample }) => sample.map((word) => word.trim()).filter(Boolean)))];
}

const NEW_SOURCE = "";
const SOURCE_KEY = /^[a-z0-9][a-z0-9_-]{0,59}$/;

/** A key no known source has: the wish itself, or the wish with a number behind it. */
function unusedKey(wish: string, sources: readonly KnownSource[]): string {
  const taken = new Set(sources.map(({ key }) => key));
  let key = wish;
  for (let number = 2; taken.has(key); number += 1) key = `${wish.slice(0, 56)}-${number}`;
  return key;
}

function Labelled({
  label,
  note,
  wide = false,
  children,
}: {
  label: string;
  note?: string;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={styles.labelled} data-wide={wide || undefined}>
      <span className={styles.label}>{label}</span>
      {children}
      {note && <span className={styles.soft}>{note}</span>}
    </div>
  );
}
