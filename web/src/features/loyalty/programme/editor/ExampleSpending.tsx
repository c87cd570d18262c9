import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useReading } from "@/components/reading";
import { BoneLines } from "@/components/states";
import { currencyExponent, exactMoney } from "@/format/money";
import { calendarDate, dayOf } from "@/format/when";
import { type SpendExample, type Terms, useSpendExample } from "../api";
import styles from "../programme.module.css";
import { Amount, Whole } from "./fields";

/** A member who pays with points, waits, and brings something back: what these terms mean for her, by the server's rules. */
export function ExampleSpending({ terms, currency }: { terms: Terms; currency: string }) {
  const { t } = useTranslation("terms");
  const unit = 10 ** currencyExponent(currency);
  const [amount, setAmount] = useState(128 * unit);
  const [balance, setBalance] = useState(1_280);
  const [gone, setGone] = useState(128);
  const [placedAt] = useState(() => new Date().toISOString());
  const { spending, lapse, returns } = useDeferredValue(terms);
  const example = useSpendExample({
    spending,
    lapse,
    returns,
    net_minor: amount,
    balance,
    gone_points: gone,
    placed_at: placedAt,
  });
  return (
    <section className={styles.example}>
      <h2>{t("example.title")}</h2>
      <p className={styles.hint}>{t("example.about")}</p>
      <div className={styles.inputs}>
        <div className={styles.input}>
          <label htmlFor="spend-amount">{t("example.amount")}</label>
          <Amount id="spend-amount" minor={amount} currency={currency} onChange={(minor) => setAmount(minor ?? 0)} />
        </div>
        <div className={styles.input}>
          <label htmlFor="spend-balance">{t("example.balance")}</label>
          <Whole
            id="spend-balance"
            most={1_000_000_000}
            unit={t("points")}
            value={balance}
            onChange={(points) => setBalance(points ?? 0)}
          />
        </div>
        <div className={styles.input}>
          <label htmlFor="spend-gone">{t("example.gone")}</label>
          <Whole
            id="spend-gone"
            most={1_000_000_000}
            unit={t("points")}
            value={gone}
            onChange={(points) => setGone(points ?? 0)}
          />
        </div>
      </div>
      <div aria-live="polite">
        {example.error ? (
          <p className={styles.hint}>{t("example.faulty")}</p>
        ) : example.data ? (
          <Means found={example.data} currency={currency} goneAsked={gone} />
        ) : (
          <BoneLines lines={3} />
        )}
      </div>
    </section>
  );
}

function Means({ found, currency, goneAsked }: { found: SpendExample; currency: string; goneAsked: number }) {
  const { t } = useTranslation("terms");
  const { language, timezone, currency: homeCurrency } = useReading();
  const money = (amount_minor: number) => exactMoney({ amount_minor, currency }, { language, homeCurrency });
  const lastDay = found.expires_at === null ? null : new Date(new Date(found.expires_at).getTime() - 1);
  const sentences = [
    t("example.worth", { amount: money(found.balance_minor) }),
    lastDay === null ? t("example.never") : t("example.expires", { day: dayOf(lastDay, { timezone, language }) }),
    ...(found.warned_on === null ? [] : [t("example.warned", { day: calendarDate(found.warned_on, language) })]),
    ...(goneAsked === 0
      ? []
      : [t(`example.gone_${found.gone}`, { points: found.owed || goneAsked, amount: money(found.charged_minor) })]),
  ];
  return (
    <>
      <p className={styles.earns}>
        {found.usable > 0
          ? t("example.pays", { points: found.usable, amount: money(found.pays_minor) })
          : t("example.pays_nothing")}
      </p>
      <ul className={styles.why}>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}
