import { DownloadOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { type CSSProperties, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Node, Rule } from "@/api/rule";
import { downloadCsv } from "@/components/csv";
import { Method, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import { exactCount } from "@/format/count";
import { percent } from "@/format/percent";
import { type Catalogue, findField } from "../catalogue";
import { useRuleWords } from "../useRuleWords";
import styles from "./analysis.module.css";
import { type Correlation, useCorrelation } from "./api";
import { isFigure, isPurchase } from "./dimension";
import type { AnalysisAddress } from "./fields";
import { calledPeople, FreshAt, Opens, WhoNotReady } from "./parts";
import { Controls, ManyPicker, useFieldOptions, usePurchaseOptions, WhoPicker, WindowPicker } from "./pickers";
import { narrowed } from "./rules";
import type { Who } from "./useWho";
import { strengthOf } from "./verdict";

const MOST_FIGURES = 6;

/** Which figures rise and fall together. */
export function TogetherTab({ address, catalogue, who }: { address: AnalysisAddress; catalogue: Catalogue; who: Who }) {
  const { t } = useTranslation("analysis");
  const { values, change } = address;
  const purchases = usePurchaseOptions();
  const fields = useFieldOptions(catalogue, isFigure);
  return (
    <>
      <Controls>
        <WhoPicker address={address} label={t("who.label")} everybody={t("who.everybody")} />
        <WindowPicker value={values.window} onChange={(window) => change({ window })} />
        <ManyPicker
          label={t("together.figures")}
          value={values.figures}
          options={[...purchases, ...fields]}
          most={MOST_FIGURES}
          onChange={(figures) => change({ figures })}
        />
      </Controls>
      {who.state !== "ready" ? (
        <WhoNotReady who={who} address={address} />
      ) : (
        <Together address={address} catalogue={catalogue} rule={who.rule} name={who.rule ? who.name : ""} />
      )}
    </>
  );
}

interface Whose {
  readonly rule: Rule | null;
  readonly name: string;
}

function Together({ address, catalogue, rule, name }: Whose & { address: AnalysisAddress; catalogue: Catalogue }) {
  const { t } = useTranslation("analysis");
  const { figures, window } = address.values;
  const asked = figures.filter((one) => isPurchase(one) || isKnown(catalogue, one)).slice(0, MOST_FIGURES);
  const enough = asked.length > 1;
  const query = useCorrelation({ rule, window }, enough ? asked : null);
  if (!enough) return <EmptyState title={t("together.choose.title")} purpose={t("together.choose.purpose")} />;
  if (query.error && !query.isFetching) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <BoneLines lines={10} />;
  return (
    <>
      <Matrix told={query.data} rule={rule} name={name} stale={query.isPlaceholderData} />
      <FreshAt at={query.data.fresh_at} />
      <Method>
        <p>{t("together.method.rho")}</p>
        <p>{t("together.method.figures")}</p>
        <p>{t("together.method.cause")}</p>
      </Method>
    </>
  );
}

function isKnown(catalogue: Catalogue, key: string): boolean {
  const field = findField(catalogue.fields, key);
  return field !== undefined && isFigure(field);
}

type Pair = Correlation["pairs"][number];

function Matrix({ told, rule, name, stale }: Whose & { told: Correlation; stale: boolean }) {
  const { t } = useTranslation("analysis");
  const { language } = useReading();
  const words = useRuleWords();
  const named = (figure: string) => (isPurchase(figure) ? t(`figure.${figure}`) : words.field(figure));
  const figures = useMemo(() => [...new Set(told.pairs.flatMap(({ first, second }) => [first, second]))], [told]);
  const pairOf = (a: string, b: string) =>
    told.pairs.find(({ first, second }) => (first === a && second === b) || (first === b && second === a));
  const rhoText = (rho: number) =>
    new Intl.NumberFormat(language, {
      minimumFractionDigits: 2,
      maximumFractionDigits: 2,
      signDisplay: "exceptZero",
    }).format(rho);
  const download = () =>
    downloadCsv(t("together.title"), [
      [t("together.first"), t("together.second"), t("together.rho"), t("together.people")],
      ...told.pairs.map(({ first, second, rho, people }) => [
        named(first),
        named(second),
        rho === null || rho === undefined ? null : Number(rho.toFixed(4)),
        people,
      ]),
    ]);
  /** Whoever has much of the first, with much of the second or, where one falls as the other rises, little. */
  const opened = (first: string, second: string, rho: number) => {
    const way = rho >= 0 ? "high" : "low";
    const [one, other] = [first, second].map((figure) => told.halves.find((half) => half.figure === figure));
    const conditions = one && other ? [one.high as unknown as Node, other[way] as unknown as Node] : null;
    const names = [t("together.high", { figure: named(first) }), t(`together.${way}`, { figure: named(second) })];
    return { rule: conditions && narrowed(rule, conditions), name: calledPeople(name, ...names) };
  };
  const cell = (row: string, column: string) => {
    const pair = pairOf(row, column);
    if (row === column) return <td key={column} className={styles.same} aria-label={t("together.same")} />;
    if (!pair || pair.rho === null || pair.rho === undefined)
      return (
        <td key={column}>
          <span className={styles.plain}>{t("together.few")}</span>
        </td>
      );
    const { rho, p, people } = pair;
    const counts = strengthOf(rho, p ?? null) !== "none";
    return (
      <td
        key={column}
        data-side={rho >= 0 ? "more" : "less"}
        style={{ "--heat": counts ? `${Math.round(Math.abs(rho) * 48)}%` : "0%" } as CSSProperties}
      >
        <Tooltip title={t("together.of_people", { people: exactCount(people, language) })}>
          <span>
            <Opens {...opened(row, column, rho)}>{rhoText(rho)}</Opens>
          </span>
        </Tooltip>
      </td>
    );
  };
  return (
    <>
      <Section title={t("together.reading")}>
        <Readings told={told} named={named} />
        {told.share < 1 && (
          <p className={styles.note}>{t("together.sample", { share: percent(told.share, language) })}</p>
        )}
      </Section>
      <Section
        title={t("together.title")}
        about={t("together.about")}
        extra={
          <Tooltip title={t("cross.csv")}>
            <Button icon={<DownloadOutlined />} aria-label={t("cross.csv")} onClick={download} />
          </Tooltip>
        }
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is reached by the keyboard too. */}
        <section className={styles.box} aria-label={t("together.title")} tabIndex={0}>
          <table className={styles.cross} data-matrix data-stale={stale || undefined} aria-busy={stale}>
            <caption className="hk-visually-hidden">{t("together.title")}</caption>
            <thead>
              <tr>
                <td />
                {figures.map((figure) => (
                  <th key={figure} scope="col">
                    {named(figure)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {figures.map((row) => (
                <tr key={row}>
                  <th scope="row">{named(row)}</th>
                  {figures.map((column) => cell(row, column))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <p className={styles.legend}>
          <span className={styles.swatch} data-side="less" aria-hidden="true" />
          {t("together.opposite")}
          <span className={styles.swatch} data-side="more" aria-hidden="true" />
          {t("together.alike")}
        </p>
      </Section>
    </>
  );
}

/** The pairs in sentences, the closest first. */
function Readings({ told, named }: { told: Correlation; named: (figure: string) => string }) {
  const { t } = useTranslation("analysis");
  const clause = (figure: string, way: "more" | "less") =>
    isPurchase(figure) ? t(`clause.${figure}.${way}`) : t(`clause.field.${way}`, { figure: named(figure) });
  const sorted = [...told.pairs].sort((a, b) => Math.abs(b.rho ?? 0) - Math.abs(a.rho ?? 0));
  const said = (pair: Pair) => {
    const { first, second, rho, p } = pair;
    const names = { first: named(first), second: named(second) };
    if (rho === null || rho === undefined) return { tone: "few", text: t("together.says.few", names) };
    const strength = strengthOf(rho, p ?? null);
    if (strength === "none") return { tone: "none", text: t("together.says.none", names) };
    const clauses = { first: clause(first, "more"), second: clause(second, rho > 0 ? "more" : "less") };
    return { tone: strength, text: t(`together.says.${strength}`, clauses) };
  };
  return (
    <ul className={styles.readings}>
      {sorted.map((pair) => {
        const { tone, text } = said(pair);
        return (
          <li key={`${pair.first} ${pair.second}`} data-tone={tone}>
            {text}
          </li>
        );
      })}
    </ul>
  );
}
