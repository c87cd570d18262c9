import { Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import { GoodsPicker, OneProduct } from "@/components/goods";
import { Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { percentToBasisPoints, tenthsPaid } from "../terms";
import styles from "./editor.module.css";
import { Amount, Field, Figure, GoodsChoice, type PartProps, Portions } from "./fields";
import { ALL_GOODS, type Form, KINDS } from "./form";

/** What she gets: first of which kind, then its numbers. */
export function WhatPart(props: PartProps) {
  const { t } = useTranslation("offer_editor");
  const { form, change } = props;
  return (
    <Section title={t("what.title")}>
      <div className={styles.kinds} role="radiogroup" aria-label={t("what.title")}>
        {KINDS.map((kind) => (
          <label key={kind} className={styles.kind} data-chosen={form.kind === kind || undefined}>
            <input
              type="radio"
              name="offer-kind"
              checked={form.kind === kind}
              onChange={() => change({ kind, ...usualOf(kind, form) })}
            />
            <span className={styles.kindName}>{t(`kind.${kind}.name`)}</span>
            <span className={styles.kindAbout}>{t(`kind.${kind}.about`)}</span>
          </label>
        ))}
      </div>
      <div className={styles.numbers}>
        <Numbers {...props} />
      </div>
    </Section>
  );
}

/** Buy one, get one is free unless something else was typed for it: 10 % off is no such offer. */
function usualOf(kind: Form["kind"], { percent, kind: before }: Form): Partial<Form> {
  if (kind === "buy_get" && before === "percent" && percent === 10) return { percent: 100 };
  if (kind === "percent" && before === "buy_get" && percent === 100) return { percent: 10 };
  return {};
}

function Numbers(props: PartProps) {
  const { t } = useTranslation("offer_editor");
  const { form, change, currency } = props;
  switch (form.kind) {
    case "percent":
      return (
        <>
          <Percent {...props} label={t("what.percent")} />
          <Field id="offer-most" label={t("what.most")} hint={t("what.most_hint")}>
            <Amount
              id="offer-most"
              minor={form.mostMinor}
              currency={currency}
              placeholder={t("no_limit")}
              onChange={(mostMinor) => change({ mostMinor })}
            />
          </Field>
        </>
      );
    case "amount":
      return (
        <>
          <Field id="offer-amount" label={t("what.amount")} fault="amount">
            <Amount
              id="offer-amount"
              minor={form.amountMinor}
              currency={currency}
              onChange={(amountMinor) => change({ amountMinor })}
            />
          </Field>
          <Field id="offer-every" label={t("what.every")} hint={t("what.every_hint")} fault="every">
            <Amount
              id="offer-every"
              minor={form.everyMinor}
              currency={currency}
              placeholder={t("what.once")}
              onChange={(everyMinor) => change({ everyMinor })}
            />
          </Field>
          {form.everyMinor !== null && <MostTimes {...props} />}
        </>
      );
    case "fixed_price":
      return (
        <>
          <Price {...props} label={t("what.unit_price")} />
          <Field id="offer-most-units" label={t("what.most_units")} hint={t("what.most_units_hint")}>
            <Figure
              id="offer-most-units"
              value={form.mostUnits}
              most={100_000}
              unit={t("unit.pieces")}
              placeholder={t("no_limit")}
              onChange={(mostUnits) => change({ mostUnits })}
            />
          </Field>
        </>
      );
    case "buy_get":
      return (
        <>
          <Field id="offer-buy" label={t("what.buy")} fault="buy">
            <Figure
              id="offer-buy"
              value={form.buyQuantity}
              most={100_000}
              unit={t("unit.pieces")}
              onChange={(buyQuantity) => change({ buyQuantity })}
            />
          </Field>
          <Field id="offer-get" label={t("what.get")} fault="get" hint={t("what.get_hint")}>
            <Figure
              id="offer-get"
              value={form.getQuantity}
              most={100_000}
              unit={t("unit.pieces")}
              onChange={(getQuantity) => change({ getQuantity })}
            />
          </Field>
          <Percent {...props} label={t("what.get_percent")} />
          <MostTimes {...props} />
        </>
      );
    case "bundle":
      return (
        <>
          <Price {...props} label={t("what.bundle_price")} />
          <MostTimes {...props} />
        </>
      );
    case "gift":
    case "sample":
      return (
        <>
          <Field
            id="offer-product"
            label={t(`what.${form.kind}`)}
            fault="product"
            hint={t(form.kind === "sample" ? "what.sample_hint" : "what.gift_hint")}
          >
            <OneProduct
              id="offer-product"
              className={styles.wide}
              value={form.productId}
              onChange={(product) => change({ productId: product?.id ?? null })}
            />
          </Field>
          <Field id="offer-quantity" label={t("what.quantity")} fault="quantity">
            <Figure
              id="offer-quantity"
              value={form.quantity}
              most={100_000}
              unit={t("unit.pieces")}
              onChange={(quantity) => change({ quantity })}
            />
          </Field>
          <Worth {...props} />
        </>
      );
    case "points":
      return (
        <>
          <Field id="offer-times" label={t("what.times")} hint={t("what.times_hint")} fault="times">
            <Figure
              id="offer-times"
              value={form.times}
              most={100}
              decimals={2}
              unit={t("unit.times")}
              onChange={(times) => change({ times })}
            />
          </Field>
          <Worth {...props} />
        </>
      );
    case "free_delivery":
      return (
        <>
          <Field id="offer-most" label={t("what.delivery_most")} hint={t("what.delivery_most_hint")}>
            <Amount
              id="offer-most"
              minor={form.mostMinor}
              currency={currency}
              placeholder={t("no_limit")}
              onChange={(mostMinor) => change({ mostMinor })}
            />
          </Field>
          <Field id="offer-fee" label={t("what.fee")} hint={t("what.fee_hint")}>
            <div className={styles.wide}>
              <GoodsPicker
                id="offer-fee"
                kind="products"
                value={form.feeProductIds}
                onChange={(feeProductIds) => change({ feeProductIds })}
              />
            </div>
          </Field>
          <Worth {...props} />
        </>
      );
  }
}

function Percent({ form, change, label }: PartProps & { label: string }) {
  const { t } = useTranslation("offer_editor");
  const { language } = useReading();
  const points = percentToBasisPoints(form.percent);
  const rest = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(
    1 - (points ?? 0) / 10_000,
  );
  const reads =
    points === 10_000 ? t("what.free") : t("what.percent_reads", { discount: tenthsPaid(points ?? 0), rest });
  return (
    <Field id="offer-percent" label={label} fault="percent" hint={points !== null && reads}>
      <Figure
        id="offer-percent"
        value={form.percent}
        least={0.01}
        most={100}
        decimals={2}
        unit="%"
        onChange={(percent) => change({ percent })}
      />
    </Field>
  );
}

function Price({ form, change, currency, label }: PartProps & { label: string }) {
  return (
    <Field id="offer-price" label={label} fault="price">
      <Amount
        id="offer-price"
        minor={form.priceMinor}
        currency={currency}
        onChange={(priceMinor) => change({ priceMinor })}
      />
    </Field>
  );
}

function MostTimes({ form, change }: PartProps) {
  const { t } = useTranslation("offer_editor");
  return (
    <Field id="offer-most-times" label={t("what.most_times")} hint={t("what.most_times_hint")}>
      <Figure
        id="offer-most-times"
        value={form.mostTimes}
        most={1_000}
        unit={t("unit.times_a_cart")}
        placeholder={t("no_limit")}
        onChange={(mostTimes) => change({ mostTimes })}
      />
    </Field>
  );
}

function Worth({ form, change, currency }: PartProps) {
  const { t } = useTranslation("offer_editor");
  return (
    <Field id="offer-worth" label={t("what.worth")} hint={t("what.worth_hint")}>
      <Amount
        id="offer-worth"
        minor={form.worthMinor}
        currency={currency}
        onChange={(worthMinor) => change({ worthMinor })}
      />
    </Field>
  );
}

/** On which goods it works; what is given for nothing has no goods of its own. */
export function GoodsPart({ form, change }: PartProps) {
  const { t } = useTranslation("offer_editor");
  if (form.kind === "gift" || form.kind === "sample" || form.kind === "free_delivery") return null;
  if (form.kind === "bundle") {
    return (
      <Section title={t("goods.title_bundle")} about={t("goods.about_bundle")}>
        <Portions
          id="parts"
          portions={form.parts}
          least={1}
          add={t("portion.add_part")}
          onChange={(parts) => change({ parts })}
        />
      </Section>
    );
  }
  return (
    <Section title={t("goods.title")}>
      <Field id="offer-goods" label={t(form.kind === "buy_get" ? "goods.bought" : "goods.meant")}>
        <GoodsChoice id="offer-goods" goods={form.goods} onChange={(goods) => change({ goods })} />
      </Field>
      {form.kind === "buy_get" && (
        <Field id="offer-got" label={t("goods.got")}>
          <div className={styles.stack}>
            <Checkbox
              id="offer-got"
              checked={form.get === null}
              onChange={(event) => change({ get: event.target.checked ? null : ALL_GOODS })}
            >
              {t("goods.same")}
            </Checkbox>
            {form.get && <GoodsChoice id="offer-got-goods" goods={form.get} onChange={(get) => change({ get })} />}
          </div>
        </Field>
      )}
    </Section>
  );
}

/** What the cart has to hold. */
export function CartPart({ form, change, currency }: PartProps) {
  const { t } = useTranslation("offer_editor");
  return (
    <Section title={t("cart.title")} about={t("cart.about")}>
      <Field id="offer-spend" label={t("cart.spend")} hint={t("cart.spend_hint")}>
        <Amount
          id="offer-spend"
          minor={form.spendMinor}
          currency={currency}
          placeholder={t("cart.none")}
          onChange={(spendMinor) => change({ spendMinor })}
        />
      </Field>
      {form.spendMinor !== null && (
        <Field id="offer-spend-goods" label={t("cart.spent_on")}>
          <GoodsChoice
            id="offer-spend-goods"
            goods={form.spendGoods}
            onChange={(spendGoods) => change({ spendGoods })}
          />
        </Field>
      )}
      <Field id="offer-least" label={t("cart.least")}>
        <Figure
          id="offer-least"
          value={form.leastUnits}
          most={100_000}
          unit={t("unit.pieces")}
          placeholder={t("cart.none")}
          onChange={(leastUnits) => change({ leastUnits })}
        />
      </Field>
      {form.leastUnits !== null && (
        <Field id="offer-least-goods" label={t("cart.least_of")}>
          <GoodsChoice
            id="offer-least-goods"
            goods={form.leastGoods}
            onChange={(leastGoods) => change({ leastGoods })}
          />
        </Field>
      )}
      <Field id="contains-0" label={t("cart.contains")}>
        <Portions
          id="contains"
          portions={form.contains}
          least={0}
          add={t("portion.add_contained")}
          onChange={(contains) => change({ contains })}
        />
      </Field>
      <Field id="offer-without" label={t("cart.without")}>
        <GoodsChoice
          id="offer-without"
          goods={form.without}
          nothing={t("cart.without_none")}
          onChange={(without) => change({ without })}
        />
      </Field>
    </Section>
  );
}
