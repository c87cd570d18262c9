import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Rule } from "@/api/rule";
import { Chart } from "@/components/Chart";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, None, Percent } from "@/components/figures";
import { Figures, Method, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { Bone, EmptyState, ErrorState } from "@/components/states";
import { exactCount } from "@/format/count";
import { type Catalogue, findField } from "../catalogue";
import styles from "./analysis.module.css";
import { type Bin, type Distribution, useDistribution } from "./api";
import { isFigure, readAsked } from "./dimension";
import type { AnalysisAddress } from "./fields";
import { calledPeople, FreshAt, Nobody, Opens, useOpensPick, WhoNotReady } from "./parts";
import { AttributePicker, Controls, useFieldOptions, WhoPicker } from "./pickers";
import { narrowed } from "./rules";
import { useEntryWords } from "./useEntryWords";
import type { Who } from "./useWho";

/** How one figure is spread over the people. */
export function DistributionTab({
  address,
  catalogue,
  who,
}: {
  address: AnalysisAddress;
  catalogue: Catalogue;
  who: Who;
}) {
  const { t } = useTranslation("analysis");
  const { values, change } = address;
  const options = useFieldOptions(catalogue, isFigure);
  return (
    <>
      <Controls>
        <WhoPicker address={address} label={t("who.label")} everybody={t("who.everybody")} />
        <AttributePicker
          label={t("distribution.figure")}
          value={values.figure}
          options={options}
          catalogue={catalogue}
          onChange={(figure) => change({ figure })}
        />
      </Controls>
      {who.state !== "ready" ? (
        <WhoNotReady who={who} address={address} />
      ) : (
        <Spread address={address} catalogue={catalogue} rule={who.rule} name={who.rule ? who.name : ""} />
      )}
    </>
  );
}

function Spread({
  address,
  catalogue,
  rule,
  name,
}: {
  address: AnalysisAddress;
  catalogue: Catalogue;
  rule: Rule | null;
  name: string;
}) {
  const { t } = useTranslation("analysis");
  const words = useEntryWords();
  const asked = readAsked(address.values.figure);
  const field = asked && findField(catalogue.fields, asked.field);
  const query = useDistribution(rule, field && isFigure(field) ? asked : null);
  const told = query.data;
  if (!field || !isFigure(field))
    return <EmptyState title={t("distribution.choose.title")} purpose={t("distribution.choose.purpose")} />;
  if (query.error && !query.isFetching) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (told && told.known + told.unknown === 0) return <Nobody address={address} />;
  const figure = (value: number | null | undefined) =>
    told === undefined || value === null || value === undefined ? (
      <None />
    ) : (
      <span className={styles.figure}>{words.figure(value, told.dimension)}</span>
    );
  return (
    <>
      <Figures
        loading={!told}
        figures={[
          { key: "known", label: t("distribution.known"), value: <Count value={told?.known} short /> },
          { key: "median", label: t("distribution.median"), value: figure(told && quantileOf(told, 0.5)) },
          { key: "mean", label: t("distribution.mean"), value: figure(told?.mean) },
          { key: "sd", label: t("distribution.sd"), value: figure(told?.sd) },
          { key: "least", label: t("distribution.least"), value: figure(told?.least) },
          { key: "most", label: t("distribution.most"), value: figure(told?.most) },
        ]}
      />
      {!told ? (
        <Bone height={320} />
      ) : told.known === 0 ? (
        <EmptyState
          title={t("distribution.none.title", { figure: words.field(told.dimension.field) })}
          purpose={t("distribution.none.purpose")}
        />
      ) : (
        <Histogram told={told} rule={rule} name={name} stale={query.isPlaceholderData} />
      )}
      <FreshAt at={told?.fresh_at} />
      <Method>
        <p>{t(asked?.edges ? "distribution.method.typed_bins" : "distribution.method.bins")}</p>
        <p>{t("distribution.method.quantiles")}</p>
      </Method>
    </>
  );
}

export function quantileOf({ quantiles }: Pick<Distribution, "quantiles">, share: number): number | null {
  return quantiles.find((one) => one.share === share)?.value ?? null;
}

function Histogram({
  told,
  rule,
  name,
  stale,
}: {
  told: Distribution;
  rule: Rule | null;
  name: string;
  stale: boolean;
}) {
  const { t } = useTranslation("analysis");
  const { language } = useReading();
  const words = useEntryWords();
  const { dimension, bins, known, unknown } = told;
  const field = words.field(dimension.field);
  const says = (bin: Bin) => words.range(bin.low ?? null, bin.high ?? null, dimension);
  const shown = useMemo(() => trimmed(bins), [bins]);
  const pick = useOpensPick((place) => {
    const bin = shown[place];
    return bin ? { rule: narrowed(rule, [bin.condition]), name: calledPeople(name, `${field} ${says(bin)}`) } : null;
  });
  const series = useMemo(
    () => [{ key: "people", name: t("measure.people"), values: shown.map(({ customers }) => customers) }],
    [shown, t],
  );
  const format = useCallback((value: number) => exactCount(value, language), [language]);
  const quantile = (share: number) => {
    const value = quantileOf(told, share);
    return value === null ? "–" : words.figure(value, dimension);
  };
  const columns: Column<Bin>[] = [
    { key: "range", title: field, identity: true, cell: says },
    {
      key: "people",
      title: t("measure.people"),
      align: "end",
      onCard: true,
      cell: (bin) => (
        <Opens rule={narrowed(rule, [bin.condition])} name={calledPeople(name, `${field} ${says(bin)}`)}>
          <Count value={bin.customers} />
        </Opens>
      ),
    },
    {
      key: "share",
      title: t("distribution.share"),
      align: "end",
      onCard: true,
      cell: ({ customers }) => <Percent ratio={customers / known} />,
    },
  ];
  return (
    <Section title={t("distribution.title", { figure: field })} about={t("distribution.about")}>
      <p className={styles.reading}>
        {t("distribution.reading", { low: quantile(0.25), middle: quantile(0.5), high: quantile(0.75) })}
      </p>
      {unknown > 0 && <p className={styles.note}>{t("distribution.unknown", { count: unknown })}</p>}
      <Chart
        title={t("distribution.chart", { figure: field })}
        kind="bar"
        adjoining
        enough={1}
        height={320}
        categories={shown.map(({ low, high }) => words.shortRange(low ?? null, high ?? null, dimension))}
        series={series}
        format={format}
        onPick={pick}
      />
      <DataTable
        caption={t("distribution.title", { figure: field })}
        columns={columns}
        rows={shown}
        rowKey={(bin) => `${bin.low} ${bin.high}`}
        stale={stale}
        dense
      />
    </Section>
  );
}

/** Without the open ends in which there is nobody. */
export function trimmed<T extends { readonly customers: number }>(bins: readonly T[]): readonly T[] {
  const first = bins.findIndex(({ customers }) => customers > 0);
  return first < 0 ? [] : bins.slice(first, bins.findLastIndex(({ customers }) => customers > 0) + 1);
}
