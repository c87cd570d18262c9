import { InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import type { Lapse, Returns, Spending } from "../api";
import styles from "../programme.module.css";
import { Amount, Choices, Field, Whole } from "./fields";

/** What points are worth and how many may pay, how long they last, and what a return does to points that are gone. */
export function PointsPart({
  spending,
  lapse,
  returns,
  currency,
  onSpending,
  onLapse,
  onReturns,
}: {
  spending: Spending;
  lapse: Lapse;
  returns: Returns;
  currency: string;
  onSpending: (next: Partial<Spending>) => void;
  onLapse: (next: Partial<Lapse>) => void;
  onReturns: (next: Partial<Returns>) => void;
}) {
  return (
    <>
      <SpendingOf spending={spending} currency={currency} onChange={onSpending} />
      <LapseOf lapse={lapse} onChange={onLapse} />
      <ReturnsOf returns={returns} onChange={onReturns} />
    </>
  );
}

function SpendingOf({
  spending,
  currency,
  onChange,
}: {
  spending: Spending;
  currency: string;
  onChange: (next: Partial<Spending>) => void;
}) {
  const { t } = useTranslation("terms");
  return (
    <Section title={t("spending.title")}>
      <Field id="points" label={t("spending.worth")} hint={t("spending.worth_hint")}>
        <div className={styles.row}>
          <Whole
            id="points"
            least={1}
            most={1_000_000}
            unit={t("points")}
            value={spending.points}
            onChange={(points) => points && onChange({ points })}
          />
          <label htmlFor="worth">{t("spending.pay")}</label>
          <Amount
            id="worth"
            minor={spending.worth_minor}
            currency={currency}
            onChange={(worth_minor) => worth_minor && onChange({ worth_minor })}
          />
        </div>
      </Field>
      <Field id="least-points" label={t("spending.least")} hint={t("spending.least_hint")}>
        <Whole
          id="least-points"
          most={1_000_000_000}
          unit={t("points")}
          placeholder={t("spending.no_least")}
          value={spending.least_points || null}
          onChange={(points) => onChange({ least_points: points ?? 0 })}
        />
      </Field>
      <Field id="most-share" label={t("spending.most_share")} hint={t("spending.most_share_hint")}>
        <InputNumber
          id="most-share"
          className={styles.short}
          min={0}
          max={100}
          controls={false}
          suffix="%"
          value={spending.most_share_bp / 100}
          onChange={(share) => onChange({ most_share_bp: Math.round((share ?? 0) * 100) })}
        />
      </Field>
      <Field id="hold" label={t("spending.hold")} hint={t("spending.hold_hint")}>
        <Whole
          id="hold"
          least={1}
          most={1_440}
          unit={t("minutes")}
          value={spending.hold_minutes}
          onChange={(minutes) => minutes && onChange({ hold_minutes: minutes })}
        />
      </Field>
    </Section>
  );
}

function LapseOf({ lapse, onChange }: { lapse: Lapse; onChange: (next: Partial<Lapse>) => void }) {
  const { t } = useTranslation("terms");
  return (
    <Section title={t("lapse.title")}>
      <Field id="lapse" label={t("lapse.kind")}>
        <Choices
          id="lapse"
          value={lapse.kind}
          choices={(["after_months", "end_of_year", "never"] as const).map((value) => ({
            value,
            label: t(`lapse.${value}`),
            about: t(`lapse.${value}_about`),
          }))}
          onChange={(kind) => onChange({ kind })}
        />
      </Field>
      {lapse.kind === "after_months" && (
        <Field id="months" label={t("lapse.months")}>
          <Whole
            id="months"
            least={1}
            most={120}
            unit={t("months")}
            value={lapse.months}
            onChange={(months) => months && onChange({ months })}
          />
        </Field>
      )}
      {lapse.kind === "end_of_year" && (
        <Field id="years" label={t("lapse.years")} hint={t("lapse.years_hint")}>
          <Whole
            id="years"
            most={10}
            unit={t("years")}
            value={lapse.years}
            onChange={(years) => onChange({ years: years ?? 0 })}
          />
        </Field>
      )}
      {lapse.kind !== "never" && (
        <Field id="warn" label={t("lapse.warn")} hint={t("lapse.warn_hint")}>
          <Whole
            id="warn"
            most={180}
            unit={t("days")}
            placeholder={t("lapse.no_warning")}
            value={lapse.warn_days || null}
            onChange={(days) => onChange({ warn_days: days ?? 0 })}
          />
        </Field>
      )}
    </Section>
  );
}

function ReturnsOf({ returns, onChange }: { returns: Returns; onChange: (next: Partial<Returns>) => void }) {
  const { t } = useTranslation("terms");
  return (
    <Section title={t("returns.title")} about={t("returns.about")}>
      <Field id="gone" label={t("returns.gone")}>
        <Choices
          id="gone"
          value={returns.gone}
          choices={(["owed", "charged", "forgiven"] as const).map((value) => ({
            value,
            label: t(`returns.${value}`),
            about: t(`returns.${value}_about`),
          }))}
          onChange={(gone) => onChange({ gone })}
        />
      </Field>
    </Section>
  );
}
