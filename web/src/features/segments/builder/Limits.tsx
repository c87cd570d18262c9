import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Dropdown, Select } from "antd";
import { useTranslation } from "react-i18next";
import { type Operator, PROPERTY, type StepKind, type Where } from "@/api/rule";
import { useReading } from "@/components/reading";
import { useCurrencies } from "../api";
import {
  type CatalogueField,
  carriedValue,
  familyOf,
  firstValue,
  isNumberOperator,
  limitField,
  newWhere,
} from "../catalogue";
import { useRuleWords } from "../useRuleWords";
import styles from "./builder.module.css";
import { FieldValue, PickedValues } from "./values";

/** Only these products, stores, events: what a purchase or an activity is limited to. */
export function Limits({
  kind,
  where,
  limits,
  hasProperties = false,
  currency,
  onChange,
}: {
  kind: StepKind;
  where: readonly Where[];
  limits: readonly CatalogueField[];
  /** Whether free properties can be asked for. */
  hasProperties?: boolean;
  currency?: string;
  onChange: (where: readonly Where[], control: string) => void;
}) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const change = (place: number, one: Where, control: string) =>
    onChange(
      where.map((before, at) => (at === place ? one : before)),
      `where.${place}.${control}`,
    );
  const free = limits.filter(({ key }) => !where.some((one) => one.field === key));
  const offered = [
    ...free.map((field) => ({ key: field.key, label: words.field(`${kind}.${field.key}`) })),
    ...(hasProperties ? [{ key: PROPERTY, label: t("limit.property") }] : []),
  ];
  return (
    <div className={styles.narrowing}>
      {where.map((one, place) => {
        const field = limitField(kind, limits, one);
        if (!field) return null;
        const isProperty = one.field.startsWith(PROPERTY);
        const family = familyOf(field.type);
        const operators = isProperty
          ? propertyOperators(field.ops, one.op, words.operator)
          : offeredOperators(field.ops, one.op, (op) => words.operator(family, op));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: limits do not change places, and one may be asked twice.
          <div key={place} className={styles.where}>
            <span className={styles.quiet}>{t("bought.where")}</span>
            {isProperty ? (
              <PropertyName
                kind={kind}
                value={one.field}
                onChange={(name) => change(place, { ...one, field: name, value: firstValue("text", one.op) }, "name")}
              />
            ) : (
              <span className={styles.whereName}>{words.field(field.key)}</span>
            )}
            {operators.length > 1 && (
              <Select
                value={one.op}
                aria-label={t("group.operator")}
                popupMatchSelectWidth={false}
                options={operators}
                onChange={(op) =>
                  change(
                    place,
                    {
                      ...one,
                      op,
                      value:
                        isProperty && isNumberOperator(op) !== isNumberOperator(one.op)
                          ? firstValue(isNumberOperator(op) ? "number" : "text", op)
                          : carriedValue(family, one.op, op, one.value),
                    },
                    "op",
                  )
                }
              />
            )}
            {one.field !== PROPERTY && (
              <FieldValue
                field={field}
                op={one.op}
                value={one.value}
                currency={currency}
                onChange={(value) => change(place, { ...one, value }, "value")}
              />
            )}
            <Button
              type="text"
              size="small"
              icon={<CloseOutlined />}
              aria-label={t("bought.remove_where")}
              onClick={() =>
                onChange(
                  where.filter((_, at) => at !== place),
                  "where",
                )
              }
            />
          </div>
        );
      })}
      {offered.length > 0 && (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: offered,
            onClick: ({ key }) => {
              const field = free.find((one) => one.key === key);
              const fresh = field ? newWhere(field) : { field: PROPERTY, op: "in" as const, value: [] };
              onChange([...where, fresh], "where");
            },
          }}
        >
          <Button type="text" size="small" className={styles.narrow} icon={<PlusOutlined />}>
            {where.length > 0 ? t("bought.where_add") : t(kind === "bought" ? "bought.add_where" : "limit.add")}
          </Button>
        </Dropdown>
      )}
    </div>
  );
}

/** The name of a free property, chosen from those that events have had. */
export function PropertyName({
  kind,
  value,
  onChange,
}: {
  kind: StepKind;
  value: string;
  onChange: (field: string) => void;
}) {
  const { t } = useTranslation("segments");
  const names = { key: `${kind}.properties`, type: "text", ops: [], group: kind, value_kind: "text" } as const;
  return (
    <PickedValues
      field={names}
      many={false}
      className={styles.propertyName}
      label={t("limit.property")}
      placeholder={t("limit.property_choose")}
      value={value.slice(PROPERTY.length) || null}
      onChange={(name) => onChange(PROPERTY + (typeof name === "string" ? name : ""))}
    />
  );
}

/** How a property is compared: as the text or as the number it is; nothing says beforehand which. */
function propertyOperators(
  ops: readonly Operator[],
  current: Operator,
  label: (family: "text" | "number", op: Operator) => string,
): { value: Operator; label: string }[] {
  const all = ops.includes(current) ? ops : [current, ...ops];
  return all.map((op) => ({ value: op, label: label(isNumberOperator(op) ? "number" : "text", op) }));
}

/** Operators to choose from. Where two read the same (`in`, `eq`), the one in use stays, else the one that takes several. */
export function offeredOperators(
  ops: readonly Operator[],
  current: Operator,
  label: (op: Operator) => string,
): { value: Operator; label: string }[] {
  const byLabel = new Map<string, Operator>();
  for (const op of ops) {
    const known = byLabel.get(label(op));
    if (known === undefined || op === current || (known !== current && (op === "in" || op === "not_in"))) {
      byLabel.set(label(op), op);
    }
  }
  return [...byLabel].map(([text, value]) => ({ value, label: text }));
}

/** Which money is meant. Amounts of different currencies are never added, so it is asked where there are several. */
export function CurrencyChoice({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (currency: string) => void;
}) {
  const { t } = useTranslation("segments");
  const { currency: home } = useReading();
  const known = useCurrencies();
  const choices = [...new Set([home, ...(value ? [value] : []), ...(known.data ?? [])])];
  if (choices.length < 2) return null;
  return (
    <Select
      value={value ?? home}
      aria-label={t("bought.currency")}
      popupMatchSelectWidth={false}
      options={choices.map((code) => ({ value: code, label: code }))}
      onChange={onChange}
    />
  );
}
