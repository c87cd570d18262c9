import { DeleteOutlined } from "@ant-design/icons";
import { Button, ColorPicker, Input, InputNumber, Radio } from "antd";
import { useTranslation } from "react-i18next";
import type { Tier } from "../api";
import styles from "../tiers.module.css";
import { ConditionRows } from "./ConditionRows";
import { Field, Texts } from "./fields";

/** One tier: its name, what leads to it, what keeps it, what it gives. */
export function StepCard({
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
