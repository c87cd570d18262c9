import { Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Named, useBrandNames, useCategoryNames, useProductNames, useStoreNames } from "@/api/goods";
import styles from "./goods.module.css";

const REST_MILLISECONDS = 200;

export type GoodsKind = "stores" | "categories" | "products" | "brands";

interface PickerProps {
  readonly id?: string;
  readonly label?: string;
  readonly className?: string;
  readonly placeholder?: string;
  readonly value: readonly number[];
  readonly onChange: (ids: number[]) => void;
}

/** Chooses several stores, categories, products or brands by their names. */
export function GoodsPicker({ kind, ...props }: PickerProps & { kind: GoodsKind }) {
  switch (kind) {
    case "stores":
      return <StorePicker {...props} />;
    case "categories":
      return <CategoryPicker {...props} />;
    case "products":
      return <ProductPicker {...props} />;
    case "brands":
      return <BrandPicker {...props} />;
  }
}

function StorePicker(props: PickerProps) {
  return <OfAll {...props} all={useStoreNames().data} />;
}

function CategoryPicker(props: PickerProps) {
  return <OfAll {...props} all={useCategoryNames().data} />;
}

function ProductPicker(props: PickerProps) {
  const search = useSearch();
  const found = useProductNames({ q: search.q }, search.open);
  const chosen = useProductNames({ ids: props.value }, props.value.length > 0);
  return <Searched {...props} search={search} found={found.data} chosen={chosen.data} isLooking={found.isFetching} />;
}

function BrandPicker(props: PickerProps) {
  const search = useSearch();
  const found = useBrandNames({ q: search.q }, search.open);
  const chosen = useBrandNames({ ids: props.value }, props.value.length > 0);
  return <Searched {...props} search={search} found={found.data} chosen={chosen.data} isLooking={found.isFetching} />;
}

/** Chooses one product; its name and its SKU are found by either. */
export function OneProduct({
  id,
  label,
  className,
  placeholder,
  value,
  onChange,
}: {
  id?: string;
  label?: string;
  className?: string;
  placeholder?: string;
  value: number | null;
  onChange: (product: { id: number; sku: string; name: string } | null) => void;
}) {
  const { t } = useTranslation("kit");
  const search = useSearch();
  const found = useProductNames({ q: search.q }, search.open);
  const chosen = useProductNames({ ids: value === null ? [] : [value] }, value !== null);
  const products = [...(found.data ?? []), ...(chosen.data ?? [])].filter(
    (product, at, all) => all.findIndex(({ id }) => id === product.id) === at,
  );
  return (
    <Select
      id={id}
      className={className}
      aria-label={label}
      allowClear
      placeholder={placeholder ?? t("goods.products")}
      showSearch={{ filterOption: false, onSearch: search.type, searchValue: search.typed }}
      loading={found.isFetching && search.open}
      notFoundContent={found.isPending ? t("goods.looking") : t("goods.none")}
      onOpenChange={search.toggle}
      popupMatchSelectWidth={false}
      value={value}
      options={products.map((product) => ({ value: product.id, label: product.name, product }))}
      optionRender={({ data }) => <ProductOption name={data.product.name} sku={data.product.sku} />}
      onChange={(_, option) => onChange(option && !Array.isArray(option) ? option.product : null)}
    />
  );
}

function ProductOption({ name, sku }: { name: string; sku: string }) {
  return (
    <span className={styles.option}>
      <span>{name}</span>
      {sku !== name && <span className={styles.sku}>{sku}</span>}
    </span>
  );
}

/** Chooses the SKU of one product; a SKU that no product has yet may be typed. */
export function OneSku({
  id,
  label,
  className,
  value,
  onChange,
}: {
  id?: string;
  label?: string;
  className?: string;
  value: string;
  onChange: (sku: string) => void;
}) {
  const { t } = useTranslation("kit");
  const search = useSearch();
  const found = useProductNames({ q: search.open ? search.q : value }, search.open || value !== "");
  const typed = search.typed.trim();
  const products = found.data ?? [];
  const others = [typed, value].filter((sku, at, all) => sku !== "" && all.indexOf(sku) === at);
  const unknown = others.filter((sku) => !products.some((product) => product.sku === sku));
  return (
    <Select
      id={id}
      className={className}
      aria-label={label}
      placeholder={t("goods.products")}
      showSearch={{ filterOption: false, onSearch: search.type, searchValue: search.typed }}
      loading={found.isFetching && search.open}
      notFoundContent={found.isPending ? t("goods.looking") : t("goods.none")}
      onOpenChange={search.toggle}
      popupMatchSelectWidth={false}
      value={value === "" ? null : value}
      options={[
        ...products.map(({ sku, name }) => ({ value: sku, label: name, sku })),
        ...unknown.map((sku) => ({ value: sku, label: sku, sku })),
      ]}
      optionRender={({ data }) => <ProductOption name={data.label} sku={data.sku} />}
      onChange={onChange}
    />
  );
}

/** The names of what a rule holds, in the order it holds them; numbers until they are known. */
export function useGoodsNames(kind: GoodsKind, ids: readonly number[]): (id: number) => string {
  const some = ids.length > 0;
  const stores = useStoreNames(some && kind === "stores");
  const categories = useCategoryNames(some && kind === "categories");
  const products = useProductNames({ ids }, some && kind === "products");
  const brands = useBrandNames({ ids }, some && kind === "brands");
  const found: readonly Named[] = { stores, categories, products, brands }[kind].data ?? [];
  return (id) => found.find((one) => one.id === id)?.name ?? String(id);
}

/** Names that fit into memory, all of them offered at once. */
function OfAll({ all, label, value, onChange, ...props }: PickerProps & { all: readonly Named[] | undefined }) {
  return (
    <Select
      {...props}
      mode="multiple"
      aria-label={label}
      maxTagCount="responsive"
      loading={!all}
      showSearch={{ optionFilterProp: "label" }}
      value={[...value]}
      options={
        all?.map(({ id, name }) => ({ value: id, label: name })) ?? value.map((id) => ({ value: id, label: "…" }))
      }
      onChange={(ids) => onChange([...ids])}
    />
  );
}

interface Search {
  readonly open: boolean;
  readonly typed: string;
  readonly q: string;
  readonly type: (text: string) => void;
  readonly toggle: (open: boolean) => void;
}

function useSearch(): Search {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [typed]);
  const toggle = (next: boolean) => {
    setOpen(next);
    if (!next) setTyped("");
  };
  return { open, typed, q, type: setTyped, toggle };
}

/** Names too many to offer at once: found by what is typed. */
function Searched({
  search,
  found,
  chosen,
  isLooking,
  label,
  value,
  onChange,
  ...props
}: PickerProps & {
  search: Search;
  found: readonly (Named & { readonly sku?: string })[] | undefined;
  chosen: readonly (Named & { readonly sku?: string })[] | undefined;
  isLooking: boolean;
}) {
  const { t } = useTranslation("kit");
  const known = [...(found ?? []), ...(chosen ?? [])].filter(
    (one, at, all) => all.findIndex(({ id }) => id === one.id) === at,
  );
  const nameless = value.filter((id) => !known.some((one) => one.id === id)).map((id) => ({ id, name: "…", sku: "" }));
  return (
    <Select
      {...props}
      mode="multiple"
      aria-label={label}
      maxTagCount="responsive"
      popupMatchSelectWidth={false}
      placeholder={props.placeholder ?? t("goods.search")}
      showSearch={{ filterOption: false, onSearch: search.type, searchValue: search.typed }}
      loading={isLooking && search.open}
      notFoundContent={found === undefined ? t("goods.looking") : t("goods.none")}
      onOpenChange={search.toggle}
      value={[...value]}
      options={[...known, ...nameless].map(({ id, name, sku }) => ({ value: id, label: name, sku }))}
      optionRender={({ data }) => <ProductOption name={String(data.label)} sku={data.sku ?? String(data.label)} />}
      onChange={(ids) => onChange([...ids])}
    />
  );
}
