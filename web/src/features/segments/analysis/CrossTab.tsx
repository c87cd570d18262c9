import { DownloadOutlined, SwapOutlined } from "@ant-design/icons";
import { Button, Segmented, Select, Tooltip } from "antd";
import { type CSSProperties, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Node, Rule } from "@/api/rule";
import { Chart } from "@/components/Chart";
import { downloadCsv } from "@/components/csv";
import { Count, Money, None, Percent } from "@/components/figures";
import { Figures, Method, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { Bone, ErrorState } from "@/components/states";
import { currencyExponent } from "@/format/money";
import { percent } from "@/format/percent";
import type { Catalogue } from "../catalogue";
import styles from "./analysis.module.css";
import { useCross } from "./api";
import { isDimension, readAsked } from "./dimension";
import type { AnalysisAddress } from "./fields";
import { calledPeople, FreshAt, Nobody, Opens, useOpensPick, WhoNotReady } from "./parts";
import { AttributePicker, askedAmong, Control, Controls, useFieldOptions, WhoPicker, WindowPicker } from "./pickers";
import { conditionOf, narrowed } from "./rules";
import {
  type CrossTable,
  csvRows,
  type DimensionTold,
  type Entry,
  gridOf,
  heatOf,
  largestOf,
  MEASURES,
  type Measure,
  measured,
  type Place,
} from "./table";
import { type EntryWords, useEntryWords } from "./useEntryWords";
import type { Who } from "./useWho";

/** People by two attributes, and by the values of a third if she likes; every figure opens its people. */
export function CrossTab({ address, catalogue, who }: { address: AnalysisAddress; catalogue: Catalogue; who: Who }) {
  const { t } = useTranslation("analysis");
  const { values, change } = address;
  const options = useFieldOptions(catalogue, isDimension);
  return (
    <>
      <Controls>
        <WhoPicker address={address} label={t("who.label")} everybody={t("who.everybody")} />
        <AttributePicker
          label={t("cross.rows")}
          value={values.rows}
          options={options}
          catalogue={catalogue}
          onChange={(rows) => change({ rows })}
        />
        <Tooltip title={t("cross.swap")}>
          <Button
            className={styles.swap}
            icon={<SwapOutlined />}
            aria-label={t("cross.swap")}
            disabled={values.columns === ""}
            onClick={() => change({ rows: values.columns, columns: values.rows })}
          />
        </Tooltip>
        <AttributePicker
          label={t("cross.columns")}
          value={values.columns}
          options={options}
          catalogue={catalogue}
          none={t("cross.no_columns")}
          onChange={(columns) => change({ columns })}
        />
        <AttributePicker
          label={t("cross.third")}
          value={values.third}
          options={options}
          catalogue={catalogue}
          none={t("cross.no_third")}
          onChange={(third) => change({ third, slice: "" })}
        />
        <WindowPicker value={values.window} onChange={(window) => change({ window })} />
      </Controls>
      {who.state !== "ready" ? (
        <WhoNotReady who={who} address={address} />
      ) : (
        <Sliced address={address} catalogue={catalogue} rule={who.rule} name={who.rule ? who.name : ""} />
      )}
    </>
  );
}

interface Told {
  readonly address: AnalysisAddress;
  readonly catalogue: Catalogue;
  readonly rule: Rule | null;
  readonly name: string;
}

/** The third attribute as a switch: the table is of those who have the value chosen, so that its totals are theirs. */
function Sliced({ address, catalogue, rule, name }: Told) {
  const { t } = useTranslation("analysis");
  const words = useEntryWords();
  const { third, slice, window } = address.values;
  const asked = askedAmong([third], catalogue);
  const values = useCross(asked.length > 0 ? { rule, dimensions: asked, window } : null);
  if (asked.length === 0) return <Crossed address={address} catalogue={catalogue} rule={rule} name={name} />;
  if (values.error) return <ErrorState error={values.error} onRetry={() => void values.refetch()} />;
  if (!values.data) return <TableBones />;
  const [axis = []] = values.data.axes;
  const [dimension] = values.data.dimensions;
  if (!dimension) return null;
  const offered = axis.flatMap((entry) => {
    const condition = conditionOf(entry, axis, dimension.has_several);
    return condition ? [{ value: nameOf(entry), label: words.entry(entry, dimension), condition }] : [];
  });
  const chosen = offered.find(({ value }) => value === slice);
  const choices = [{ value: "", label: t("cross.all") }, ...offered.map(({ value, label }) => ({ value, label }))];
  const isShort = choices.length <= 7;
  const choose = (next: string) => address.change({ slice: next });
  return (
    <>
      <div className={styles.switch}>
        <Control label={words.field(dimension.field)} width={isShort ? "wide" : undefined}>
          {isShort ? (
            <div className={styles.segmented}>
              <Segmented
                value={chosen ? slice : ""}
                options={choices}
                onChange={choose}
                aria-label={words.field(dimension.field)}
              />
            </div>
          ) : (
            <Select
              aria-label={words.field(dimension.field)}
              className={styles.select}
              value={chosen ? slice : ""}
              options={choices}
              showSearch={{ optionFilterProp: "label" }}
              onChange={choose}
            />
          )}
        </Control>
      </div>
      <Crossed
        address={address}
        catalogue={catalogue}
        rule={chosen ? narrowed(rule, [chosen.condition]) : rule}
        name={chosen ? calledPeople(name, chosen.label) : name}
      />
    </>
  );
}

/** An entry's name in the address. */
function nameOf({ key, is_others }: Entry): string {
  if (is_others) return "~others";
  return key === null || key === undefined ? "~unknown" : String(key);
}

function Crossed({ address, catalogue, rule, name }: Told) {
  const { t } = useTranslation("analysis");
  const words = useEntryWords();
  const { currency } = useReading();
  const { rows, columns, window } = address.values;
  const asked = askedAmong([rows, columns], catalogue);
  const query = useCross(asked.length > 0 && readAsked(rows) ? { rule, dimensions: asked, window } : null);
  const table = query.data;
  const whole = table?.whole;
  if (query.error && !query.isFetching) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (whole && whole.customers === 0) return <Nobody address={address} />;
  return (
    <>
      <Figures
        loading={!whole}
        figures={[
          { key: "people", label: t("measure.people"), value: <Count value={whole?.customers} /> },
          { key: "orders", label: t("cross.orders"), value: <Count value={whole?.orders} /> },
          {
            key: "revenue",
            label: t("measure.revenue"),
            value: <Money minor={whole?.revenue_minor} currency={table?.currency ?? currency} short />,
          },
          {
            key: "average",
            label: t("measure.average_order"),
            value: (
              <Shown measure="average_order" value={whole?.average_order_minor ?? null} currency={table?.currency} />
            ),
          },
          {
            key: "frequency",
            label: t("measure.frequency"),
            value: <Shown measure="frequency" value={whole?.frequency ?? null} />,
          },
        ]}
      />
      {!table ? (
        <TableBones />
      ) : table.axes.length > 1 ? (
        <Grid address={address} table={table} rule={rule} name={name} stale={query.isPlaceholderData} words={words} />
      ) : (
        <OneAttribute address={address} table={table} rule={rule} name={name} words={words} />
      )}
      <FreshAt at={table?.fresh_at} />
      <Method>
        <p>{t("cross.method.people")}</p>
        <p>{t("cross.method.bought")}</p>
        <p>{t("cross.method.index")}</p>
        <p>{t("cross.method.others")}</p>
      </Method>
    </>
  );
}

function MeasurePicker({ address, without = [] }: { address: AnalysisAddress; without?: readonly Measure[] }) {
  const { t } = useTranslation("analysis");
  const offered = MEASURES.filter((measure) => !without.includes(measure));
  return (
    <Select
      aria-label={t("measure.label")}
      className={styles.measure}
      value={offered.includes(address.values.measure) ? address.values.measure : "people"}
      options={offered.map((measure) => ({ value: measure, label: t(`measure.${measure}`) }))}
      onChange={(measure) => address.change({ measure })}
    />
  );
}

interface Shape {
  readonly address: AnalysisAddress;
  readonly table: CrossTable;
  readonly rule: Rule | null;
  readonly name: string;
  readonly words: EntryWords;
}

function Grid({ address, table, rule, name, stale, words }: Shape & { stale: boolean }) {
  const { t } = useTranslation("analysis");
  const { measure } = address.values;
  const grid = useMemo(() => gridOf(table), [table]);
  const [rowsBy, columnsBy] = table.dimensions as [DimensionTold, DimensionTold];
  const largest = largestOf(grid, measure);
  // Of all together there are as many as expected, always.
  const hasTotals = measure !== "index";
  const rowName = (entry: Entry) => words.entry(entry, rowsBy);
  const columnName = (entry: Entry) => words.entry(entry, columnsBy);
  const title = t("cross.title", { rows: words.field(rowsBy.field), columns: words.field(columnsBy.field) });
  const figure = (place: Place) => (
    <Shown measure={measure} value={measured(measure, place, grid.whole)} currency={table.currency} />
  );
  const opened = (place: Place, ...names: string[]) => (
    <Opens rule={place.conditions && narrowed(rule, place.conditions)} name={calledPeople(name, ...names)}>
      {figure(place)}
    </Opens>
  );
  const all: Place = { figures: grid.whole, ofRow: grid.whole, expected: null, conditions: [] };
  const download = () =>
    downloadCsv(
      `${title} · ${t(`measure.${measure}`)}`,
      csvRows(
        grid,
        measure,
        { corner: words.field(rowsBy.field), total: t("cross.total"), row: rowName, column: columnName },
        currencyExponent(table.currency),
      ),
    );
  return (
    <Section
      title={title}
      about={t(`measure.about.${measure}`)}
      extra={
        <span className={styles.tools}>
          <MeasurePicker address={address} />
          <Tooltip title={t("cross.csv")}>
            <Button icon={<DownloadOutlined />} aria-label={t("cross.csv")} onClick={download} />
          </Tooltip>
        </span>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is reached by the keyboard too. */}
      <section className={styles.box} aria-label={title} tabIndex={0}>
        <table className={styles.cross} data-stale={stale || undefined} aria-busy={stale}>
          <caption className="hk-visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{words.field(rowsBy.field)}</th>
              {grid.columns.map(({ entry, total }) => (
                <th key={nameOf(entry)} scope="col" data-quiet={isQuiet(entry) || undefined}>
                  <Opens
                    rule={total.conditions && narrowed(rule, total.conditions)}
                    name={calledPeople(name, columnName(entry))}
                  >
                    {columnName(entry)}
                  </Opens>
                </th>
              ))}
              {hasTotals && <th scope="col">{t("cross.total")}</th>}
            </tr>
          </thead>
          <tbody>
            {grid.rows.map(({ entry, cells, total }) => (
              <tr key={nameOf(entry)}>
                <th scope="row" data-quiet={isQuiet(entry) || undefined}>
                  <Opens
                    rule={total.conditions && narrowed(rule, total.conditions)}
                    name={calledPeople(name, rowName(entry))}
                  >
                    {rowName(entry)}
                  </Opens>
                </th>
                {cells.map((cell, column) => {
                  const other = grid.columns[column]?.entry;
                  const heat = heatOf(measure, measured(measure, cell, grid.whole), largest);
                  return (
                    <td
                      key={other && nameOf(other)}
                      data-side={heat?.side}
                      style={heat ? ({ "--heat": `${Math.round(heat.strength * 48)}%` } as CSSProperties) : undefined}
                    >
                      {opened(cell, rowName(entry), other ? columnName(other) : "")}
                    </td>
                  );
                })}
                {hasTotals && <td className={styles.total}>{opened(total, rowName(entry))}</td>}
              </tr>
            ))}
          </tbody>
          {hasTotals && (
            <tfoot>
              <tr>
                <th scope="row">{t("cross.total")}</th>
                {grid.columns.map(({ entry, total }) => (
                  <td key={nameOf(entry)}>{opened(total, columnName(entry))}</td>
                ))}
                <td className={styles.total}>
                  <span className={styles.plain}>{figure(all)}</span>
                </td>
              </tr>
            </tfoot>
          )}
        </table>
      </section>
      <Legend measure={measure} />
      {[rowsBy, columnsBy].some(({ has_several }) => has_several) && (
        <p className={styles.note}>{t("cross.list_note")}</p>
      )}
    </Section>
  );
}

function isQuiet({ key, is_others }: Entry): boolean {
  return is_others || key === null || key === undefined;
}

/** What the colours say; the figures say it too. */
function Legend({ measure }: { measure: Measure }) {
  const { t } = useTranslation("analysis");
  return (
    <p className={styles.legend}>
      {measure === "index" ? (
        <>
          <span className={styles.swatch} data-side="less" aria-hidden="true" />
          {t("legend.less")}
          <span className={styles.swatch} data-side="more" aria-hidden="true" />
          {t("legend.more")}
        </>
      ) : (
        <>
          <span className={styles.ramp} aria-hidden="true" />
          {t("legend.amount")}
        </>
      )}
    </p>
  );
}

/** One attribute alone: bars, and the same as a table. */
function OneAttribute({ address, table, rule, name, words }: Shape) {
  const { t } = useTranslation("analysis");
  const [axis = []] = table.axes;
  const [by] = table.dimensions;
  const without: readonly Measure[] = ["index", "row_share"];
  const measure = without.includes(address.values.measure) ? "people" : address.values.measure;
  const show = useShow(table.currency);
  const places = useMemo(
    () =>
      axis.map((entry): { entry: Entry; place: Place; condition: Node | null } => {
        const condition = conditionOf(entry, axis, by?.has_several ?? false);
        const conditions = condition ? [condition] : null;
        return { entry, condition, place: { figures: entry.figures, ofRow: table.whole, expected: null, conditions } };
      }),
    [axis, by, table.whole],
  );
  const pick = useOpensPick((bar) => {
    const told = places[bar];
    return told?.condition && by
      ? { rule: narrowed(rule, [told.condition]), name: calledPeople(name, words.entry(told.entry, by)) }
      : null;
  });
  const format = useCallback((value: number) => show(measure, value), [show, measure]);
  if (!by) return null;
  const title = `${words.field(by.field)} · ${t(`measure.${measure}`)}`;
  return (
    <Section
      title={words.field(by.field)}
      about={measure === "people" ? undefined : t(`measure.about.${measure}`)}
      extra={<MeasurePicker address={address} without={without} />}
    >
      <Chart
        title={title}
        kind="bar"
        sideways
        height={Math.max(120, places.length * 28 + 40)}
        enough={1}
        categories={places.map(({ entry }) => words.entry(entry, by))}
        series={[
          {
            key: "measure",
            name: t(`measure.${measure}`),
            values: places.map(({ place }) => measured(measure, place, table.whole)),
          },
        ]}
        format={format}
        onPick={pick}
      />
      <div className={styles.box}>
        <table className={styles.cross}>
          <caption className="hk-visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{words.field(by.field)}</th>
              <th scope="col">{t("measure.people")}</th>
              <th scope="col">{t("measure.share")}</th>
              <th scope="col">{t("measure.revenue")}</th>
              <th scope="col">{t("measure.average_order")}</th>
              <th scope="col">{t("measure.frequency")}</th>
            </tr>
          </thead>
          <tbody>
            {places.map(({ entry, place, condition }) => (
              <tr key={nameOf(entry)}>
                <th scope="row" data-quiet={isQuiet(entry) || undefined}>
                  <Opens
                    rule={condition && narrowed(rule, [condition])}
                    name={calledPeople(name, words.entry(entry, by))}
                  >
                    {words.entry(entry, by)}
                  </Opens>
                </th>
                {(["people", "share", "revenue", "average_order", "frequency"] as const).map((one) => (
                  <td key={one}>
                    <span className={styles.plain}>
                      <Shown measure={one} value={measured(one, place, table.whole)} currency={table.currency} />
                    </span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Shown({ measure, value, currency }: { measure: Measure; value: number | null; currency?: string }) {
  const { language } = useReading();
  if (value === null) return <None />;
  switch (measure) {
    case "people":
      return <Count value={value} />;
    case "share":
    case "row_share":
      return <Percent ratio={value} />;
    case "index":
      return <span className={styles.figure}>{timesText(value, language)}</span>;
    case "revenue":
    case "average_order":
      return <Money minor={Math.round(value)} currency={currency} />;
    case "frequency":
      return <span className={styles.figure}>{ratioText(value, language)}</span>;
  }
}

/** The same as text, for a chart. */
function useShow(currency: string) {
  const { language } = useReading();
  const words = useEntryWords();
  return useCallback(
    (measure: Measure, value: number): string => {
      if (measure === "share" || measure === "row_share") return percent(value, language);
      if (measure === "index") return timesText(value, language);
      const type = measure === "revenue" || measure === "average_order" ? "money" : "number";
      return words.figure(value, { field: "", type, edges: [], period: null, currency, has_several: false });
    },
    [language, words, currency],
  );
}

function ratioText(value: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
}

function timesText(value: number, language: string): string {
  return `×${ratioText(value, language)}`;
}

function TableBones() {
  return (
    <div className={styles.bones} aria-hidden="true">
      {Array.from({ length: 6 * 6 }, (_, cell) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bones never change places.
        <Bone key={cell} height={20} />
      ))}
    </div>
  );
}
