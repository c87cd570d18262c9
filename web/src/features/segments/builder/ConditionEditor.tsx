import { Select, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Tag } from "@/components/Tag";
import { askedField, type Catalogue, carriedValue, familyOf } from "../catalogue";
import type { DraftCondition, DraftField } from "../draft";
import { useRuleWords } from "../useRuleWords";
import { ActivityCondition } from "./ActivityCondition";
import { BoughtCondition } from "./BoughtCondition";
import styles from "./builder.module.css";
import { offeredOperators } from "./Limits";
import { BucketCondition, ConsentCondition, OtherCondition, SegmentCondition } from "./OtherConditions";
import { SequenceCondition } from "./SequenceCondition";
import { FieldValue } from "./values";

/** The editor of a condition, by its kind. */
export function ConditionEditor({
  condition,
  catalogue,
  self,
  onChange,
}: {
  condition: DraftCondition;
  catalogue: Catalogue;
  self: number | null;
  /** `control` names what was touched. */
  onChange: (condition: DraftCondition, control: string) => void;
}) {
  switch (condition.kind) {
    case "field":
      return <FieldConditionEditor condition={condition} catalogue={catalogue} onChange={onChange} />;
    case "bought":
      return <BoughtCondition bought={condition} catalogue={catalogue} onChange={onChange} />;
    case "happened":
      return <ActivityCondition condition={condition} catalogue={catalogue} onChange={onChange} />;
    case "sequence":
      return <SequenceCondition sequence={condition} catalogue={catalogue} onChange={onChange} />;
    case "segment":
      return <SegmentCondition condition={condition} self={self} onChange={onChange} />;
    case "consent":
      return <ConsentCondition condition={condition} catalogue={catalogue} onChange={onChange} />;
    case "bucket":
      return <BucketCondition condition={condition} onChange={onChange} />;
    case "other":
      return <OtherCondition condition={condition} />;
  }
}

function FieldConditionEditor({
  condition,
  catalogue,
  onChange,
}: {
  condition: DraftField;
  catalogue: Catalogue;
  onChange: (condition: DraftField, control: string) => void;
}) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const field = askedField(catalogue, condition.field);
  if (!field) return <span className={styles.fieldName}>{condition.field}</span>;
  const family = familyOf(field.type);
  return (
    <div className={styles.sentence}>
      <span className={styles.fieldName}>{words.field(field.key)}</span>
      {catalogue.archived.includes(field) && (
        <Tooltip title={t("group.archived_words")} trigger={["hover", "focus"]}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what the tag means is told on focus, too */}
          <span tabIndex={0}>
            <Tag>{t("group.archived")}</Tag>
          </span>
        </Tooltip>
      )}
      {field.ops.length > 1 && (
        <Select
          value={condition.op}
          aria-label={t("group.operator")}
          popupMatchSelectWidth={false}
          options={offeredOperators(field.ops, condition.op, (op) => words.operator(family, op))}
          onChange={(op) =>
            onChange({ ...condition, op, value: carriedValue(family, condition.op, op, condition.value) }, "op")
          }
        />
      )}
      <FieldValue
        field={field}
        op={condition.op}
        value={condition.value}
        onChange={(value) => onChange({ ...condition, value }, "value")}
      />
    </div>
  );
}
