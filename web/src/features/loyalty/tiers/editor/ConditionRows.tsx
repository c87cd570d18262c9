import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, InputNumber, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { currencySign } from "@/format/money";
import { type Match, METRICS, type Metric, type Threshold, type Tier } from "../api";
import { shownAmount, typedAmount } from "../ladder";
import styles from "../tiers.module.css";

/** What has to be reached: thresholds, one of which suffices or all of which are asked. */
export function ConditionRows({
  condition,
  currency,
  onChange,
}: {
  condition: Tier["qualify"];
  currency: string;
  onChange: (condition: Tier["qualify"]) => void;
}) {
  const { t } = useTranslation("tiers");
  const { thresholds, match } = condition;
  const free = METRICS.filter((metric) => !thresholds.some((threshold) => threshold.metric === metric));
  const put = (at: number, next: Threshold) =>
    onChange({ match, thresholds: thresholds.map((threshold, index) => (index === at ? next : threshold)) });
  return (
    <div>
      {thresholds.map((threshold, at) => (
        <div key={threshold.metric} className={styles.row}>
          <Select<Metric>
            className={styles.short}
            aria-label={t("editor.metric")}
            value={threshold.metric}
            options={[threshold.metric, ...free].map((value) => ({ value, label: t(`metric.${value}`) }))}
            onChange={(metric) => put(at, { metric, at_least: metric === "net" ? 100_000 : 10 })}
          />
          <Amount threshold={threshold} currency={currency} onChange={(next) => put(at, next)} />
          <Button
            type="text"
            icon={<DeleteOutlined />}
            aria-label={t("editor.remove_threshold")}
            onClick={() => onChange({ match, thresholds: thresholds.filter((_, index) => index !== at) })}
          />
        </div>
      ))}
      <div className={styles.row}>
        {free.length > 0 && (
          <Button
            size="small"
            type="link"
            icon={<PlusOutlined />}
            onClick={() => {
              const metric = free[0] as Metric;
              onChange({ match, thresholds: [...thresholds, { metric, at_least: metric === "net" ? 100_000 : 10 }] });
            }}
          >
            {t("editor.add_threshold")}
          </Button>
        )}
        {thresholds.length > 1 && (
          <Radio.Group
            size="small"
            value={match}
            options={(["any", "all"] as const).map((value) => ({ value, label: t(`match.${value}`) }))}
            onChange={(event) => onChange({ thresholds, match: event.target.value as Match })}
          />
        )}
      </div>
    </div>
  );
}

function Amount({
  threshold,
  currency,
  onChange,
}: {
  threshold: Threshold;
  currency: string;
  onChange: (threshold: Threshold) => void;
}) {
  const { t } = useTranslation("tiers");
  const { language, currency: homeCurrency } = useReading();
  const { metric, at_least } = threshold;
  return (
    <InputNumber<string>
      stringMode
      controls={false}
      className={styles.short}
      aria-label={t("editor.at_least")}
      min={metric === "net" ? "0.01" : "1"}
      precision={metric === "net" ? undefined : 0}
      prefix={metric === "net" ? currencySign(currency, { language, homeCurrency }) : undefined}
      suffix={metric === "net" ? undefined : t(`unit.${metric}`)}
      value={shownAmount(metric, at_least, currency)}
      onChange={(text) => {
        const amount = typedAmount(metric, String(text ?? ""), currency);
        if (amount !== null && amount > 0) onChange({ metric, at_least: amount });
      }}
    />
  );
}
