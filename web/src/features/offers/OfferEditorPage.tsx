import { App, Button, DatePicker, Input, InputNumber } from "antd";
import dayjs from "dayjs";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/me";
import { AFTER_SAVING, EditorPage, PlainPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { currencyExponent, currencySign, decimalToMinor, minorToDecimal } from "@/format/money";
import { isoDay } from "@/format/when";
import { type Offer, type OfferTerms, termsOf, useOffer, useSaveOffer } from "./api";
import { ExampleCart } from "./ExampleCart";
import styles from "./offers.module.css";
import { dayEnd, dayStart, lastDay, percentToBasisPoints, tenthsPaid } from "./terms";
import { OfferStateTag } from "./words";

/** Makes an offer or changes its terms, with an example cart that shows what a till will do. */
export function OfferEditorPage() {
  const { t } = useTranslation("offers");
  const { id } = useParams();
  const may = useMay();
  const offer = useOffer(id === undefined ? null : Number(id));
  if (!may("offers.write")) return <NoPermission what={t("title")} />;
  if (offer.error && !offer.data) return <ErrorState error={offer.error} onRetry={() => void offer.refetch()} />;
  if (id !== undefined && !offer.data) {
    return (
      <PlainPage title={t("title")}>
        <BoneLines lines={6} />
      </PlainPage>
    );
  }
  return <Editor key={id ?? "new"} offer={offer.data ?? null} />;
}

/** The terms while they are typed: empty fields are null. */
interface Typed {
  readonly name: string;
  readonly percent: number | null;
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly validDays: number | null;
  readonly minSpendMinor: number | null;
}

function Editor({ offer }: { offer: Offer | null }) {
  const { t } = useTranslation("offers");
  const { message } = App.useApp();
  const navigate = useNavigate();
  const { language, timezone, currency: home } = useReading();
  const stored = offer && termsOf(offer);
  const currency = stored?.min_spend?.currency ?? home;
  const [typed, setTyped] = useState<Typed>(() => ({
    name: stored?.name ?? "",
    percent: stored ? stored.percent_bp / 100 : 10,
    startsOn: stored?.starts_at ? isoDay(new Date(stored.starts_at), timezone) : null,
    endsOn: stored?.ends_at ? lastDay(stored.ends_at, timezone) : null,
    validDays: stored ? stored.valid_days : 14,
    minSpendMinor: stored?.min_spend?.amount_minor ?? null,
  }));
  const saved = useRef(typed);
  const [checked, setChecked] = useState(false);
  const save = useSaveOffer();
  const change = (next: Partial<Typed>) => setTyped((before) => ({ ...before, ...next }));
  const points = percentToBasisPoints(typed.percent);
  const disordered = typed.startsOn !== null && typed.endsOn !== null && typed.endsOn < typed.startsOn;
  const terms: OfferTerms = {
    name: typed.name.trim(),
    percent_bp: points ?? 0,
    starts_at: typed.startsOn === null ? null : dayStart(typed.startsOn, timezone),
    ends_at: typed.endsOn === null ? null : dayEnd(typed.endsOn, timezone),
    valid_days: typed.validDays,
    min_spend: typed.minSpendMinor === null ? null : { amount_minor: typed.minSpendMinor, currency },
  };
  const store = async () => {
    setChecked(true);
    if (terms.name === "" || points === null || disordered) return;
    const { id } = await save.mutateAsync({ offer, terms });
    saved.current = typed;
    void message.success(t("action.saved"));
    navigate(`/offers/${id}`, { state: AFTER_SAVING });
  };
  const rest = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(
    1 - (points ?? 0) / 10_000,
  );
  return (
    <EditorPage
      title={offer?.name ?? t("editor.title_new")}
      mark={offer && <OfferStateTag state={offer.state} />}
      above={<Link to={offer ? `/offers/${offer.id}` : "/offers"}>{offer ? offer.name : t("title")}</Link>}
      unsaved={typed !== saved.current}
      actions={
        <Button type="primary" loading={save.isPending} onClick={() => void store()}>
          {t("action.save")}
        </Button>
      }
      result={<ExampleCart terms={terms} currency={currency} />}
    >
      {offer && offer.issued > 0 && <p className={styles.notice}>{t("editor.live_terms", { count: offer.issued })}</p>}
      <Section>
        <Field
          id="offer-name"
          label={t("editor.name")}
          hint={t("editor.name_hint")}
          fault={checked && terms.name === "" ? t("editor.name_needed") : null}
        >
          <Input
            id="offer-name"
            value={typed.name}
            maxLength={120}
            placeholder={t("editor.name_placeholder")}
            onChange={(event) => change({ name: event.target.value })}
          />
        </Field>
      </Section>
      <Section title={t("editor.what")}>
        <Field
          id="offer-percent"
          label={t("editor.percent")}
          hint={points !== null && t("editor.percent_reads", { discount: tenthsPaid(points), rest })}
          fault={points === null ? t("editor.percent_needed") : null}
        >
          <InputNumber
            id="offer-percent"
            className={styles.short}
            value={typed.percent}
            min={0.01}
            max={100}
            precision={2}
            controls={false}
            formatter={(value) =>
              String(value ?? "")
                .replace(/(\.\d*?)0+$/, "$1")
                .replace(/\.$/, "")
            }
            suffix="%"
            onChange={(percent) => change({ percent })}
          />
        </Field>
      </Section>
      <Section title={t("editor.condition")}>
        <Field id="offer-min" label={t("editor.min_spend")} hint={t("editor.min_spend_hint")}>
          <InputNumber<string>
            id="offer-min"
            className={styles.short}
            stringMode
            controls={false}
            min="0"
            prefix={currencySign(currency, { language, homeCurrency: home })}
            value={
              typed.minSpendMinor === null ? null : minorToDecimal(typed.minSpendMinor, currencyExponent(currency))
            }
            onChange={(text) => change({ minSpendMinor: text ? decimalToMinor(String(text), currency) : null })}
          />
        </Field>
      </Section>
      <Section title={t("editor.when")}>
        <Field
          id="offer-window"
          label={t("editor.window")}
          hint={t("editor.window_hint", { timezone })}
          fault={disordered ? t("editor.order_needed") : null}
        >
          <DatePicker.RangePicker
            id={{ start: "offer-window", end: "offer-window-end" }}
            allowEmpty={[true, true]}
            placeholder={[t("editor.starts"), t("editor.ends")]}
            value={[
              typed.startsOn === null ? null : dayjs(typed.startsOn),
              typed.endsOn === null ? null : dayjs(typed.endsOn),
            ]}
            onChange={(days) =>
              change({
                startsOn: days?.[0]?.format("YYYY-MM-DD") ?? null,
                endsOn: days?.[1]?.format("YYYY-MM-DD") ?? null,
              })
            }
          />
        </Field>
        <Field id="offer-days" label={t("editor.valid_days")} hint={t("editor.valid_days_hint")}>
          <InputNumber
            id="offer-days"
            className={styles.short}
            controls={false}
            min={1}
            max={3650}
            precision={0}
            suffix={t("editor.days")}
            value={typed.validDays}
            onChange={(validDays) => change({ validDays })}
          />
        </Field>
      </Section>
      <Section title={t("editor.code")} about={t("editor.code_about")}>
        {null}
      </Section>
    </EditorPage>
  );
}

function Field({
  id,
  label,
  hint,
  fault,
  children,
}: {
  id: string;
  label: string;
  hint?: ReactNode;
  fault?: string | null;
  children: ReactNode;
}) {
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div>
        {children}
        {fault ? <p className={styles.fault}>{fault}</p> : hint && <p className={styles.hint}>{hint}</p>}
      </div>
    </div>
  );
}
