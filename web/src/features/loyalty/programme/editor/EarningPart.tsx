import { Button, Checkbox, InputNumber, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { GoodsPicker } from "@/components/goods";
import { Section } from "@/components/layout";
import type { Earning, Multiplier } from "../api";
import styles from "../programme.module.css";
import { CHANNELS, TENDERS } from "../words";
import { Amount, Field } from "./fields";
import { MultiplierRule } from "./MultiplierRule";

interface Part {
  readonly earning: Earning;
  readonly onChange: (next: Partial<Earning>) => void;
}

/** What a purchase earns: the base, what multiplies it, its limits, what earns nothing, and when points are ready. */
export function EarningPart({
  currency,
  tiers,
  ...part
}: Part & { currency: string; tiers: readonly { value: string; label: string }[] }) {
  return (
    <>
      <Base {...part} currency={currency} />
      <Rules {...part} tiers={tiers} />
      <LimitsOf {...part} currency={currency} />
      <ExclusionsOf {...part} />
      <Ready {...part} />
    </>
  );
}

function Base({ earning, currency, onChange }: Part & { currency: string }) {
  const { t } = useTranslation("programme");
  return (
    <Section title={t("editor.base")}>
      <Field id="unit" label={t("editor.rate")}>
        <div className={styles.row}>
          <Amount
            id="unit"
            minor={earning.unit_minor}
            currency={currency}
            onChange={(minor) => onChange({ unit_minor: Math.max(1, minor ?? 1) })}
          />
          <label htmlFor="points-per-unit">{t("editor.gets")}</label>
          <InputNumber
            id="points-per-unit"
            className={styles.short}
            min={0}
            max={1_000_000}
            precision={0}
            suffix={t("editor.points")}
            value={earning.points_per_unit}
            onChange={(points) => onChange({ points_per_unit: points ?? 0 })}
          />
        </div>
      </Field>
      <Field
        id="rounding"
        label={t("editor.rounding")}
        hint={earning.rounding === "up" && earning.rounded_per === "line" ? t("editor.up_per_line") : undefined}
      >
        <div className={styles.row}>
          <Select
            id="rounding"
            value={earning.rounding}
            options={(["down", "half_even", "up"] as const).map((value) => ({
              value,
              label: t(`editor.rounding_${value}`),
            }))}
            onChange={(rounding) => onChange({ rounding })}
          />
          <Segmented
            aria-label={t("editor.rounded_per")}
            value={earning.rounded_per}
            options={(["order", "line"] as const).map((value) => ({ value, label: t(`editor.per_${value}`) }))}
            onChange={(rounded_per) => onChange({ rounded_per })}
          />
        </div>
      </Field>
    </Section>
  );
}

function emptyRule(): Multiplier {
  return {
    name: "",
    factor_bp: 20_000,
    tiers: [],
    store_ids: [],
    channels: [],
    category_ids: [],
    product_ids: [],
    brand_ids: [],
    weekdays: [],
    hours: null,
    birthday: null,
    first_on: null,
    last_on: null,
  };
}

function Rules({ earning, tiers, onChange }: Part & { tiers: readonly { value: string; label: string }[] }) {
  const { t } = useTranslation("programme");
  const rules = earning.multipliers;
  const put = (multipliers: readonly Multiplier[]) => onChange({ multipliers });
  const move = (place: number, by: number) => {
    const moved = [...rules];
    const [rule] = moved.splice(place, 1);
    if (rule) moved.splice(place + by, 0, rule);
    put(moved);
  };
  return (
    <Section title={t("editor.multipliers")} about={t("editor.multipliers_about")}>
      {rules.map((rule, place) => (
        <MultiplierRule
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place; it has no name of its own while it is typed.
          key={place}
          number={place + 1}
          rule={rule}
          tiers={tiers}
          onChange={(next) => put(rules.map((other, at) => (at === place ? next : other)))}
          onRemove={() => put(rules.filter((_, at) => at !== place))}
          onUp={place > 0 ? () => move(place, -1) : undefined}
          onDown={place < rules.length - 1 ? () => move(place, 1) : undefined}
        />
      ))}
      <Button disabled={rules.length >= 50} onClick={() => put([...rules, emptyRule()])}>
        {t("editor.add")}
      </Button>
      {rules.length > 1 && (
        <>
          <Field
            id="combination"
            label={t("editor.combination")}
            hint={t(`editor.combine_reads_${earning.combination}`)}
          >
            <Segmented
              id="combination"
              value={earning.combination}
              options={(["multiply", "add", "highest"] as const).map((value) => ({
                value,
                label: t(`editor.combine_${value}`),
              }))}
              onChange={(combination) => onChange({ combination })}
            />
          </Field>
          <Field id="most-factor" label={t("editor.most_factor")}>
            <InputNumber
              id="most-factor"
              className={styles.short}
              min={1}
              max={100}
              suffix={t("editor.times")}
              value={earning.most_factor_bp / 10_000}
              onChange={(factor) => onChange({ most_factor_bp: Math.round((factor ?? 1) * 10_000) })}
            />
          </Field>
        </>
      )}
    </Section>
  );
}

function LimitsOf({ earning, currency, onChange }: Part & { currency: string }) {
  const { t } = useTranslation("programme");
  return (
    <Section title={t("editor.limits")}>
      <Field id="least-spend" label={t("editor.least_spend")} hint={t("editor.least_hint")}>
        <Amount
          id="least-spend"
          minor={earning.least_spend_minor || null}
          currency={currency}
          onChange={(minor) => onChange({ least_spend_minor: minor ?? 0 })}
        />
      </Field>
      <Field id="cap-per_order" label={t("editor.caps")}>
        <div className={styles.row}>
          {(["per_order", "per_day", "per_month"] as const).map((cap) => (
            <span key={cap} className={styles.row}>
              <label htmlFor={`cap-${cap}`}>{t(`editor.${cap}_cap`)}</label>
              <InputNumber
                id={`cap-${cap}`}
                className={styles.short}
                min={0}
                max={1_000_000_000}
                precision={0}
                placeholder={t("editor.unlimited")}
                suffix={t("editor.points")}
                value={earning.caps[cap]}
                onChange={(points) => onChange({ caps: { ...earning.caps, [cap]: points } })}
              />
            </span>
          ))}
        </div>
      </Field>
    </Section>
  );
}

const EXCLUDED_GOODS = ["categories", "products", "brands", "stores"] as const;
const IDS = { categories: "category_ids", products: "product_ids", brands: "brand_ids", stores: "store_ids" } as const;

function ExclusionsOf({ earning, onChange }: Part) {
  const { t } = useTranslation("programme");
  const excluded = earning.exclusions;
  const change = (next: Partial<Earning["exclusions"]>) => onChange({ exclusions: { ...excluded, ...next } });
  return (
    <Section title={t("editor.exclusions")} about={t("editor.exclusions_about")}>
      <Field id="tenders" label={t("editor.tenders")}>
        <Select
          id="tenders"
          className={styles.wide}
          mode="multiple"
          placeholder={t("editor.none")}
          value={excluded.tenders}
          options={TENDERS.map((value) => ({ value, label: t(`tender.${value}`) }))}
          onChange={(tenders) => change({ tenders })}
        />
      </Field>
      <Field id="excluded-channels" label={t("editor.excluded_channels")}>
        <Select
          id="excluded-channels"
          className={styles.wide}
          mode="multiple"
          placeholder={t("editor.none")}
          value={excluded.channels}
          options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
          onChange={(channels) => change({ channels })}
        />
      </Field>
      {EXCLUDED_GOODS.map((kind) => (
        <Field key={kind} id={`excluded-${kind}`} label={t(`editor.excluded_${kind}`)}>
          <GoodsPicker
            kind={kind}
            id={`excluded-${kind}`}
            className={styles.wide}
            placeholder={t("editor.none")}
            value={excluded[IDS[kind]]}
            onChange={(ids) => change({ [IDS[kind]]: ids })}
          />
        </Field>
      ))}
      <Field id="discounted" label="">
        <Checkbox
          id="discounted"
          checked={excluded.discounted_lines}
          onChange={(event) => change({ discounted_lines: event.target.checked })}
        >
          {t("editor.discounted")}
        </Checkbox>
      </Field>
    </Section>
  );
}

function Ready({ earning, onChange }: Part) {
  const { t } = useTranslation("programme");
  return (
    <Section title={t("editor.pending")}>
      <Field id="pending" label={t("editor.pending_days")} hint={t("editor.pending_hint")}>
        <div className={styles.row}>
          <InputNumber
            id="pending"
            className={styles.short}
            min={0}
            max={365}
            precision={0}
            suffix={t("editor.days")}
            value={earning.pending_days}
            onChange={(days) => onChange({ pending_days: days ?? 0 })}
          />
          {earning.pending_days > 0 && (
            <Segmented
              aria-label={t("editor.matures")}
              value={earning.matures}
              options={(["day_end", "exact"] as const).map((value) => ({ value, label: t(`editor.matures_${value}`) }))}
              onChange={(matures) => onChange({ matures })}
            />
          )}
        </div>
      </Field>
    </Section>
  );
}
