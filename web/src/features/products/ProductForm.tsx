import { App, Button, Drawer, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "@/components/Refused";
import { useReading } from "@/components/reading";
import { currencyExponent, decimalToMinor, minorToDecimal } from "@/format/money";
import { type Product, useCategories, useProducts, useSaveProduct } from "./api";
import { ProductCosts } from "./ProductCosts";

interface Typed {
  readonly name: string;
  readonly category_id?: number | null;
  readonly price?: string | null;
  readonly usage_days?: number | null;
  readonly sample_of_id?: number | null;
}

/** A product's name, category and price, how long one unit lasts, what it is a sample of, and what it costs. */
export function ProductForm({ product, onClose }: { product: Product; onClose: () => void }) {
  const { t } = useTranslation("products");
  const reading = useReading();
  const { message } = App.useApp();
  const [form] = Form.useForm<Typed>();
  const save = useSaveProduct(product.id);
  const categories = useCategories();
  const [asked, setAsked] = useState("");
  const others = useProducts(asked, "", true);
  const price = product.list_price;
  const currency = price?.currency ?? reading.currency;
  const finish = (typed: Typed) => {
    const minor = typed.price ? decimalToMinor(typed.price, currency) : null;
    save.mutate(
      {
        name: typed.name.trim(),
        category_id: typed.category_id ?? null,
        usage_days: typed.usage_days ?? null,
        sample_of_id: typed.sample_of_id ?? null,
        list_price: minor === null ? null : { amount_minor: minor, currency },
      },
      {
        onSuccess: () => {
          void message.success(t("saved"));
          onClose();
        },
      },
    );
  };
  const wholes = [
    ...(others.data?.items ?? []).filter(({ id, sample_of }) => id !== product.id && sample_of === null),
    ...(product.sample_of && asked === "" ? [product.sample_of] : []),
  ];
  return (
    <Drawer
      open
      title={t("form.title")}
      onClose={onClose}
      extra={
        <Button type="primary" loading={save.isPending} onClick={form.submit}>
          {t("form.save")}
        </Button>
      }
    >
      <Form<Typed>
        form={form}
        layout="vertical"
        initialValues={{
          name: product.name,
          category_id: product.category?.id,
          price: price && minorToDecimal(price.amount_minor, currencyExponent(price.currency)),
          usage_days: product.usage_days,
          sample_of_id: product.sample_of?.id,
        }}
        onFinish={finish}
      >
        <Refused error={save.error} />
        <Form.Item name="name" label={t("form.name")} extra={product.sku}>
          <Input maxLength={300} />
        </Form.Item>
        <Form.Item name="category_id" label={t("form.category")}>
          <Select
            allowClear
            showSearch
            optionFilterProp="label"
            loading={categories.isLoading}
            placeholder={t("form.no_category")}
            options={categories.data?.map(({ id, name, path }) => ({ value: id, label: [...path, name].join(" / ") }))}
          />
        </Form.Item>
        <Form.Item name="price" label={t("form.price")}>
          <InputNumber<string>
            stringMode
            min="0"
            precision={currencyExponent(currency)}
            suffix={currency}
            style={{ width: "100%" }}
          />
        </Form.Item>
        <Form.Item name="usage_days" label={t("form.usage")} extra={t("form.usage_hint")}>
          <InputNumber min={1} max={3650} precision={0} suffix={t("form.days")} style={{ width: "100%" }} />
        </Form.Item>
        <Form.Item name="sample_of_id" label={t("form.sample_of")} extra={t("form.sample_hint")}>
          <Select
            allowClear
            showSearch
            filterOption={false}
            onSearch={setAsked}
            loading={others.isFetching}
            placeholder={t("form.not_sample")}
            options={[...new Map(wholes.map(({ id, name, sku }) => [id, { value: id, label: name || sku }])).values()]}
          />
        </Form.Item>
      </Form>
      <ProductCosts product={product} />
    </Drawer>
  );
}
