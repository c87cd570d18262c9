import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Rule } from "@/api/rule";
import { Chart } from "@/components/Chart";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, Percent } from "@/components/figures";
import { Figures, Method, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { useIsPhone } from "@/components/screen";
import { EmptyState, ErrorState } from "@/components/states";
import type { Language } from "@/format/language";
import type { Catalogue } from "../catalogue";
import styles from "./analysis.module.css";
import { type Compared, type ComparedValue, useCompare } from "./api";
import { isDimension } from "./dimension";
import type { AnalysisAddress } from "./fields";
import { FreshAt, Opens, useOpensPick, WhoNotReady } from "./parts";
import { askedAmong, Controls, GroupPicker, ManyPicker, useFieldOptions, WhoPicker } from "./pickers";
import { narrowed, secondOnly } from "./rules";
import type { DimensionTold } from "./table";
import { useEntryWords } from "./useEntryWords";
import { useGroup, type Who } from "./useWho";
import { leaningOf, verdictOf } from "./verdict";

const BARS = 16;
const MOST_ATTRIBUTES = 12;

/** Two groups attribute by attribute: of what there are more in the one than in the other, and how surely. */
export function CompareTab({ address, catalogue, who }: { address: AnalysisAddress; catalogue: Catalogue; who: Who }) {
  const { t } = useTranslation("analysis");
  const { values, change } = address;
  const second = useGroup(values.against, t("compare.everybody_else"));
  const options = useFieldOptions(catalogue, isDimension);
  return (
    <>
      <Controls>
        <WhoPicker address={address} label={t("compare.first")} everybody={t("compare.choose")} />
        <GroupPicker
          label={t("compare.second")}
          value={values.against}
          first={t("compare.everybody_else")}
          onChange={(against) => change({ against })}
        />
        <ManyPicker
          label={t("compare.attributes")}
          value={values.attributes}
          options={options}
          most={MOST_ATTRIBUTES}
          onChange={(attributes) => change({ attributes })}
        />
      </Controls>
      {who.state !== "ready" ? (
        <WhoNotReady who={who} address={address} />
      ) : second.state !== "ready" ? (
        <WhoNotReady who={second} address={address} />
      ) : who.rule === null ? (
        <EmptyState
          title={t("compare.empty.title")}
          purpose={t("compare.empty.purpose")}
          example={t("compare.empty.example")}
        />
      ) : (
        <Two
          address={address}
          catalogue={catalogue}
          first={{ rule: who.rule, name: who.name }}
          second={{ rule: second.rule, name: second.name }}
        />
      )}
    </>
  );
}

interface Group {
  readonly rule: Rule;
  readonly name: string;
}

function Two({
  address,
  catalogue,
  first,
  second,
}: {
  address: AnalysisAddress;
  catalogue: Catalogue;
  first: Group;
  second: { readonly rule: Rule | null; readonly name: string };
}) {
  const { t } = useTranslation("analysis");
  const dimensions = askedAmong(address.values.attributes, catalogue);
  const query = useCompare(dimensions.length > 0 ? { first: first.rule, second: second.rule, dimensions } : null);
  const told = query.data;
  if (dimensions.length === 0)
    return <EmptyState title={t("compare.no_attributes.title")} purpose={t("compare.no_attributes.purpose")} />;
  if (query.error && !query.isFetching) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <Figures
        loading={!told}
        figures={[
          { key: "first", label: first.name, value: <Count value={told?.first} short /> },
          {
            key: "second",
            label: second.name,
            value: <Count value={told?.second} short />,
            note: told && told.both > 0 && second.rule && t("compare.both", { count: told.both }),
          },
        ]}
      />
      <Differences
        address={address}
        told={told}
        stale={query.isPlaceholderData}
        first={first}
        second={{ rule: secondOnly(first.rule, second.rule), name: second.name }}
      />
      {told?.attributes.some(({ mean }) => mean) && <Means told={told} first={first.name} second={second.name} />}
      <FreshAt at={told?.fresh_at} />
      <Method>
        <p>{t("compare.method.groups")}</p>
        <p>{t("compare.method.test")}</p>
        <p>{t("compare.method.few")}</p>
      </Method>
    </>
  );
}

interface Row extends ComparedValue {
  readonly id: string;
  readonly field: string;
  readonly says: string;
}

function Differences({
  address,
  told,
  stale,
  first,
  second,
}: {
  address: AnalysisAddress;
  told: Compared | undefined;
  stale: boolean;
  first: Group;
  second: Group;
}) {
  const { t } = useTranslation("analysis");
  const words = useEntryWords();
  const { language } = useReading();
  const isPhone = useIsPhone();
  const rows = useMemo(() => told && sortedRows(told, words.field, words.entry), [told, words]);
  const bars = useMemo(() => (rows ?? []).slice(0, BARS), [rows]);
  const series = useMemo(() => {
    const only = (wanted: (row: Row) => boolean) => bars.map((row) => (wanted(row) ? row.difference * 100 : null));
    const leaning = (row: Row) => leaningOf(row.difference, row.p);
    return [
      { key: "over", name: t("leaning.over"), values: only((row) => leaning(row) === "over") },
      { key: "under", name: t("leaning.under"), values: only((row) => leaning(row) === "under") },
      { key: "same", name: t("leaning.same"), values: only((row) => leaning(row) === "same"), background: true },
    ].filter(({ values }) => values.some((value) => value !== null));
  }, [bars, t]);
  const format = useMemo(() => (value: number) => points(value / 100, language), [language]);
  const pick = useOpensPick((bar) => {
    const row = bars[bar];
    return row ? { rule: narrowed(first.rule, [row.condition]), name: `${first.name} · ${row.says}` } : null;
  });
  const columns: Column<Row>[] = [
    { key: "field", title: t("compare.attribute"), cell: ({ field }) => field },
    {
      key: "value",
      title: t("compare.value"),
      identity: true,
      cell: (row) => (isPhone ? `${row.field} · ${row.says}` : row.says),
    },
    {
      key: "first",
      title: first.name,
      align: "end",
      onCard: true,
      cell: (row) => (
        <Opens rule={narrowed(first.rule, [row.condition])} name={`${first.name} · ${row.says}`}>
          <Percent ratio={row.first_share} />
        </Opens>
      ),
    },
    {
      key: "second",
      title: second.name,
      align: "end",
      onCard: true,
      cell: (row) => (
        <Opens rule={narrowed(second.rule, [row.condition])} name={`${second.name} · ${row.says}`}>
          <Percent ratio={row.second_share} />
        </Opens>
      ),
    },
    {
      key: "difference",
      title: t("compare.difference"),
      align: "end",
      cell: ({ difference }) => <span className={styles.figure}>{points(difference, language)}</span>,
    },
    {
      key: "leaning",
      title: t("compare.leaning"),
      onCard: true,
      cell: ({ difference, p }) => <LeaningWords difference={difference} p={p ?? null} />,
    },
    { key: "verdict", title: t("compare.verdict"), onCard: true, cell: ({ p }) => <VerdictWords p={p ?? null} /> },
  ];
  const tooFew = rows !== undefined && rows.length > 0 && rows.every(({ p }) => p === null);
  return (
    <Section title={t("compare.title", { first: first.name, second: second.name })} about={t("compare.about")}>
      {tooFew && <p className={styles.few}>{t("compare.too_few")}</p>}
      {rows && rows.length > 0 && (
        <Chart
          title={t("compare.chart")}
          kind="bar"
          sideways
          enough={1}
          height={bars.length * 28 + 72}
          categories={bars.map(({ field, says }) => `${field} · ${says}`)}
          series={series}
          format={format}
          onPick={pick}
        />
      )}
      <DataTable
        caption={t("compare.title", { first: first.name, second: second.name })}
        columns={columns}
        rows={address.values.all ? rows : rows && bars}
        rowKey={({ id }) => id}
        stale={stale}
        dense
      />
      {rows && rows.length > BARS && (
        <Button className={styles.more} onClick={() => address.change({ all: !address.values.all })}>
          {address.values.all ? t("compare.fewer") : t("compare.all", { count: rows.length })}
        </Button>
      )}
    </Section>
  );
}

/** The largest differences first, whichever way they go. */
function sortedRows(
  told: Compared,
  fieldName: (key: string) => string,
  entryName: (value: ComparedValue, dimension: DimensionTold) => string,
): readonly Row[] {
  const rows = told.attributes.flatMap(({ dimension, values }) =>
    values.map((value) => ({
      ...value,
      id: `${dimension.field} ${value.key}`,
      field: fieldName(dimension.field),
      says: entryName(value, dimension),
    })),
  );
  return rows.sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
}

function LeaningWords({ difference, p }: { difference: number; p: number | null }) {
  const { t } = useTranslation("analysis");
  const leaning = leaningOf(difference, p);
  if (leaning === "same") return <None />;
  return <span data-leaning={leaning}>{`${leaning === "over" ? "▲" : "▼"} ${t(`leaning.${leaning}`)}`}</span>;
}

function VerdictWords({ p }: { p: number | null }) {
  const { t } = useTranslation("analysis");
  const verdict = verdictOf(p);
  return (
    <span className={styles.verdict} data-verdict={verdict}>
      {t(`verdict.${verdict}`)}
    </span>
  );
}

type MeanRow = Compared["attributes"][number];

function Means({ told, first, second }: { told: Compared; first: string; second: string }) {
  const { t } = useTranslation("analysis");
  const words = useEntryWords();
  const figure = (value: number | null | undefined, dimension: DimensionTold) =>
    value === null || value === undefined ? (
      <None />
    ) : (
      <span className={styles.figure}>{words.figure(value, dimension)}</span>
    );
  const columns: Column<MeanRow>[] = [
    {
      key: "figure",
      title: t("compare.figure"),
      identity: true,
      cell: ({ dimension }) => words.field(dimension.field),
    },
    {
      key: "first",
      title: first,
      align: "end",
      onCard: true,
      cell: ({ mean, dimension }) => figure(mean?.first, dimension),
    },
    {
      key: "second",
      title: second,
      align: "end",
      onCard: true,
      cell: ({ mean, dimension }) => figure(mean?.second, dimension),
    },
    {
      key: "verdict",
      title: t("compare.verdict"),
      onCard: true,
      cell: ({ mean }) => <VerdictWords p={mean?.p ?? null} />,
    },
  ];
  return (
    <Section title={t("compare.means")} about={t("compare.means_about")}>
      <DataTable
        caption={t("compare.means")}
        columns={columns}
        rows={told.attributes.filter(({ mean }) => mean)}
        rowKey={({ dimension }) => dimension.field}
        dense
      />
    </Section>
  );
}

/** A difference of shares in percentage points, with its sign. */
function points(difference: number, language: Language): string {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  }).format(difference * 100);
}
