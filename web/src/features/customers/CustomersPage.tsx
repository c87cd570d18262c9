import { ImportOutlined, PlusOutlined, UserOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMay } from "@/api/me";
import { useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Count, Masked, Money, When } from "@/components/figures";
import { choiceFilter, daysFilter, type Filter, typedFilter } from "@/components/filters";
import { ListPage } from "@/components/ListPage";
import { useNow, useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { useSavedViews } from "@/components/useSavedViews";
import { calendarDate, isoDay } from "@/format/when";
import { type CustomerRow, useCustomerCount, useCustomers, useSources, useStores } from "./api";
import { BulkActions } from "./BulkActions";
import { CustomerForm } from "./CustomerForm";
import { CustomerPreview } from "./CustomerPreview";
import styles from "./customers.module.css";
import { ExportDialog } from "./ExportDialog";
import { useOwners } from "./file/api";
import { CUSTOMER_FIELDS, filterOf, orderOf, STAGES } from "./filter";
import { Points, TierOf } from "./MemberFigures";
import {
  type Named,
  type OwnField,
  referencePicks,
  useCompanyPicks,
  useCustomerPicks,
  useHouseholdPicks,
  useOwnFields,
} from "./own/api";
import { builtInFilters } from "./own/builtIn";
import { ownFilter } from "./own/filters";
import { OwnValue } from "./own/OwnValue";
import { pickedFilter } from "./own/pickers";

const LAPSED_DAYS = 90;
const DAY_MILLISECONDS = 86_400_000;

export function CustomersPage() {
  const { t } = useTranslation("customers");
  const may = useMay();
  if (!may("customers.read")) return <NoPermission what={t("title")} />;
  return <Customers />;
}

function Customers() {
  const { t } = useTranslation("customers");
  const { timezone } = useReading();
  const may = useMay();
  const navigate = useNavigate();
  const address = useAddress(CUSTOMER_FIELDS);
  const filter = useMemo(() => filterOf(address.values, timezone), [address.values, timezone]);
  const customers = useCustomers(filter, orderOf(address.values.sort), address.values.cursor);
  const count = useCustomerCount(filter, customers.data !== undefined && customers.data.total === null);
  const views = useSavedViews("customers", useBuiltInViews(), address.search);
  const [adding, setAdding] = useState(false);
  const [exporting, setExporting] = useState(false);

  return (
    <>
      <ListPage
        id="customers"
        title={t("title")}
        primary={
          <>
            {may("imports.run") && (
              <Button icon={<ImportOutlined />} onClick={() => navigate("/imports/new")}>
                {t("import")}
              </Button>
            )}
            {may("customers.write") && (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
                {t("new")}
              </Button>
            )}
          </>
        }
        address={address}
        query={customers}
        columns={useColumns((customers.data?.items ?? []).map((row) => row.id))}
        rowKey={(row) => row.id}
        rowName={(row) => row.name || `#${row.id}`}
        rowHref={(row) => `/customers/${row.id}`}
        searchPlaceholder={t("search")}
        countWords={(total) => {
          const known = total ?? count.data ?? null;
          return known === null ? t("count_many") : t("count", { count: known });
        }}
        filters={useFilters(address, customers.data?.items ?? [])}
        views={views}
        bulk={
          may("customers.write") || may("customers.export")
            ? (selected, done, everybody) => (
                <BulkActions selected={selected} everybody={everybody} filter={filter} onDone={done} />
              )
            : undefined
        }
        everybody={(total) => {
          const known = total ?? count.data ?? null;
          return known === null ? t("bulk.all_matches") : t("bulk.everybody", { count: known });
        }}
        onExport={may("customers.export") ? () => setExporting(true) : undefined}
        preview={(row) => <CustomerPreview row={row} />}
        empty={
          <EmptyState
            icon={<UserOutlined />}
            title={t("empty.title")}
            purpose={t("empty.words")}
            example={t("empty.example")}
            action={
              may("imports.run") && (
                <Link to="/imports/new">
                  <Button type="primary" tabIndex={-1}>
                    {t("empty.action")}
                  </Button>
                </Link>
              )
            }
          />
        }
      />
      {adding && (
        <CustomerForm onClose={() => setAdding(false)} onSaved={(file) => navigate(`/customers/${file.id}`)} />
      )}
      {exporting && <ExportDialog whom={{ filter }} onClose={() => setExporting(false)} />}
    </>
  );
}

function useBuiltInViews() {
  const { t } = useTranslation("customers");
  const { timezone } = useReading();
  const now = useNow();
  const lapsedSince = isoDay(new Date(now.getTime() - LAPSED_DAYS * DAY_MILLISECONDS), timezone);
  return [
    { key: "all", name: t("view.all"), search: "" },
    { key: "members", name: t("view.members"), search: "member=yes" },
    { key: "repeat", name: t("view.repeat"), search: "min_orders=2&sort=-spent_minor" },
    { key: "lapsed", name: t("view.lapsed"), search: `last_to=${lapsedSince}&min_orders=1` },
    { key: "never", name: t("view.never"), search: "max_orders=0&sort=-created_at" },
  ];
}

function useColumns(page: readonly number[]): Column<CustomerRow>[] {
  const { t } = useTranslation("customers");
  const may = useMay();
  const { t: words } = useTranslation("file");
  const { language } = useReading();
  const own = useOwnFields();
  return [
    { key: "name", title: t("column.name"), identity: true, sort: "name", cell: (row) => <CustomerName row={row} /> },
    { key: "phone", title: t("column.phone"), onCard: true, cell: (row) => <Masked masked={row.phone} /> },
    { key: "email", title: t("column.email"), hidden: true, cell: (row) => <Masked masked={row.email} /> },
    { key: "city", title: t("column.city"), cell: (row) => row.city },
    { key: "store", title: t("column.store"), cell: (row) => row.home_store?.name },
    {
      key: "orders",
      title: t("column.orders"),
      align: "end",
      sort: "orders_count",
      cell: (row) => <Count value={row.orders_count} />,
    },
    {
      key: "returns",
      title: t("column.returns"),
      align: "end",
      hidden: true,
      sort: "returns_count",
      cell: (row) => <Count value={row.returns_count} />,
    },
    {
      key: "spent",
      title: t("column.spent"),
      align: "end",
      sort: "spent_minor",
      onCard: true,
      cell: (row) => <Money minor={row.spent?.amount_minor} currency={row.spent?.currency} />,
    },
    {
      key: "last_order",
      title: t("column.last_order"),
      align: "end",
      sort: "last_order_at",
      onCard: true,
      cell: (row) => <When at={row.last_order_at} />,
    },
    {
      key: "first_order",
      title: t("column.first_order"),
      align: "end",
      hidden: true,
      sort: "first_order_at",
      cell: (row) => <When at={row.first_order_at} />,
    },
    {
      key: "member_since",
      title: t("column.member_since"),
      align: "end",
      hidden: true,
      sort: "member_since_at",
      cell: (row) => <When at={row.member_since_at} />,
    },
    ...(may("loyalty.read")
      ? ([
          { key: "tier", title: words("list.tier"), hidden: true, cell: ({ id }) => <TierOf id={id} page={page} /> },
          {
            key: "points",
            title: words("list.points"),
            align: "end",
            hidden: true,
            cell: ({ id }) => <Points id={id} page={page} />,
          },
        ] satisfies Column<CustomerRow>[])
      : []),
    {
      key: "tags",
      title: t("column.tags"),
      hidden: true,
      cell: (row) => (
        <span className={styles.tags}>
          {row.tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </span>
      ),
    },
    {
      key: "created",
      title: t("column.created"),
      align: "end",
      sort: "created_at",
      hidden: true,
      cell: (row) => <When at={row.created_at} />,
    },
    {
      key: "stage",
      title: words("stage"),
      hidden: true,
      cell: (row) => row.stage && <Tag tone="info">{words(`stages.${row.stage}`)}</Tag>,
    },
    { key: "owner", title: words("owner"), hidden: true, cell: (row) => row.owner?.name },
    { key: "household", title: words("household"), hidden: true, cell: (row) => row.household?.name },
    {
      key: "household_size",
      title: words("list.household_size"),
      align: "end",
      hidden: true,
      cell: (row) => row.household_size && <Count value={row.household_size} />,
    },
    {
      key: "companies",
      title: words("companies"),
      hidden: true,
      cell: (row) => row.companies.map(({ name }) => name).join("、"),
    },
    {
      key: "gender",
      title: words("list.gender"),
      hidden: true,
      cell: (row) => row.gender && words(`list.option.${row.gender}`),
    },
    {
      key: "birth_on",
      title: words("list.birth_on"),
      align: "end",
      hidden: true,
      cell: (row) => row.birth_on && calendarDate(row.birth_on, language),
    },
    { key: "province", title: words("list.province"), hidden: true, cell: (row) => row.province },
    { key: "district", title: words("list.district"), hidden: true, cell: (row) => row.district },
    { key: "occupation", title: words("list.occupation"), hidden: true, cell: (row) => row.occupation },
    {
      key: "income",
      title: words("list.income"),
      hidden: true,
      cell: (row) => row.income && words(`list.option.${row.income}`),
    },
    {
      key: "education",
      title: words("list.education"),
      hidden: true,
      cell: (row) => row.education && words(`list.option.${row.education}`),
    },
    {
      key: "interests",
      title: words("list.interests"),
      hidden: true,
      cell: (row) => row.declared_interests.join("、"),
    },
    { key: "source", title: t("filter.source"), hidden: true, cell: (row) => row.source?.name },
    { key: "source_campaign", title: words("list.source_campaign"), hidden: true, cell: (row) => row.source_campaign },
    { key: "referrer", title: words("list.referrer"), hidden: true, cell: (row) => row.referrer?.name },
    ...(own.data ?? []).map(ownColumn),
  ];
}

function ownColumn(field: OwnField): Column<CustomerRow> {
  const cell = (row: CustomerRow) =>
    row.fields[field.key] === undefined ? null : (
      <OwnValue field={field} value={row.fields[field.key]} name={row.field_names[field.key]} />
    );
  const figure = field.type === "number" || field.type === "money" || field.type === "date";
  return {
    key: `field:${field.key}`,
    title: field.name,
    hidden: true,
    ...(field.sortable ? { sort: `field:${field.key}` } : {}),
    ...(figure ? { align: "end" as const } : {}),
    cell,
  };
}

export function CustomerName({ row }: { row: Pick<CustomerRow, "name" | "id" | "state"> }) {
  const { t } = useTranslation("customers");
  if (row.state === "erased") return <span className={styles.faint}>{t("file.erased")}</span>;
  return row.name || <span className={styles.faint}>{`${t("unnamed")} #${row.id}`}</span>;
}

/** Who may be chosen as the owner: all colleagues for those who may see them, else who owns somebody shown here. */
function useOwnersToChoose(rows: readonly CustomerRow[]): readonly Named[] {
  const may = useMay();
  const colleagues = useOwners(may("staff.read"));
  if (colleagues.data) return colleagues.data;
  return [...new Map(rows.flatMap(({ owner }) => (owner ? [[owner.id, owner] as const] : []))).values()];
}

function useFilters(
  address: ReturnType<typeof useAddress<typeof CUSTOMER_FIELDS>>,
  rows: readonly CustomerRow[],
): Filter[] {
  const { t } = useTranslation("customers");
  const { language, currency } = useReading();
  const stores = useStores();
  const sources = useSources();
  const own = useOwnFields();
  const owners = useOwnersToChoose(rows);
  const { t: words } = useTranslation("file");
  const { values } = address;
  const set = (changes: Parameters<typeof address.change>[0]) => address.change({ ...changes, cursor: "" });
  const asOptions = (items: readonly { id: number; name: string }[] | undefined) =>
    (items ?? []).map(({ id, name }) => ({ value: String(id), label: name }));
  const yesNo = (key: "member" | "email" | "phone") =>
    choiceFilter({
      key,
      label: t(`filter.${key}`),
      value: values[key],
      options: [
        { value: "yes", label: t(`filter.yes_${key}`) },
        { value: "no", label: t(`filter.no_${key}`) },
      ],
      onChange: (value) => set({ [key]: value }),
    });
  const picked = (
    key: string,
    label: string,
    usePicks: (q: string) => { data?: readonly Named[] | undefined },
    pointed: (row: CustomerRow) => readonly (Named | null)[],
  ) =>
    pickedFilter({
      key,
      label,
      usePicks,
      where: values.where,
      onChange: (where) => set({ where }),
      nameOf: (id) => rows.flatMap(pointed).find((one) => one?.id === id)?.name || undefined,
      t: words,
    });
  const whole = (text: string) => (/^\d{1,9}$/.test(text) ? null : t("filter.whole"));
  const orders = (key: "min_orders" | "max_orders") =>
    typedFilter({
      key,
      label: t(`filter.${key}`),
      value: values[key],
      unit: t("filter.times"),
      check: whole,
      show: (value) => `${value} ${t("filter.times")}`,
      onChange: (value) => set({ [key]: value }),
    });

  return [
    daysFilter({
      key: "last_order",
      label: t("filter.last_order"),
      from: values.last_from,
      to: values.last_to,
      show: (from, to) => {
        const words = { from: from && calendarDate(from, language), to: to && calendarDate(to, language) };
        return t(from && to ? "filter.between" : from ? "filter.since" : "filter.until", words);
      },
      onChange: (last_from, last_to) => set({ last_from, last_to }),
    }),
    orders("min_orders"),
    orders("max_orders"),
    typedFilter({
      key: "city",
      label: t("filter.city"),
      value: values.city,
      placeholder: t("filter.city_hint"),
      onChange: (city) => set({ city }),
    }),
    choiceFilter({
      key: "store",
      label: t("filter.store"),
      value: values.store,
      options: asOptions(stores.data?.items),
      onChange: (store) => set({ store }),
    }),
    yesNo("member"),
    yesNo("email"),
    yesNo("phone"),
    typedFilter({ key: "tag", label: t("filter.tag"), value: values.tag, onChange: (tag) => set({ tag }) }),
    choiceFilter({
      key: "source",
      label: t("filter.source"),
      value: values.source,
      options: asOptions(sources.data),
      onChange: (source) => set({ source }),
    }),
    choiceFilter({
      key: "stage",
      label: words("stage"),
      value: values.stage,
      options: STAGES.map((value) => ({ value, label: words(`stages.${value}`) })),
      onChange: (stage) => set({ stage }),
    }),
    choiceFilter({
      key: "owner",
      label: words("owner"),
      value: values.owner,
      options: asOptions(owners),
      onChange: (owner) => set({ owner }),
    }),
    picked("household", words("household"), useHouseholdPicks, (row) => [row.household]),
    picked("companies", words("companies"), useCompanyPicks, (row) => row.companies),
    picked("referrer", words("referrer"), useCustomerPicks, (row) => [row.referrer]),
    ...builtInFilters(values.where, (where) => set({ where }), currency, words),
    ...(own.data ?? []).map((field) =>
      field.type === "reference"
        ? picked(field.key, field.name, referencePicks(field.id), ({ fields, field_names }) => [
            { id: Number(fields[field.key]), name: field_names[field.key] ?? "" },
          ])
        : ownFilter(field, values.where, (where) => set({ where }), words),
    ),
  ];
}
