import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { AmountInput } from "@/components/amounts";
import { Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import styles from "./deals.module.css";
import { Add, changed, Field, Line, type PartProps, Small, Whole, WholeField, without } from "./fields";
import { FRESH_STEP, faultAt, type TypedStep } from "./form";

/** The ladder of prices, the time and the stock. */
export function PriceFields({ typed, change, faults, currency, deal }: PartProps) {
  const { t } = useTranslation("deals");
  const { timezone } = useReading();
  const taken = deal ? deal.stock - deal.left : 0;
  return (
    <>
      <Section title={t("part.ladder")} about={t("part.ladder_about")}>
        <div className={styles.rows}>
          {typed.ladder.map((step, at) => {
            const put = (next: Partial<TypedStep>) => change({ ladder: changed(typed.ladder, at, next) });
            return (
              <Line
                // biome-ignore lint/suspicious/noArrayIndexKey: a step has nothing that is its alone while it is typed.
                key={at}
                fault={faultAt(faults, `ladder.${at}`)}
                onRemove={() => change({ ladder: without(typed.ladder, at) })}
              >
                <Small label={t("field.size")}>
                  <Whole value={step.size} min={1} max={200} onChange={(size) => put({ size })} />
                </Small>
                <Small label={t("field.price")}>
                  <AmountInput
                    label={t("field.price")}
                    currency={currency}
                    minor={step.priceMinor}
                    onChange={(priceMinor) => put({ priceMinor })}
                  />
                </Small>
                <Small label={t("field.forms_at")}>
                  <Whole value={step.formsAt} min={1} max={200} onChange={(formsAt) => put({ formsAt })} />
                </Small>
              </Line>
            );
          })}
          {faults.ladder && <p className={styles.fault}>{faults.ladder}</p>}
          <p className={styles.hint}>{t("field.forms_at_hint")}</p>
          {typed.ladder.length < 10 && (
            <Add label={t("field.add_step")} onClick={() => change({ ladder: [...typed.ladder, FRESH_STEP] })} />
          )}
        </div>
      </Section>
      <Section title={t("part.time")}>
        <Field
          id="deal-window"
          label={t("field.window")}
          hint={t("field.window_hint", { timezone })}
          fault={faultAt(faults, "starts_at") ?? faultAt(faults, "ends_at")}
        >
          <DatePicker.RangePicker
            id={{ start: "deal-window", end: "deal-window-end" }}
            className={styles.wide}
            showTime={{ format: "HH:mm" }}
            format="YYYY-MM-DD HH:mm"
            placeholder={[t("field.starts"), t("field.ends")]}
            value={[typed.starts ? dayjs(typed.starts) : null, typed.ends ? dayjs(typed.ends) : null]}
            onChange={(moments) =>
              change({
                starts: moments?.[0]?.format("YYYY-MM-DD HH:mm") ?? null,
                ends: moments?.[1]?.format("YYYY-MM-DD HH:mm") ?? null,
              })
            }
          />
        </Field>
        <WholeField
          id="deal-hours"
          label={t("field.group_hours")}
          unit={t("field.hours_unit")}
          hint={t("field.group_hours_hint")}
          fault={faultAt(faults, "group_hours")}
          value={typed.groupHours}
          max={720}
          onChange={(groupHours) => change({ groupHours })}
        />
        <WholeField
          id="deal-minutes"
          label={t("field.pay_minutes")}
          unit={t("field.minutes_unit")}
          hint={t("field.pay_minutes_hint")}
          fault={faultAt(faults, "pay_minutes")}
          value={typed.payMinutes}
          max={120}
          onChange={(payMinutes) => change({ payMinutes })}
        />
        <WholeField
          id="deal-stock"
          label={t("field.stock")}
          unit={t("field.pieces")}
          hint={taken > 0 && t("field.stock_taken", { taken })}
          fault={faultAt(faults, "stock")}
          value={typed.stock}
          min={taken}
          max={1_000_000_000}
          onChange={(stock) => change({ stock })}
        />
        <WholeField
          id="deal-per-order"
          label={t("field.per_order")}
          unit={t("field.pieces")}
          fault={faultAt(faults, "most_per_order")}
          value={typed.perOrder}
          max={100}
          onChange={(perOrder) => change({ perOrder })}
        />
        <WholeField
          id="deal-per-person"
          label={t("field.per_person")}
          unit={t("field.pieces")}
          hint={t("field.per_person_hint")}
          fault={faultAt(faults, "most_per_person")}
          value={typed.perPerson}
          max={10_000}
          onChange={(perPerson) => change({ perPerson })}
        />
      </Section>
    </>
  );
}
