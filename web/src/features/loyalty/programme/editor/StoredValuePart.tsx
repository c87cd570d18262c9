import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import type { Law, Plan, StoredValue } from "../api";
import styles from "../programme.module.css";
import { Amount, Choices, Field, freeKey, Whole } from "./fields";

interface Part {
  readonly value: StoredValue;
  readonly currency: string;
  readonly onChange: (next: Partial<StoredValue>) => void;
}

/** What may be topped up and what is given on top, the order in which it is spent and paid out, and the law's limits. */
export function StoredValuePart(part: Part) {
  return (
    <>
      <Plans {...part} />
      <Orders {...part} />
      <Limits {...part} />
    </>
  );
}

function Plans({ value, currency, onChange }: Part) {
  const { t } = useTranslation("terms");
  const { plans } = value;
  const put = (place: number, next: Partial<Plan>) =>
    onChange({ plans: plans.map((plan, at) => (at === place ? { ...plan, ...next } : plan)) });
  const add = () => {
    const key = freeKey("plan", plans);
    onChange({ plans: [...plans, { key, name: "", pay_minor: 10_000, bonus_minor: 0, bonus_months: null }] });
  };
  return (
    <Section title={t("stored_value.plans")} about={t("stored_value.plans_about")}>
      <div className={styles.things}>
        {plans.map((plan, place) => (
          <fieldset key={plan.key} className={styles.thing} aria-label={plan.name || t("stored_value.plan")}>
            <label className={styles.grow} htmlFor={`plan-${plan.key}`}>
              {t("stored_value.name")}
              <Input
                id={`plan-${plan.key}`}
                value={plan.name}
                maxLength={60}
                placeholder={t("stored_value.name_example")}
                onChange={(event) => put(place, { name: event.target.value })}
              />
            </label>
            <label htmlFor={`pay-${plan.key}`}>
              {t("stored_value.pay")}
              <Amount
                id={`pay-${plan.key}`}
                minor={plan.pay_minor}
                currency={currency}
                onChange={(minor) => minor && put(place, { pay_minor: minor })}
              />
            </label>
            <label htmlFor={`bonus-${plan.key}`}>
              {t("stored_value.bonus")}
              <Amount
                id={`bonus-${plan.key}`}
                minor={plan.bonus_minor}
                currency={currency}
                onChange={(minor) => put(place, { bonus_minor: minor ?? 0 })}
              />
            </label>
            {plan.bonus_minor > 0 && (
              <label htmlFor={`lasts-${plan.key}`}>
                {t("stored_value.bonus_months")}
                <Whole
                  id={`lasts-${plan.key}`}
                  least={1}
                  most={120}
                  unit={t("months")}
                  placeholder={t("for_ever")}
                  value={plan.bonus_months}
                  onChange={(bonus_months) => put(place, { bonus_months })}
                />
              </label>
            )}
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t("remove", { name: plan.name || t("stored_value.plan") })}
              onClick={() => onChange({ plans: plans.filter((_, at) => at !== place) })}
            />
          </fieldset>
        ))}
      </div>
      <Button icon={<PlusOutlined />} disabled={plans.length >= 30} onClick={add}>
        {t("stored_value.add")}
      </Button>
      <Field id="any-amount" label={t("stored_value.other_amounts")}>
        <div className={styles.row}>
          <Checkbox
            id="any-amount"
            checked={value.any_amount}
            onChange={(event) => onChange({ any_amount: event.target.checked })}
          >
            {t("stored_value.any_amount")}
          </Checkbox>
          {value.any_amount && (
            <>
              <label htmlFor="least-top-up">{t("stored_value.from")}</label>
              <Amount
                id="least-top-up"
                minor={value.least_minor}
                currency={currency}
                onChange={(minor) => minor && onChange({ least_minor: minor })}
              />
              <label htmlFor="most-top-up">{t("stored_value.to")}</label>
              <Amount
                id="most-top-up"
                minor={value.most_minor}
                currency={currency}
                placeholder={t("no_limit")}
                onChange={(most_minor) => onChange({ most_minor })}
              />
            </>
          )}
        </div>
      </Field>
    </Section>
  );
}

function Orders({ value, onChange }: Part) {
  const { t } = useTranslation("terms");
  return (
    <Section title={t("stored_value.order")}>
      <Field id="spends" label={t("stored_value.spends")}>
        <Choices
          id="spends"
          value={value.spends}
          choices={(["paid_first", "bonus_first", "in_proportion"] as const).map((choice) => ({
            value: choice,
            label: t(`stored_value.${choice}`),
          }))}
          onChange={(spends) => onChange({ spends })}
        />
      </Field>
      <Field id="pays-out" label={t("stored_value.pays_out")}>
        <Choices
          id="pays-out"
          value={value.pays_out}
          choices={(["latest_first", "first_first"] as const).map((choice) => ({
            value: choice,
            label: t(`stored_value.${choice}`),
          }))}
          onChange={(pays_out) => onChange({ pays_out })}
        />
      </Field>
      <Field id="bonus-gone" label={t("stored_value.bonus_gone")}>
        <Choices
          id="bonus-gone"
          value={value.bonus_gone}
          choices={(["kept", "forgiven"] as const).map((choice) => ({
            value: choice,
            label: t(`stored_value.bonus_${choice}`),
          }))}
          onChange={(bonus_gone) => onChange({ bonus_gone })}
        />
      </Field>
    </Section>
  );
}

const BOUNDS = [
  "most_named_minor",
  "most_unnamed_minor",
  "id_from_minor",
  "cash_below_minor",
  "cash_refund_most_minor",
] as const;

function Limits({ value, currency, onChange }: Part) {
  const { t } = useTranslation("terms");
  const { law } = value;
  const change = (next: Partial<Law>) => onChange({ law: { ...law, ...next } });
  return (
    <Section title={t("stored_value.law")} about={t("stored_value.law_about")}>
      {BOUNDS.map((bound) => (
        <Field key={bound} id={bound} label={t(`stored_value.${bound}`)} hint={t(`stored_value.${bound}_hint`)}>
          <Amount
            id={bound}
            minor={law[bound]}
            currency={currency}
            placeholder={t("no_limit")}
            onChange={(minor) => change({ [bound]: minor })}
          />
        </Field>
      ))}
      <Field id="named-needs-id" label="">
        <Checkbox
          id="named-needs-id"
          checked={law.named_needs_id}
          onChange={(event) => change({ named_needs_id: event.target.checked })}
        >
          {t("stored_value.named_needs_id")}
        </Checkbox>
      </Field>
      <Field id="paid-months" label={t("stored_value.paid_months")} hint={t("stored_value.paid_months_hint")}>
        <Whole
          id="paid-months"
          least={36}
          most={600}
          unit={t("months")}
          placeholder={t("for_ever")}
          value={law.paid_months}
          onChange={(paid_months) => change({ paid_months })}
        />
      </Field>
    </Section>
  );
}
