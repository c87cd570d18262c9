import { Input, InputNumber, Select, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { useDebounced } from "@/components/useDebounced";
import { exactCount } from "@/format/count";
import { useSegment, useSegments } from "../api";
import type { Catalogue } from "../catalogue";
import type { DraftBucket, DraftConsent, DraftOther, DraftSegment } from "../draft";
import { RuleSentence } from "../RuleSentence";
import { useNamed } from "../useRuleWords";
import styles from "./builder.module.css";

interface Editing<T> {
  readonly condition: T;
  readonly onChange: (condition: T, control: string) => void;
}

/** Those whom another segment's rule finds. */
export function SegmentCondition({
  condition,
  self,
  onChange,
}: Editing<DraftSegment> & {
  /** The segment whose rule is edited: it cannot be part of itself. */
  self: number | null;
}) {
  const { t } = useTranslation("segments");
  const { language } = useReading();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const q = useDebounced(typed.trim(), 200);
  const found = useSegments({ q, cursor: "" }, open);
  const chosen = useSegment(condition.segment).data;
  const listed = (found.data?.items ?? []).filter(({ id }) => id !== self);
  const all = chosen && !listed.some(({ id }) => id === chosen.id) && q === "" ? [chosen, ...listed] : listed;
  const options = all.map(({ id, name, count }) => ({ value: id, label: name, count }));
  return (
    <div className={styles.sentence}>
      <span className={styles.fieldName}>{t("inside.segment")}</span>
      <Select
        className={styles.picked}
        value={condition.segment}
        placeholder={t("inside.choose")}
        aria-label={t("inside.which")}
        showSearch={{ filterOption: false, onSearch: setTyped, searchValue: typed }}
        popupMatchSelectWidth={false}
        onOpenChange={setOpen}
        loading={found.isFetching && open}
        notFoundContent={found.isPending ? t("value.loading") : t("value.none_found")}
        options={options}
        optionRender={(option) => (
          <span className={styles.option}>
            <span>{option.label}</span>
            {option.data.count !== null && (
              <span className={styles.optionCount}>{exactCount(option.data.count, language)}</span>
            )}
          </span>
        )}
        onChange={(segment: number) => {
          setTyped("");
          onChange({ ...condition, segment }, "segment");
        }}
      />
    </div>
  );
}

/** Those who may be written to: consent, an address, not suppressed. */
export function ConsentCondition({ condition, catalogue, onChange }: Editing<DraftConsent> & { catalogue: Catalogue }) {
  const { t } = useTranslation("segments");
  const named = useNamed();
  const choices = (all: Catalogue["channels"]) => all.map(({ value, words }) => ({ value, label: named(words) }));
  return (
    <div className={styles.sentence}>
      <Tooltip title={t("reach.about")}>
        <span className={styles.fieldName}>{t("reach.may")}</span>
      </Tooltip>
      <Select
        value={condition.channel}
        aria-label={t("reach.channel")}
        popupMatchSelectWidth={false}
        options={choices(catalogue.channels)}
        onChange={(channel: string) => onChange({ ...condition, channel }, "channel")}
      />
      <span className={styles.quiet}>{t("reach.for")}</span>
      <Select
        value={condition.purpose}
        aria-label={t("reach.purpose")}
        popupMatchSelectWidth={false}
        options={choices(catalogue.purposes)}
        onChange={(purpose: string) => onChange({ ...condition, purpose }, "purpose")}
      />
    </div>
  );
}

/** A random share, the same people each time. */
export function BucketCondition({ condition, onChange }: Editing<DraftBucket>) {
  const { t } = useTranslation("segments");
  const percent = (key: "from" | "to") => (
    <InputNumber
      className={styles.number}
      value={condition[key]}
      aria-label={t(`bucket.${key}`)}
      controls={false}
      min={0}
      max={100}
      precision={2}
      suffix="%"
      formatter={(value) => (value === undefined ? "" : String(Number(value)))}
      onChange={(next) => onChange({ ...condition, [key]: typeof next === "number" ? next : null }, key)}
    />
  );
  return (
    <div className={styles.sentence}>
      <Tooltip title={t("bucket.about")}>
        <span className={styles.fieldName}>{t("bucket.split")}</span>
      </Tooltip>
      <Input
        className={styles.text}
        value={condition.salt}
        aria-label={t("bucket.salt")}
        placeholder={t("bucket.salt_placeholder")}
        maxLength={60}
        onChange={(event) => onChange({ ...condition, salt: event.target.value }, "salt")}
      />
      {percent("from")}
      <span className={styles.quiet}>{t("joint.to")}</span>
      {percent("to")}
    </div>
  );
}

/** What this page has no editor for, in words; it stays as it is. */
export function OtherCondition({ condition }: { condition: DraftOther }) {
  const { t } = useTranslation("segments");
  return (
    <Tooltip title={t("group.kept")}>
      <span className={styles.fieldName}>
        <RuleSentence rule={{ version: 1, as_of: null, root: condition.node }} />
      </span>
    </Tooltip>
  );
}
