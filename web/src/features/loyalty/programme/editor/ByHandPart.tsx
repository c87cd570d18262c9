import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/layout";
import type { Adjusting } from "../api";
import styles from "../programme.module.css";
import { Amount, Field, freeKey, Whole } from "./fields";

/** What one person may give or take by hand, and the reasons she chooses from. */
export function ByHandPart({
  adjusting,
  currency,
  onChange,
}: {
  adjusting: Adjusting;
  currency: string;
  onChange: (next: Partial<Adjusting>) => void;
}) {
  const { t } = useTranslation("terms");
  const { reasons } = adjusting;
  return (
    <>
      <Section title={t("by_hand.title")} about={t("by_hand.about")}>
        <Field id="alone-points" label={t("by_hand.alone_points")} hint={t("by_hand.alone_hint")}>
          <Whole
            id="alone-points"
            most={1_000_000_000}
            unit={t("points")}
            placeholder={t("no_limit")}
            value={adjusting.alone_points}
            onChange={(alone_points) => onChange({ alone_points })}
          />
        </Field>
        <Field id="alone-minor" label={t("by_hand.alone_minor")}>
          <Amount
            id="alone-minor"
            minor={adjusting.alone_minor}
            currency={currency}
            placeholder={t("no_limit")}
            onChange={(alone_minor) => onChange({ alone_minor })}
          />
        </Field>
        <Field id="alone-uses" label={t("by_hand.alone_uses")}>
          <Whole
            id="alone-uses"
            most={1_000_000}
            unit={t("times")}
            placeholder={t("no_limit")}
            value={adjusting.alone_uses}
            onChange={(alone_uses) => onChange({ alone_uses })}
          />
        </Field>
        <Field id="waits" label={t("by_hand.waits")} hint={t("by_hand.waits_hint")}>
          <Whole
            id="waits"
            least={1}
            most={365}
            unit={t("days")}
            value={adjusting.waits_days}
            onChange={(days) => days && onChange({ waits_days: days })}
          />
        </Field>
      </Section>
      <Section title={t("by_hand.reasons")} about={t("by_hand.reasons_about")}>
        <div className={styles.things}>
          {reasons.map((reason, place) => (
            <div key={reason.key} className={styles.row}>
              <Input
                className={styles.wide}
                value={reason.name}
                maxLength={60}
                aria-label={t("by_hand.reason")}
                onChange={(event) =>
                  onChange({
                    reasons: reasons.map((one, at) => (at === place ? { ...one, name: event.target.value } : one)),
                  })
                }
              />
              <Button
                type="text"
                icon={<DeleteOutlined />}
                disabled={reasons.length === 1}
                aria-label={t("remove", { name: reason.name })}
                onClick={() => onChange({ reasons: reasons.filter((_, at) => at !== place) })}
              />
            </div>
          ))}
        </div>
        <Button
          icon={<PlusOutlined />}
          disabled={reasons.length >= 50}
          onClick={() => onChange({ reasons: [...reasons, { key: freeKey("reason", reasons), name: "" }] })}
        >
          {t("by_hand.add")}
        </Button>
      </Section>
    </>
  );
}
