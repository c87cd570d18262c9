import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import styles from "./editor.module.css";
import { Amount, Choices, Fault, Field, Figure, type PartProps } from "./fields";
import { BUDGETS_OF, type Budget, MOST_BUDGETS, PERIODS } from "./form";

const PRIORITIES = [100, 0, -100] as const;

/** What becomes of it beside other offers. */
export function TogetherPart({ form, change }: PartProps) {
  const { t } = useTranslation("offer_editor");
  const { priority } = form;
  const usual = PRIORITIES.some((one) => one === priority);
  return (
    <Section title={t("together.title")}>
      <Choices
        id="offer-stands"
        value={form.stands}
        choices={(["with_all", "one_of_group", "alone"] as const).map((value) => ({
          value,
          label: t(`together.${value}`),
          about: t(`together.${value}_about`),
        }))}
        onChange={(stands) => change({ stands })}
      />
      <div className={styles.numbers}>
        {form.stands === "one_of_group" && (
          <Field id="offer-group" label={t("together.group")} hint={t("together.group_hint")} fault="group">
            <Input
              id="offer-group"
              className={styles.wide}
              maxLength={40}
              placeholder={t("together.group_placeholder")}
              value={form.group}
              onChange={(event) => change({ group: event.target.value })}
            />
          </Field>
        )}
        <Field id="offer-priority" label={t("together.priority")} hint={t("together.priority_hint")}>
          <Select
            id="offer-priority"
            className={styles.wide}
            value={priority}
            options={[
              { value: 100, label: t("together.first") },
              { value: 0, label: t("together.usual") },
              { value: -100, label: t("together.last") },
              ...(usual ? [] : [{ value: priority, label: t("together.other", { priority }) }]),
            ]}
            onChange={(next) => change({ priority: next })}
          />
        </Field>
      </div>
    </Section>
  );
}

/** How much it may give away. */
export function BudgetPart({ form, change, currency }: PartProps) {
  const { t } = useTranslation("offer_editor");
  const { budgets } = form;
  const put = (place: number, next: Partial<Budget>) =>
    change({ budgets: budgets.map((budget, at) => (at === place ? { ...budget, ...next } : budget)) });
  return (
    <Section title={t("budget.title")} about={t("budget.about")}>
      <div className={styles.stack}>
        {budgets.map((budget, place) => (
          // A budget is known by its place: what it is of is being typed.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <div key={place} className={styles.thing}>
            <div className={styles.thingHead}>
              <Select
                aria-label={t("budget.of")}
                className={styles.short}
                value={budget.of}
                options={BUDGETS_OF.map((value) => ({ value, label: t(`budget.of_${value}`) }))}
                onChange={(of) => put(place, { of })}
              />
              <Select
                aria-label={t("budget.period")}
                className={styles.short}
                value={budget.period}
                options={PERIODS.map((value) => ({ value, label: t(`budget.period_${value}`) }))}
                onChange={(period) => put(place, { period })}
              />
              <Button
                type="text"
                icon={<DeleteOutlined />}
                aria-label={t("budget.remove", { number: place + 1 })}
                onClick={() => change({ budgets: budgets.filter((_, at) => at !== place) })}
              />
            </div>
            <div className={styles.limits}>
              <span>{t("budget.most")}</span>
              <Figure
                label={t("budget.uses")}
                value={budget.uses}
                most={1_000_000_000}
                unit={t("unit.uses")}
                placeholder={t("no_limit")}
                onChange={(uses) => put(place, { uses })}
              />
              <span>{t("budget.and")}</span>
              <Amount
                label={t("budget.amount")}
                minor={budget.amountMinor}
                currency={currency}
                placeholder={t("no_limit")}
                onChange={(amountMinor) => put(place, { amountMinor: amountMinor || null })}
              />
            </div>
            <Fault of={`budgets.${place}`} />
          </div>
        ))}
        <div>
          <Button
            type="text"
            size="small"
            icon={<PlusOutlined />}
            disabled={budgets.length >= MOST_BUDGETS}
            onClick={() => change({ budgets: [...budgets, nextBudget(budgets)] })}
          >
            {t("budget.add")}
          </Button>
        </div>
        {budgets.length > 0 && (
          <Checkbox checked={form.givenBack} onChange={(event) => change({ givenBack: event.target.checked })}>
            {t("budget.given_back")}
          </Checkbox>
        )}
      </div>
    </Section>
  );
}

/** The first kind of budget that is not there yet. */
function nextBudget(budgets: readonly Budget[]): Budget {
  const free = PERIODS.flatMap((period) => BUDGETS_OF.map((of) => ({ of, period }))).find(
    ({ of, period }) => !budgets.some((budget) => budget.of === of && budget.period === period),
  );
  return { of: free?.of ?? "offer", period: free?.period ?? "ever", uses: null, amountMinor: null };
}

/** By itself, or for who shows a coupon; then what the coupons are like. */
export function CouponPart({ form, change }: PartProps) {
  const { t } = useTranslation("offer_editor");
  return (
    <Section title={t("coupon.title")}>
      <Choices
        id="offer-applies"
        value={form.applies}
        choices={(["automatic", "coupon"] as const).map((value) => ({
          value,
          label: t(`coupon.${value}`),
          about: t(`coupon.${value}_about`),
        }))}
        onChange={(applies) => change({ applies })}
      />
      {form.applies === "coupon" && (
        <div className={styles.numbers}>
          <Field id="offer-days" label={t("coupon.valid_days")} hint={t("coupon.valid_days_hint")} fault="validDays">
            <Figure
              id="offer-days"
              value={form.validDays}
              least={0}
              most={3_650}
              unit={t("unit.days")}
              placeholder={t("coupon.as_long")}
              onChange={(validDays) => change({ validDays })}
            />
          </Field>
          <Field id="offer-uses" label={t("coupon.uses")} fault="uses">
            <Figure
              id="offer-uses"
              value={form.uses}
              most={1_000}
              unit={t("unit.orders")}
              onChange={(uses) => change({ uses })}
            />
          </Field>
          <Field id="offer-transfer" label={t("coupon.transfer")}>
            <Choices
              id="offer-transfer"
              value={form.transfer}
              choices={(["none", "once", "freely"] as const).map((value) => ({
                value,
                label: t(`coupon.transfer_${value}`),
              }))}
              onChange={(transfer) => change({ transfer })}
            />
          </Field>
          <Field id="offer-return" label={t("coupon.on_return")}>
            <Choices
              id="offer-return"
              value={form.onReturn}
              choices={(["stays", "comes_back"] as const).map((value) => ({
                value,
                label: t(`coupon.return_${value}`),
              }))}
              onChange={(onReturn) => change({ onReturn })}
            />
          </Field>
          <Field id="offer-remind" label={t("coupon.remind")} hint={t("coupon.remind_hint")} fault="remindDays">
            <Select
              id="offer-remind"
              className={styles.wide}
              mode="multiple"
              maxCount={5}
              placeholder={t("coupon.remind_never")}
              value={[...form.remindDays]}
              options={[...new Set([1, 2, 3, 5, 7, 14, 30, ...form.remindDays])]
                .sort((one, other) => one - other)
                .map((days) => ({ value: days, label: t("coupon.days_before", { count: days }) }))}
              onChange={(days) => change({ remindDays: [...days].sort((one, other) => other - one) })}
            />
          </Field>
        </div>
      )}
    </Section>
  );
}
