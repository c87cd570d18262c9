import { CheckCircleFilled, DownloadOutlined, WarningFilled } from "@ant-design/icons";
import { Alert, Button, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useCodeWords } from "@/components/codes";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, When } from "@/components/figures";
import { Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { exactCount } from "@/format/count";
import { currencyExponent, minorToDecimal } from "@/format/money";
import { type ImportCheck, type ImportFile, type RefusalReason, useDownloadRefused, useStart } from "./api";
import styles from "./imports.module.css";
import { TotalsGrid } from "./TotalsGrid";

/** What would be written and what would not, and her decision. */
export function CheckStep({ file, check, onBack }: { file: ImportFile; check: ImportCheck; onBack: () => void }) {
  const { t } = useTranslation("imports");
  const { language } = useReading();
  const may = useMay();
  const navigate = useNavigate();
  const start = useStart(file.id);
  const download = useDownloadRefused(file.id);
  const [choice, setChoice] = useState<"keep_good" | "refuse_all">("keep_good");
  const count = (value: number) => exactCount(value, language);
  const noneBad = check.refused_rows === 0;
  const noneGood = check.ok_rows === 0;
  const words = { rows: count(check.rows), refused: count(check.refused_rows) };

  return (
    <>
      <Alert
        className={styles.gap}
        type={noneGood ? "error" : noneBad ? "success" : "warning"}
        showIcon
        icon={noneBad ? <CheckCircleFilled /> : <WarningFilled />}
        title={t(noneGood ? "check.none_good" : noneBad ? "check.all_good" : "check.some_bad", words)}
        description={<Remarks check={check} noneGood={noneGood} />}
      />
      {!noneGood && (
        <Section title={t("check.will_write")}>
          <TotalsGrid totals={check.totals} />
        </Section>
      )}
      {!noneBad && (
        <Section
          title={t("check.problems")}
          extra={
            <Button icon={<DownloadOutlined />} loading={download.isPending} onClick={() => download.mutate()}>
              {t("check.download")}
            </Button>
          }
        >
          <Reasons reasons={check.reasons} />
        </Section>
      )}
      {check.preview.length > 0 && (
        <Section title={t("check.preview")}>
          <Preview check={check} />
        </Section>
      )}
      <Refused error={start.error} />
      {may("imports.run") && !noneGood && (
        <div className={styles.decide}>
          {!noneBad && (
            <fieldset className={styles.choice}>
              <legend>{t("check.choose")}</legend>
              <Radio.Group
                value={choice}
                onChange={(event) => setChoice(event.target.value as typeof choice)}
                options={(["keep_good", "refuse_all"] as const).map((value) => ({
                  value,
                  label: (
                    <>
                      {t(`check.${value}`)} <span className={styles.soft}>{t(`check.${value}_about`)}</span>
                    </>
                  ),
                }))}
              />
            </fieldset>
          )}
          <div className={styles.row}>
            {choice === "keep_good" || noneBad ? (
              <Button
                type="primary"
                size="large"
                loading={start.isPending}
                onClick={() => start.mutate(noneBad ? "refuse_all" : "keep_good")}
              >
                {t("check.start", { rows: count(check.ok_rows) })}
              </Button>
            ) : (
              <Button type="primary" size="large" onClick={() => navigate("/imports")}>
                {t("check.stop")}
              </Button>
            )}
            <Button size="large" onClick={onBack}>
              {t("check.back")}
            </Button>
          </div>
        </div>
      )}
      {noneGood && (
        <Button type="primary" size="large" onClick={onBack}>
          {t("check.back")}
        </Button>
      )}
    </>
  );
}

function Remarks({ check, noneGood }: { check: ImportCheck; noneGood: boolean }) {
  const { t } = useTranslation("imports");
  const order =
    check.date_order === null ? null : check.date_order === "iso" ? t("check.iso") : t(`ask.date_${check.date_order}`);
  return (
    <ul>
      {noneGood && <li>{t("check.none_good_words")}</li>}
      {check.blank_rows > 0 && <li>{t("check.blank", { count: check.blank_rows })}</li>}
      {check.dropped_rows > 0 && <li>{t("check.dropped", { count: check.dropped_rows })}</li>}
      {order && <li>{t(check.date_order_certain ? "check.dates" : "check.dates_guess", { order })}</li>}
    </ul>
  );
}

function Reasons({ reasons }: { reasons: readonly RefusalReason[] }) {
  const { t } = useTranslation("imports");
  const say = useReasonWords();
  const { language } = useReading();
  const columns: Column<RefusalReason>[] = [
    { key: "why", title: t("check.problem"), identity: true, cell: say },
    {
      key: "example",
      title: t("check.row"),
      onCard: true,
      cell: ({ example_row, params }) => (
        <span className={styles.soft}>
          {t("check.example", { row: exactCount(example_row, language) })}
          {typeof params.value === "string" && params.value !== "" && (
            <>
              {" "}
              <code className={styles.value}>{params.value}</code>
            </>
          )}
        </span>
      ),
    },
    { key: "count", title: t("check.count"), align: "end", onCard: true, cell: ({ count }) => <Count value={count} /> },
  ];
  return (
    <DataTable
      caption={t("check.problems")}
      columns={columns}
      rows={reasons}
      rowKey={({ code, params }) => `${code}-${String(params.column)}`}
      dense
    />
  );
}

export function useReasonWords(): (reason: Pick<RefusalReason, "code" | "params">) => string {
  const { t } = useTranslation("imports");
  const { t: reasons } = useTranslation("reasons");
  const say = useCodeWords("reasons");
  return ({ code, params }) => {
    const field = typeof params.field === "string" ? t(`field.${params.field as "sku"}`) : "";
    const column = typeof params.column === "string" ? params.column : field;
    return say(code, { ...params, column }) ?? reasons("other", { code });
  };
}

const HIDDEN_WHEN_EMPTY = new Set(["is_return"]);

function Preview({ check }: { check: ImportCheck }) {
  const { t } = useTranslation("imports");
  type Row = (typeof check.preview)[number];
  const keys = inReadingOrder(Object.keys(check.preview[0] ?? {})).filter((key) =>
    check.preview.some(
      (row) => row[key] !== null && row[key] !== "" && (row[key] !== false || !HIDDEN_WHEN_EMPTY.has(key)),
    ),
  );
  const currency = String(check.totals.currency ?? "");
  const columns: Column<Row>[] = keys.map((key, place) => ({
    key,
    title: previewTitle(t, key),
    identity: place === 0,
    align: /_(minor|milli|micros)$/.test(key) || key === "row" ? "end" : "start",
    onCard: ["order_id", "description", "net_minor", "name", "email", "phone"].includes(key),
    cell: (row) => <PreviewCell name={key} value={row[key]} currency={currency} yes={t("preview.yes")} />,
  }));
  return (
    <DataTable
      caption={t("check.preview")}
      columns={columns}
      rows={check.preview}
      rowKey={(row) => Number(row.row)}
      dense
    />
  );
}

/** As one reads a line of a receipt; what is not named here follows in the server's order. */
const READING_ORDER = [
  "row",
  "order_id",
  "is_return",
  "placed_at",
  "sku",
  "description",
  "quantity_milli",
  "unit_price_micros",
  "net_minor",
  "order_minor",
  "external_id",
  "card_number",
  "name",
  "phone",
  "email",
];

function inReadingOrder(keys: readonly string[]): readonly string[] {
  const place = (key: string) => (READING_ORDER.includes(key) ? READING_ORDER.indexOf(key) : READING_ORDER.length);
  return [...keys].sort((one, other) => place(one) - place(other));
}

function previewTitle(t: ReturnType<typeof useTranslation<"imports">>["t"], key: string): string {
  return t(`preview.${key as "row"}`, { defaultValue: t(`field.${key as "sku"}`, { defaultValue: key }) });
}

function PreviewCell({ name, value, currency, yes }: { name: string; value: unknown; currency: string; yes: string }) {
  if (value === null || value === undefined || value === "" || value === false) return null;
  if (value === true) return yes;
  if (name.endsWith("_minor") && typeof value === "number") return <Money minor={value} currency={currency} />;
  if (name.endsWith("_milli") && typeof value === "number") return trimmed(minorToDecimal(value, 3));
  if (name.endsWith("_micros") && typeof value === "number")
    return trimmed(minorToDecimal(value, 6), currencyExponent(currency));
  if (name.endsWith("_at") && typeof value === "string") return <When at={value} exact />;
  return Array.isArray(value) ? value.join(" · ") : String(value);
}

/** Without the zeros at the end, but for those that the currency is always written with. */
function trimmed(decimal: string, decimals = 0): string {
  const [whole = "", fraction = ""] = decimal.split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(decimals, "0");
  return kept === "" ? whole : `${whole}.${kept}`;
}
