import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, ColorPicker, Input, InputNumber, Radio, Select } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { AFTER_SAVING, EditorPage, PlainPage, Section } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { currencySign } from "@/format/money";
import {
  type Draft,
  type Ladder,
  type Match,
  METRICS,
  type Metric,
  type Threshold,
  type Tier,
  useDraft,
  useProgramme,
  useSaveLadder,
  type Window,
} from "./api";
import { FIRST_LADDER, faultsOf, nextTier, shownAmount, typedAmount } from "./ladder";
import { PreviewPanel } from "./PreviewPanel";
import styles from "./tiers.module.css";

/** The ladder as it is edited, beside what it would do to all members today. */
export function LadderEditorPage() {
  const { t } = useTranslation("tiers");
  const may = useMay();
  const programme = useProgramme();
  const draft = useDraft(programme.data?.id ?? null);
  if (!may("loyalty.write")) return <NoPermission what={t("editor.title")} />;
  const error = programme.error ?? draft.error;
  if (error)
    return <ErrorState error={error} onRetry={() => void Promise.all([programme.refetch(), draft.refetch()])} />;
  if (programme.data === null) {
    return <EmptyState asPage title={t("editor.no_programme_title")} purpose={t("editor.no_programme")} />;
  }
  if (!programme.data || !draft.data) {
    return (
      <PlainPage title={t("editor.title")}>
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  const { id, currency, state } = programme.data;
  return <Editor programmeId={id} currency={currency} runs={state !== "draft"} draft={draft.data} />;
}

function Editor({
  programmeId,
  currency,
  runs,
  draft,
}: {
  programmeId: number;
  currency: string;
  runs: boolean;
  draft: Draft;
}) {
  const { t } = useTranslation("tiers");
  const { message, modal } = App.useApp();
  const navigate = useNavigate();
  const [ladder, setLadder] = useState<Ladder>(() => ({ ...FIRST_LADDER, ...(draft.document.tiers as object) }));
  const saved = useRef(ladder);
  const save = useSaveLadder(programmeId);
  const faults = faultsOf(ladder);
  const asked = useSettled(ladder, 500);
  const change = (next: Partial<Ladder>) => setLadder((before) => ({ ...before, ...next }));
  const changeTier = (rank: number, next: Tier) =>
    change({ tiers: ladder.tiers.map((tier, at) => (at === rank ? next : tier)) });
  const store = async (publish: boolean) => {
    await save.mutateAsync({ draft, ladder, publish });
    saved.current = ladder;
    void message.success(t(publish ? "editor.published" : "editor.saved"));
    navigate("/loyalty/tiers", { state: AFTER_SAVING });
  };
  const publish = () =>
    modal.confirm({
      title: t("editor.publish_title"),
      content: t("editor.publish_words"),
      okText: t("editor.publish"),
      cancelText: t("editor.not_yet"),
      onOk: () => store(true).catch(() => undefined),
    });
  return (
    <EditorPage
      title={t("editor.title")}
      above={<Link to="/loyalty/tiers">{t("title")}</Link>}
      unsaved={ladder !== saved.current}
      actions={
        <>
          <Button loading={save.isPending} onClick={() => void store(false).catch(() => undefined)}>
            {t("editor.save")}
          </Button>
          <Button type="primary" disabled={faults.length > 0} onClick={publish}>
            {t("editor.publish")}
          </Button>
        </>
      }
      result={<PreviewPanel ladder={runs && faultsOf(asked).length === 0 ? asked : null} runs={runs} />}
    >
      <Refused error={save.error} />
      <Section title={t("editor.steps")} about={t("editor.steps_about")}>
        {ladder.tiers.map((tier, rank) => (
          <StepCard
            key={tier.key}
            tier={tier}
            rank={rank}
            currency={currency}
            faults={faults.filter((fault) => fault.rank === rank).map(({ code }) => code)}
            onChange={(next) => changeTier(rank, next)}
            onRemove={() => change({ tiers: ladder.tiers.filter((_, at) => at !== rank) })}
          />
        ))}
        <Button
          className={styles.add}
          icon={<PlusOutlined />}
          disabled={ladder.tiers.length >= 20}
          onClick={() => change({ tiers: [...ladder.tiers, nextTier(ladder.tiers)] })}
        >
          {t("editor.add")}
        </Button>
      </Section>
      <Section title={t("editor.counting")} about={t("editor.counting_about")}>
        <Field label={t("editor.qualify_window")}>
          <WindowPicker value={ladder.qualify_window} onChange={(next) => change({ qualify_window: next })} />
        </Field>
        <Field label={t("editor.keep_window")} hint={t("editor.keep_window_hint")}>
          <WindowPicker value={ladder.keep_window} onChange={(next) => change({ keep_window: next })} />
        </Field>
      </Section>
      <Section title={t("editor.lasting")}>
        <Field label={t("editor.kept")}>
          <div className={styles.row}>
            <Select
              aria-label={t("editor.kept")}
              className={styles.wide}
              value={ladder.falls ? ladder.kept : "for_ever"}
              options={(["months", "end_of_year", "end_of_next_year", "for_ever"] as const).map((value) => ({
                value,
                label: t(`kept.${value}`),
              }))}
              onChange={(next) =>
                change(next === "for_ever" ? { falls: false } : { falls: true, kept: next as Ladder["kept"] })
              }
            />
            {ladder.falls && ladder.kept === "months" && (
              <Whole
                label={t("editor.kept_months")}
                value={ladder.kept_months}
                least={1}
                most={120}
                unit={t("editor.months")}
                onChange={(kept_months) => change({ kept_months })}
              />
            )}
          </div>
        </Field>
        {ladder.falls && (
          <>
            <Field label={t("editor.grace")} hint={t("editor.grace_hint")}>
              <Whole
                label={t("editor.grace")}
                value={ladder.grace_days}
                least={0}
                most={90}
                unit={t("editor.days")}
                onChange={(grace_days) => change({ grace_days })}
              />
            </Field>
            <Field label={t("editor.downgrade")}>
              <Radio.Group
                value={ladder.downgrade}
                options={(["one_step", "to_balance"] as const).map((value) => ({
                  value,
                  label: t(`downgrade.${value}`),
                }))}
                onChange={(event) => change({ downgrade: event.target.value as Ladder["downgrade"] })}
              />
            </Field>
          </>
        )}
      </Section>
      <Section title={t("editor.discount")} about={t("editor.discount_about")}>
        <Field label={t("editor.except_skus")}>
          <Select
            mode="tags"
            open={false}
            suffixIcon={null}
            aria-label={t("editor.except_skus")}
            className={styles.full}
            placeholder={t("editor.except_skus_hint")}
            tokenSeparators={[",", "，", " ", "\n"]}
            value={ladder.discount.except_skus}
            onChange={(except_skus) => change({ discount: { ...ladder.discount, except_skus } })}
          />
        </Field>
        <Field label="">
          <Checkbox
            checked={ladder.discount.on_reduced}
            onChange={(event) => change({ discount: { ...ladder.discount, on_reduced: event.target.checked } })}
          >
            {t("editor.on_reduced")}
          </Checkbox>
        </Field>
      </Section>
      <Section title={t("editor.sold")} about={t("editor.sold_about")}>
        <Memberships ladder={ladder} onChange={(memberships) => change({ memberships })} />
      </Section>
    </EditorPage>
  );
}

/** One tier: its name, what leads to it, what keeps it, what it gives. */
function StepCard({
  tier,
  rank,
  currency,
  faults,
  onChange,
  onRemove,
}: {
  tier: Tier;
  rank: number;
  currency: string;
  faults: readonly string[];
  onChange: (tier: Tier) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation("tiers");
  const benefits = (next: Partial<Tier["benefits"]>) => onChange({ ...tier, benefits: { ...tier.benefits, ...next } });
  const isEntry = tier.qualify.thresholds.length === 0;
  return (
    <div className={styles.step}>
      <div className={styles.stepHead}>
        <ColorPicker
          size="small"
          disabledAlpha
          value={tier.color}
          onChange={(color) => onChange({ ...tier, color: color.toHexString().slice(0, 7).toLowerCase() })}
        />
        <Input
          className={styles.stepName}
          aria-label={t("editor.name")}
          placeholder={t("editor.name_hint")}
          value={tier.name}
          maxLength={60}
          status={faults.includes("name_missing") ? "error" : ""}
          onChange={(event) => onChange({ ...tier, name: event.target.value })}
        />
        <Input
          className={styles.stepName}
          aria-label={t("editor.name_en")}
          placeholder={t("editor.name_en")}
          value={tier.name_en}
          maxLength={60}
          onChange={(event) => onChange({ ...tier, name_en: event.target.value })}
        />
        <Button
          className={styles.stepTools}
          type="text"
          icon={<DeleteOutlined />}
          aria-label={t("editor.remove", { name: tier.name })}
          onClick={onRemove}
        />
      </div>
      <Field label={t("editor.qualify")} hint={isEntry && rank === 0 ? t("editor.entry_hint") : undefined}>
        <ConditionRows
          condition={tier.qualify}
          currency={currency}
          onChange={(qualify) => onChange({ ...tier, qualify })}
        />
      </Field>
      {!isEntry && (
        <Field label={t("editor.keep")}>
          <Radio.Group
            className={styles.choice}
            value={tier.keep === null ? "same" : "own"}
            options={[
              { value: "same", label: t("editor.keep_same") },
              { value: "own", label: t("editor.keep_own") },
            ]}
            onChange={(event) => onChange({ ...tier, keep: event.target.value === "own" ? tier.qualify : null })}
          />
          {tier.keep && (
            <div className={styles.row}>
              <ConditionRows
                condition={tier.keep}
                currency={currency}
                onChange={(keep) => onChange({ ...tier, keep })}
              />
            </div>
          )}
        </Field>
      )}
      <Field label={t("editor.tier_discount")}>
        <InputNumber
          className={styles.number}
          aria-label={t("editor.tier_discount")}
          min={0}
          max={90}
          precision={2}
          controls={false}
          suffix="%"
          formatter={(value) =>
            String(value ?? "")
              .replace(/(\.\d*?)0+$|\.$/, "$1")
              .replace(/\.$/, "")
          }
          value={tier.benefits.discount_bp / 100}
          onChange={(percent) => benefits({ discount_bp: Math.round((percent ?? 0) * 100) })}
        />
      </Field>
      <Field label={t("editor.services")}>
        <Texts
          label={t("editor.services")}
          hint={t("editor.services_hint")}
          value={tier.benefits.services}
          onChange={(services) => benefits({ services })}
        />
      </Field>
      <Field label={t("editor.partners")}>
        <Texts
          label={t("editor.partners")}
          hint={t("editor.partners_hint")}
          value={tier.benefits.partners}
          onChange={(partners) => benefits({ partners })}
        />
      </Field>
      <Field label={t("editor.birthday")}>
        <Input
          aria-label={t("editor.birthday")}
          maxLength={200}
          placeholder={t("editor.birthday_hint")}
          value={tier.benefits.birthday_gift}
          onChange={(event) => benefits({ birthday_gift: event.target.value })}
        />
      </Field>
      {faults.map((code) => (
        <p key={code} className={styles.fault}>
          {t(`fault.${code as "not_rising"}`)}
        </p>
      ))}
    </div>
  );
}

function ConditionRows({
  condition,
  currency,
  onChange,
}: {
  condition: Tier["qualify"];
  currency: string;
  onChange: (condition: Tier["qualify"]) => void;
}) {
  const { t } = useTranslation("tiers");
  const { thresholds, match } = condition;
  const free = METRICS.filter((metric) => !thresholds.some((threshold) => threshold.metric === metric));
  const put = (at: number, next: Threshold) =>
    onChange({ match, thresholds: thresholds.map((threshold, index) => (index === at ? next : threshold)) });
  return (
    <div>
      {thresholds.map((threshold, at) => (
        <div key={threshold.metric} className={styles.row}>
          <Select<Metric>
            className={styles.short}
            aria-label={t("editor.metric")}
            value={threshold.metric}
            options={[threshold.metric, ...free].map((value) => ({ value, label: t(`metric.${value}`) }))}
            onChange={(metric) => put(at, { metric, at_least: metric === "net" ? 100_000 : 10 })}
          />
          <Amount threshold={threshold} currency={currency} onChange={(next) => put(at, next)} />
          <Button
            type="text"
            icon={<DeleteOutlined />}
            aria-label={t("editor.remove_threshold")}
            onClick={() => onChange({ match, thresholds: thresholds.filter((_, index) => index !== at) })}
          />
        </div>
      ))}
      <div className={styles.row}>
        {free.length > 0 && (
          <Button
            size="small"
            type="link"
            icon={<PlusOutlined />}
            onClick={() => {
              const metric = free[0] as Metric;
              onChange({ match, thresholds: [...thresholds, { metric, at_least: metric === "net" ? 100_000 : 10 }] });
            }}
          >
            {t("editor.add_threshold")}
          </Button>
        )}
        {thresholds.length > 1 && (
          <Radio.Group
            size="small"
            value={match}
            options={(["any", "all"] as const).map((value) => ({ value, label: t(`match.${value}`) }))}
            onChange={(event) => onChange({ thresholds, match: event.target.value as Match })}
          />
        )}
      </div>
    </div>
  );
}

function Amount({
  threshold,
  currency,
  onChange,
}: {
  threshold: Threshold;
  currency: string;
  onChange: (threshold: Threshold) => void;
}) {
  const { t } = useTranslation("tiers");
  const { language, currency: homeCurrency } = useReading();
  const { metric, at_least } = threshold;
  return (
    <InputNumber<string>
      stringMode
      controls={false}
      className={styles.short}
      aria-label={t("editor.at_least")}
      min={metric === "net" ? "0.01" : "1"}
      precision={metric === "net" ? undefined : 0}
      prefix={metric === "net" ? currencySign(currency, { language, homeCurrency }) : undefined}
      suffix={metric === "net" ? undefined : t(`unit.${metric}`)}
      value={shownAmount(metric, at_least, currency)}
      onChange={(text) => {
        const amount = typedAmount(metric, String(text ?? ""), currency);
        if (amount !== null && amount > 0) onChange({ metric, at_least: amount });
      }}
    />
  );
}

function WindowPicker({ value, onChange }: { value: Window; onChange: (window: Window) => void }) {
  const { t } = useTranslation("tiers");
  return (
    <div className={styles.row}>
      <Select
        aria-label={t("editor.counting")}
        className={styles.wide}
        value={value.counted}
        options={(["rolling_months", "calendar_year", "since_joining", "since_tier"] as const).map((counted) => ({
          value: counted,
          label: t(`counted.${counted}`),
        }))}
        onChange={(counted) => onChange({ ...value, counted })}
      />
      {value.counted === "rolling_months" && (
        <Whole
          label={t("editor.months")}
          value={value.months}
          least={1}
          most={60}
          unit={t("editor.months")}
          onChange={(months) => onChange({ ...value, months })}
        />
      )}
    </div>
  );
}

function Memberships({ ladder, onChange }: { ladder: Ladder; onChange: (memberships: Ladder["memberships"]) => void }) {
  const { t } = useTranslation("tiers");
  const { memberships, tiers } = ladder;
  const put = (at: number, next: Partial<Ladder["memberships"][number]>) =>
    onChange(memberships.map((one, index) => (index === at ? { ...one, ...next } : one)));
  const highest = tiers[tiers.length - 1];
  return (
    <div>
      {memberships.map((membership, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are only added at the end and have no name but what is typed.
        <div key={at} className={styles.row}>
          <Input
            className={styles.short}
            aria-label={t("editor.sku")}
            placeholder={t("editor.sku")}
            value={membership.sku}
            onChange={(event) => put(at, { sku: event.target.value })}
          />
          <Select
            className={styles.short}
            aria-label={t("column.tier")}
            value={membership.tier}
            options={tiers.map(({ key, name }) => ({ value: key, label: name || key }))}
            onChange={(tier) => put(at, { tier })}
          />
          <Whole
            label={t("editor.months")}
            value={membership.months}
            least={1}
            most={120}
            unit={t("editor.months")}
            onChange={(months) => put(at, { months })}
          />
          <Button
            type="text"
            icon={<DeleteOutlined />}
            aria-label={t("editor.remove", { name: membership.sku })}
            onClick={() => onChange(memberships.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      <div className={styles.row}>
        <Button
          icon={<PlusOutlined />}
          disabled={highest === undefined}
          onClick={() => highest && onChange([...memberships, { sku: "", tier: highest.key, months: 12 }])}
        >
          {t("editor.add_sold")}
        </Button>
      </div>
    </div>
  );
}

function Texts({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint: string;
  value: string[];
  onChange: (texts: string[]) => void;
}) {
  return (
    <Select
      mode="tags"
      open={false}
      suffixIcon={null}
      className={styles.full}
      aria-label={label}
      placeholder={hint}
      tokenSeparators={["，", ",", "\n"]}
      value={value}
      onChange={onChange}
    />
  );
}

function Whole({
  label,
  value,
  least,
  most,
  unit,
  onChange,
}: {
  label: string;
  value: number;
  least: number;
  most: number;
  unit: string;
  onChange: (value: number) => void;
}) {
  return (
    <InputNumber
      className={styles.number}
      aria-label={label}
      min={least}
      max={most}
      precision={0}
      controls={false}
      suffix={unit}
      value={value}
      onChange={(next) => next !== null && onChange(next)}
    />
  );
}

function Field({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <span>{label}</span>
      <div>
        {children}
        {hint && <p className={styles.hint}>{hint}</p>}
      </div>
    </div>
  );
}

/** The value once it has not changed for a while, so that not each key asks the server. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
