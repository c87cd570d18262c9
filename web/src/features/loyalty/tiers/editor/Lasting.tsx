import { Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import type { Ladder, Window } from "../api";
import styles from "../tiers.module.css";
import { Field, Whole } from "./fields";

/** Over which time purchases count, how long a tier lasts, and where she goes who does not keep it. */
export function Lasting({ ladder, onChange }: { ladder: Ladder; onChange: (next: Partial<Ladder>) => void }) {
  const { t } = useTranslation("tiers");
  return (
    <>
      <Section title={t("editor.counting")} about={t("editor.counting_about")}>
        <Field label={t("editor.qualify_window")}>
          <WindowPicker value={ladder.qualify_window} onChange={(next) => onChange({ qualify_window: next })} />
        </Field>
        <Field label={t("editor.keep_window")} hint={t("editor.keep_window_hint")}>
          <WindowPicker value={ladder.keep_window} onChange={(next) => onChange({ keep_window: next })} />
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
                onChange(next === "for_ever" ? { falls: false } : { falls: true, kept: next as Ladder["kept"] })
              }
            />
            {ladder.falls && ladder.kept === "months" && (
              <Whole
                label={t("editor.kept_months")}
                value={ladder.kept_months}
                least={1}
                most={120}
                unit={t("editor.months")}
                onChange={(kept_months) => onChange({ kept_months })}
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
                onChange={(grace_days) => onChange({ grace_days })}
              />
            </Field>
            <Field label={t("editor.downgrade")}>
              <Radio.Group
                value={ladder.downgrade}
                options={(["one_step", "to_balance"] as const).map((value) => ({
                  value,
                  label: t(`downgrade.${value}`),
                }))}
                onChange={(event) => onChange({ downgrade: event.target.value as Ladder["downgrade"] })}
              />
            </Field>
          </>
        )}
      </Section>
    </>
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
