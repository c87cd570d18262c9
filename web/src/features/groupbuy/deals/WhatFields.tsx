import { Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AmountInput } from "@/components/amounts";
import { OneProduct } from "@/components/goods";
import { Section } from "@/components/layout";
import { useMerchantChoices } from "./api";
import styles from "./deals.module.css";
import { Add, changed, Field, Line, type PartProps, Small, Whole, without } from "./fields";
import { FRESH_ITEM, faultAt } from "./form";
import { PictureFields } from "./PictureFields";

/** Who sells, what it is called, how it looks, what is in it. */
export function WhatFields({
  typed,
  change,
  faults,
  currency,
  deal,
  onMerchant,
}: PartProps & { onMerchant: (name: string) => void }) {
  const { t } = useTranslation("deals");
  return (
    <>
      <Section title={t("part.who")}>
        <Field
          id="deal-merchant"
          label={t("field.merchant")}
          hint={deal && t("field.merchant_fixed")}
          fault={faultAt(faults, "merchant_id")}
        >
          {deal ? (
            <Input id="deal-merchant" disabled value={deal.merchant.name} />
          ) : (
            <MerchantChoice
              value={typed.merchantId}
              onChange={(id, name) => {
                change({ merchantId: id });
                onMerchant(name);
              }}
            />
          )}
        </Field>
        <Field
          id="deal-product"
          label={t("field.product")}
          hint={t("field.product_hint")}
          fault={faultAt(faults, "product_id")}
        >
          <OneProduct
            id="deal-product"
            className={styles.wide}
            label={t("field.product")}
            value={typed.productId}
            onChange={(product) => change({ productId: product?.id ?? null })}
          />
        </Field>
        <Field id="deal-name" label={t("field.name")} hint={t("field.name_hint")} fault={faultAt(faults, "name")}>
          <Input
            id="deal-name"
            maxLength={120}
            value={typed.name}
            onChange={({ target }) =>
              // The title of a new deal follows its name until it is given words of its own.
              change({
                name: target.value,
                ...(deal === null && typed.titleZh === typed.name ? { titleZh: target.value } : {}),
              })
            }
          />
        </Field>
      </Section>
      <Section title={t("part.words")}>
        <Field
          id="deal-title"
          label={t("field.title")}
          hint={t("field.title_en_hint")}
          fault={faultAt(faults, "title_zh") ?? faultAt(faults, "title_en")}
        >
          <div className={styles.two}>
            <Input
              id="deal-title"
              maxLength={120}
              placeholder={t("field.zh")}
              value={typed.titleZh}
              onChange={({ target }) => change({ titleZh: target.value })}
            />
            <Input
              maxLength={120}
              placeholder={t("field.en")}
              aria-label={`${t("field.title")} ${t("field.en")}`}
              value={typed.titleEn}
              onChange={({ target }) => change({ titleEn: target.value })}
            />
          </div>
        </Field>
        <Field
          id="deal-about"
          label={t("field.about")}
          fault={faultAt(faults, "about_zh") ?? faultAt(faults, "about_en")}
        >
          <div className={styles.two}>
            <Input.TextArea
              id="deal-about"
              rows={4}
              maxLength={4_000}
              placeholder={t("field.zh")}
              value={typed.aboutZh}
              onChange={({ target }) => change({ aboutZh: target.value })}
            />
            <Input.TextArea
              rows={4}
              maxLength={4_000}
              placeholder={t("field.en")}
              aria-label={`${t("field.about")} ${t("field.en")}`}
              value={typed.aboutEn}
              onChange={({ target }) => change({ aboutEn: target.value })}
            />
          </div>
        </Field>
      </Section>
      <PictureFields typed={typed} change={change} faults={faults} currency={currency} deal={deal} />
      <Section title={t("part.package")}>
        <div className={styles.rows}>
          {typed.items.map((item, at) => {
            const put = (next: Partial<typeof item>) => change({ items: changed(typed.items, at, next) });
            return (
              <Line
                // biome-ignore lint/suspicious/noArrayIndexKey: things have nothing else that is theirs alone.
                key={at}
                fault={faultAt(faults, `package.${at}`)}
                onRemove={() => change({ items: without(typed.items, at) })}
              >
                <Small label={t("field.item")}>
                  <Input maxLength={120} value={item.nameZh} onChange={({ target }) => put({ nameZh: target.value })} />
                </Small>
                <Small label={t("field.item_en")}>
                  <Input maxLength={120} value={item.nameEn} onChange={({ target }) => put({ nameEn: target.value })} />
                </Small>
                <Small label={t("field.quantity")}>
                  <Whole value={item.quantity} min={1} max={1_000} onChange={(quantity) => put({ quantity })} />
                </Small>
                <Small label={t("field.value")}>
                  <AmountInput
                    label={t("field.value")}
                    currency={currency}
                    minor={item.valueMinor}
                    onChange={(valueMinor) => put({ valueMinor })}
                  />
                </Small>
              </Line>
            );
          })}
          <Add label={t("field.add_item")} onClick={() => change({ items: [...typed.items, FRESH_ITEM] })} />
        </div>
      </Section>
      <Section>
        <Field label={t("field.list")} hint={t("field.list_hint")} fault={faultAt(faults, "list_price_minor")}>
          <AmountInput
            className={styles.short}
            label={t("field.list")}
            currency={currency}
            minor={typed.listMinor}
            onChange={(listMinor) => change({ listMinor })}
          />
        </Field>
      </Section>
    </>
  );
}

function MerchantChoice({
  value,
  onChange,
}: {
  value: number | null;
  onChange: (id: number | null, name: string) => void;
}) {
  const { t } = useTranslation("deals");
  const { t: kit } = useTranslation("kit");
  const [search, setSearch] = useState("");
  const found = useMerchantChoices(search);
  return (
    <Select
      id="deal-merchant"
      className={styles.wide}
      allowClear
      placeholder={t("field.merchant_placeholder")}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      loading={found.isFetching}
      notFoundContent={kit(found.isPending ? "goods.looking" : "goods.none")}
      value={value}
      options={(found.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(id: number | null | undefined) =>
        onChange(id ?? null, found.data?.find((one) => one.id === id)?.name ?? "")
      }
    />
  );
}
