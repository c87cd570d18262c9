import { Checkbox, DatePicker, Select } from "antd";
import dayjs from "dayjs";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { OneProduct } from "@/components/goods";
import { useReading } from "@/components/reading";
import { BoneLines } from "@/components/states";
import { currencyExponent, exactMoney } from "@/format/money";
import { dateAndTime, wallTimeToInstant } from "@/format/when";
import { type Earned, type Earning, useExample } from "../api";
import styles from "../programme.module.css";
import { CHANNELS, times } from "../words";
import { Amount } from "./fields";

/** A purchase to try the rule on, judged by the server as a till's would be. */
export function ExamplePurchase({
  earning,
  tiers,
  currency,
}: {
  earning: Earning;
  tiers: readonly { value: string; label: string }[];
  currency: string;
}) {
  const { t } = useTranslation("programme");
  const { timezone } = useReading();
  const [amount, setAmount] = useState(128 * 10 ** currencyExponent(currency));
  const [tier, setTier] = useState<string | null>(tiers.at(-1)?.value ?? null);
  const [birthday, setBirthday] = useState(true);
  const [channel, setChannel] = useState<(typeof CHANNELS)[number]>("pos");
  const [at, setAt] = useState(() => dayjs().format("YYYY-MM-DDTHH:mm"));
  const [points, setPoints] = useState(0);
  const [product, setProduct] = useState<number | null>(null);
  const rule = useDeferredValue(earning);
  const example = useExample({
    earning: rule,
    placed_at: wallTimeToInstant(at, timezone),
    channel,
    lines: [{ net_minor: amount, product_id: product, is_discounted: false }],
    tenders: points > 0 ? { points: Math.min(points, amount) } : {},
    tier,
    born_on: birthday ? `1990${at.slice(4, 10)}` : null,
    day_points: 0,
    month_points: 0,
  });
  return (
    <section className={styles.example}>
      <h2>{t("example.title")}</h2>
      <p className={styles.hint}>{t("example.about")}</p>
      <div className={styles.inputs}>
        <div className={styles.input}>
          <label htmlFor="example-amount">{t("example.amount")}</label>
          <Amount id="example-amount" minor={amount} currency={currency} onChange={(minor) => setAmount(minor ?? 0)} />
        </div>
        <div className={styles.input}>
          <label htmlFor="example-product">{t("example.product")}</label>
          <OneProduct
            id="example-product"
            placeholder={t("example.any_product")}
            value={product}
            onChange={(chosen) => setProduct(chosen?.id ?? null)}
          />
        </div>
        {tiers.length > 0 && (
          <div className={styles.input}>
            <label htmlFor="example-tier">{t("example.tier")}</label>
            <Select
              id="example-tier"
              value={tier ?? ""}
              options={[{ value: "", label: t("example.no_tier") }, ...tiers]}
              onChange={(chosen) => setTier(chosen === "" ? null : chosen)}
            />
          </div>
        )}
        <div className={styles.input}>
          <label htmlFor="example-channel">{t("example.channel")}</label>
          <Select
            id="example-channel"
            value={channel}
            options={CHANNELS.map((value) => ({ value, label: t(`channel.${value}`) }))}
            onChange={setChannel}
          />
        </div>
        <div className={styles.input}>
          <label htmlFor="example-at">{t("example.at")}</label>
          <DatePicker
            id="example-at"
            showTime={{ format: "HH:mm" }}
            allowClear={false}
            value={dayjs(at)}
            onChange={(chosen) => chosen && setAt(chosen.format("YYYY-MM-DDTHH:mm"))}
          />
        </div>
        <div className={styles.input}>
          <label htmlFor="example-points">{t("example.paid_points")}</label>
          <Amount
            id="example-points"
            minor={points || null}
            currency={currency}
            onChange={(minor) => setPoints(minor ?? 0)}
          />
        </div>
        <Checkbox checked={birthday} onChange={(event) => setBirthday(event.target.checked)}>
          {t("example.birthday")}
        </Checkbox>
      </div>
      <div aria-live="polite">
        {example.error ? (
          <p className={styles.hint}>{t("example.faulty")}</p>
        ) : example.data ? (
          <Why earned={example.data} currency={currency} placedAt={wallTimeToInstant(at, timezone)} />
        ) : (
          <BoneLines lines={3} />
        )}
      </div>
    </section>
  );
}

function Why({ earned, currency, placedAt }: { earned: Earned; currency: string; placedAt: string }) {
  const { t } = useTranslation("programme");
  const { language, timezone, currency: homeCurrency } = useReading();
  const money = (amount_minor: number) => exactMoney({ amount_minor, currency }, { language, homeCurrency });
  const [line] = earned.lines;
  const named = (number: number) => earned.rules.find(({ rule }) => rule === number);
  const rule = (number: number, words: "example.rule" | "example.outdone") => {
    const found = named(number);
    return found ? t(words, { name: found.name, factor: times(found.factor_bp) }) : "";
  };
  const matures = new Date(earned.matures_at);
  const reasons = [
    ...(line?.excluded ? [t(`example.excluded.${line.excluded as "channel"}`)] : []),
    ...(earned.least_spend_minor === null ? [] : [t("example.least", { amount: money(earned.least_spend_minor) })]),
    ...Object.entries(earned.not_counted).map(([tender, amount]) =>
      t("example.not_counted", { tender: t(`tender.${tender as "points"}`), amount: money(amount) }),
    ),
    t("example.counted", { amount: money(earned.counted_minor) }),
    ...(line?.rules ?? []).map((number) => rule(number, "example.rule")),
    ...(line?.outdone ?? []).map((number) => rule(number, "example.outdone")),
    ...(line && (line.rules.length > 1 || line.factor_limited)
      ? [t(line.factor_limited ? "example.factor_limited" : "example.factor", { factor: line.factor })]
      : []),
    ...earned.cuts.map(({ cap, points }) => t(`example.cut.${cap as "order"}`, { points })),
    matures > new Date(placedAt)
      ? t("example.matures", { at: dateAndTime(matures, { timezone, language }) })
      : t("example.at_once"),
  ];
  return (
    <>
      <p className={styles.earns}>{t("example.earns", { points: earned.points })}</p>
      <ul className={styles.why}>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </>
  );
}
