import { Checkbox, Select } from "antd";
import { useTranslation } from "react-i18next";
import { GoodsPicker } from "@/components/goods";
import { Section } from "@/components/layout";
import type { Ladder } from "../api";
import styles from "../tiers.module.css";
import { Field } from "./fields";

/** What the discount of a tier leaves out. */
export function Discount({ ladder, onChange }: { ladder: Ladder; onChange: (next: Partial<Ladder>) => void }) {
  const { t } = useTranslation("tiers");
  const scope = (next: Partial<Ladder["discount"]>) => onChange({ discount: { ...ladder.discount, ...next } });
  return (
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
          onChange={(except_skus) => scope({ except_skus })}
        />
      </Field>
      {(["category", "brand"] as const).map((kind) => (
        <Field key={kind} label={t(`editor.except_${kind}`)}>
          <GoodsPicker
            kind={kind === "category" ? "categories" : "brands"}
            className={styles.full}
            label={t(`editor.except_${kind}`)}
            placeholder={t("editor.except_none")}
            value={ladder.discount[`except_${kind}_ids`]}
            onChange={(ids) => scope({ [`except_${kind}_ids`]: ids })}
          />
        </Field>
      ))}
      <Field label="">
        <Checkbox
          checked={ladder.discount.on_reduced}
          onChange={(event) => scope({ on_reduced: event.target.checked })}
        >
          {t("editor.on_reduced")}
        </Checkbox>
      </Field>
    </Section>
  );
}
