import { CheckCircleFilled, CloseOutlined, InfoCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, InputNumber } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Money } from "@/components/figures";
import { useNow, useReading } from "@/components/reading";
import { currencyExponent, currencySign, decimalToMinor, exactMoney, minorToDecimal } from "@/format/money";
import type { OfferTerms } from "./api";
import styles from "./offers.module.css";
import { type CartLine, evaluateCart, type Verdict } from "./terms";

interface Item extends CartLine {
  readonly key: number;
}

/** A cart to try the offer on, counted as a till would. */
export function ExampleCart({ terms, currency }: { terms: OfferTerms; currency: string }) {
  const { t } = useTranslation("offers");
  const { language, currency: homeCurrency } = useReading();
  const now = useNow();
  const exponent = currencyExponent(currency);
  const [items, setItems] = useState<readonly Item[]>([
    { key: 1, price_minor: 128 * 10 ** exponent, quantity: 1 },
    { key: 2, price_minor: 45 * 10 ** exponent, quantity: 2 },
  ]);
  const change = (key: number, next: Partial<Item>) =>
    setItems(items.map((item) => (item.key === key ? { ...item, ...next } : item)));
  const { subtotal_minor, discount_minor, pay_minor, verdict } = evaluateCart(
    items,
    {
      percent_bp: terms.percent_bp,
      min_spend_minor: terms.min_spend?.amount_minor ?? 0,
      starts_at: terms.starts_at,
      ends_at: terms.ends_at,
    },
    now,
  );
  const money = (amount_minor: number) => exactMoney({ amount_minor, currency }, { language, homeCurrency });
  return (
    <section className={styles.cart}>
      <h2 className={styles.cartTitle}>{t("cart.title")}</h2>
      <p className={styles.hint}>{t("cart.about")}</p>
      <ul className={styles.items}>
        {items.map((item, place) => (
          <li key={item.key} className={styles.item}>
            <span className={styles.itemName}>{t("cart.item", { number: place + 1 })}</span>
            <InputNumber<string>
              stringMode
              size="small"
              controls={false}
              min="0"
              className={styles.price}
              aria-label={`${t("cart.item", { number: place + 1 })} ${t("cart.price")}`}
              prefix={currencySign(currency, { language, homeCurrency })}
              value={minorToDecimal(item.price_minor, exponent)}
              onChange={(text) => change(item.key, { price_minor: decimalToMinor(String(text ?? "0"), currency) ?? 0 })}
            />
            <InputNumber
              size="small"
              min={1}
              max={999}
              precision={0}
              className={styles.quantity}
              aria-label={`${t("cart.item", { number: place + 1 })} ${t("cart.quantity")}`}
              prefix="×"
              value={item.quantity}
              onChange={(quantity) => change(item.key, { quantity: quantity ?? 1 })}
            />
            <Button
              type="text"
              size="small"
              icon={<CloseOutlined />}
              disabled={items.length === 1}
              aria-label={t("cart.remove", { number: place + 1 })}
              onClick={() => setItems(items.filter(({ key }) => key !== item.key))}
            />
          </li>
        ))}
      </ul>
      <Button
        type="text"
        size="small"
        icon={<PlusOutlined />}
        disabled={items.length >= 6}
        onClick={() =>
          setItems([
            ...items,
            { key: Math.max(...items.map(({ key }) => key)) + 1, price_minor: 60 * 10 ** exponent, quantity: 1 },
          ])
        }
      >
        {t("cart.add")}
      </Button>
      <dl className={styles.sums}>
        <div>
          <dt>{t("cart.subtotal")}</dt>
          <dd>
            <Money minor={subtotal_minor} currency={currency} />
          </dd>
        </div>
        <div data-tone={discount_minor > 0 ? "good" : undefined}>
          <dt>{t("cart.discount")}</dt>
          <dd>
            <Money minor={-discount_minor} currency={currency} />
          </dd>
        </div>
        <div className={styles.pay}>
          <dt>{t("cart.pay")}</dt>
          <dd>
            <Money minor={pay_minor} currency={currency} />
          </dd>
        </div>
      </dl>
      <p className={styles.verdict} data-good={verdict.kind === "applied" || undefined} aria-live="polite">
        {verdict.kind === "applied" ? <CheckCircleFilled /> : <InfoCircleOutlined />} {verdictWords(verdict)}
      </p>
    </section>
  );

  function verdictWords(one: Verdict): string {
    switch (one.kind) {
      case "applied":
        return t("cart.applied", { amount: money(discount_minor) });
      case "short":
        return t("cart.short", { amount: money(one.missing_minor) });
      default:
        return t(`cart.${one.kind}`);
    }
  }
}
