import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined, DeleteOutlined } from "@ant-design/icons";
import { Button, DatePicker, Dropdown, Input, InputNumber, Select, TimePicker } from "antd";
import dayjs from "dayjs";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type GoodsKind, GoodsPicker } from "@/components/goods";
import type { Multiplier } from "../api";
import styles from "../programme.module.css";
import { CHANNELS, clockOf, minuteOf, WEEKDAYS } from "../words";

const CONDITIONS = [
  "tiers",
  "birthday",
  "category_ids",
  "product_ids",
  "brand_ids",
  "store_ids",
  "channels",
  "weekdays",
  "hours",
  "days",
] as const;
type Condition = (typeof CONDITIONS)[number];
const GOODS = {
  category_ids: "categories",
  product_ids: "products",
  brand_ids: "brands",
  store_ids: "stores",
} as const satisfies Partial<Record<Condition, GoodsKind>>;

/** One rule that multiplies: a name, a factor, and the conditions that must all hold. */
export function MultiplierRule({
  number,
  rule,
  tiers,
  onChange,
  onRemove,
  onUp,
  onDown,
}: {
  number: number;
  rule: Multiplier;
  tiers: readonly { value: string; label: string }[];
  onChange: (rule: Multiplier) => void;
  onRemove: () => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
}) {
  const { t } = useTranslation("programme");
  // Chosen to be filled in: an empty condition is none, and would vanish while it is typed.
  const [begun, setBegun] = useState<readonly Condition[]>([]);
  const shown = CONDITIONS.filter((name) => begun.includes(name) || isGiven(rule, name));
  const change = (next: Partial<Multiplier>) => onChange({ ...rule, ...next });
  const drop = (name: Condition) => {
    setBegun(begun.filter((other) => other !== name));
    change(withoutCondition(name));
  };
  return (
    <fieldset className={styles.rule} aria-label={t("editor.rule", { number })}>
      <div className={styles.ruleHead}>
        <Input
          value={rule.name}
          maxLength={60}
          aria-label={t("editor.name")}
          placeholder={t("editor.name_example")}
          onChange={(event) => change({ name: event.target.value })}
        />
        <InputNumber
          className={styles.short}
          min={0}
          max={100}
          step={0.5}
          aria-label={t("editor.factor")}
          suffix={t("editor.times")}
          value={rule.factor_bp / 10_000}
          onChange={(factor) => change({ factor_bp: Math.round((factor ?? 0) * 10_000) })}
        />
        <Button type="text" icon={<ArrowUpOutlined />} disabled={!onUp} aria-label={t("editor.up")} onClick={onUp} />
        <Button
          type="text"
          icon={<ArrowDownOutlined />}
          disabled={!onDown}
          aria-label={t("editor.down")}
          onClick={onDown}
        />
        <Button type="text" icon={<DeleteOutlined />} aria-label={t("editor.remove")} onClick={onRemove} />
      </div>
      <div className={styles.conditions}>
        {shown.map((name) => (
          <div key={name} className={styles.condition}>
            <span>{t(`condition.${name}`)}</span>
            <ConditionValue name={name} rule={rule} tiers={tiers} onChange={change} />
            <Button
              type="text"
              size="small"
              icon={<CloseOutlined />}
              aria-label={t("condition.remove", { name: t(`condition.${name}`) })}
              onClick={() => drop(name)}
            />
          </div>
        ))}
        <Dropdown
          trigger={["click"]}
          menu={{
            items: CONDITIONS.filter((name) => !shown.includes(name)).map((name) => ({
              key: name,
              label: t(`condition.${name}`),
            })),
            onClick: ({ key }) => setBegun([...begun, key as Condition]),
          }}
        >
          <Button type="dashed" size="small" className={styles.short}>
            {t("editor.condition")}
          </Button>
        </Dropdown>
      </div>
    </fieldset>
  );
}

function ConditionValue({
  name,
  rule,
  tiers,
  onChange,
}: {
  name: Condition;
  rule: Multiplier;
  tiers: readonly { value: string; label: string }[];
  onChange: (next: Partial<Multiplier>) => void;
}): ReactNode {
  const { t } = useTranslation("programme");
  const label = t(`condition.${name}`);
  switch (name) {
    case "tiers":
      return (
        <Select
          mode="multiple"
          aria-label={label}
          value={rule.tiers}
          options={[...tiers]}
          onChange={(chosen) => onChange({ tiers: chosen })}
        />
      );
    case "category_ids":
    case "product_ids":
    case "brand_ids":
    case "store_ids":
      return (
        <GoodsPicker
          kind={GOODS[name]}
          label={label}
          value={rule[name]}
          onChange={(ids) => onChange({ [name]: ids })}
        />
      );
    case "channels":
      return (
        <Select
          mode="multiple"
          aria-label={label}
          value={rule.channels}
          options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
          onChange={(channels) => onChange({ channels })}
        />
      );
    case "weekdays":
      return (
        <Select
          mode="multiple"
          aria-label={label}
          value={rule.weekdays}
          options={WEEKDAYS.map((name, place) => ({ value: place + 1, label: t(`weekday.${name}`) }))}
          onChange={(weekdays) => onChange({ weekdays: [...weekdays].sort() })}
        />
      );
    case "birthday":
      return (
        <Select
          aria-label={label}
          value={rule.birthday}
          options={(["day", "week", "month"] as const).map((value) => ({
            value,
            label: t(`condition.birthday_${value}`),
          }))}
          onChange={(birthday) => onChange({ birthday })}
        />
      );
    case "hours":
      return (
        <div className={styles.row}>
          <TimePicker.RangePicker
            order={false}
            format="HH:mm"
            minuteStep={5}
            placeholder={[t("condition.hours_from"), t("condition.hours_until")]}
            value={
              rule.hours
                ? [
                    dayjs(`2000-01-01T${clockOf(rule.hours.from_minute)}`),
                    dayjs(`2000-01-01T${clockOf(rule.hours.until_minute)}`),
                  ]
                : null
            }
            onChange={(window) =>
              onChange({
                hours:
                  window?.[0] && window[1]
                    ? {
                        from_minute: minuteOf(window[0].format("HH:mm")),
                        until_minute: minuteOf(window[1].format("HH:mm")),
                      }
                    : null,
              })
            }
          />
          {rule.hours && rule.hours.until_minute < rule.hours.from_minute && (
            <span className={styles.soft}>{t("condition.over_midnight")}</span>
          )}
        </div>
      );
    case "days":
      return (
        <DatePicker.RangePicker
          allowEmpty={[true, true]}
          value={[rule.first_on ? dayjs(rule.first_on) : null, rule.last_on ? dayjs(rule.last_on) : null]}
          onChange={(days) =>
            onChange({
              first_on: days?.[0]?.format("YYYY-MM-DD") ?? null,
              last_on: days?.[1]?.format("YYYY-MM-DD") ?? null,
            })
          }
        />
      );
  }
}

function isGiven(rule: Multiplier, name: Condition): boolean {
  if (name === "days") return rule.first_on !== null || rule.last_on !== null;
  const value = rule[name];
  return Array.isArray(value) ? value.length > 0 : value !== null;
}

function withoutCondition(name: Condition): Partial<Multiplier> {
  if (name === "days") return { first_on: null, last_on: null };
  if (name === "hours" || name === "birthday") return { [name]: null };
  return { [name]: [] };
}
