import { ShoppingOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import type { Column } from "@/components/DataTable";
import { Money, When } from "@/components/figures";
import { choiceFilter, daysFilter } from "@/components/filters";
import { ListPage, listFields } from "@/components/ListPage";
import { useReading } from "@/components/reading";
import { EmptyState, NoPermission } from "@/components/states";
import { Tag } from "@/components/Tag";
import { calendarDate, zonedDayStart } from "@/format/when";
import { type OrderRow, useOrders } from "./api";
import styles from "./orders.module.css";

const CHANNELS = ["", "pos", "web", "app", "wechat", "marketplace", "group_buy", "phone", "company"] as const;

const FIELDS = listFields("", {
  kind: choiceField(["", "sale", "return"], ""),
  channel: choiceField(CHANNELS, ""),
  who: choiceField(["", "known", "anonymous"], ""),
  from: textField(),
  to: textField(),
});

export function OrdersPage() {
  const { t } = useTranslation("orders");
  const may = useMay();
  if (!may("orders.read")) return <NoPermission what={t("title")} />;
  return <Orders />;
}

function Orders() {
  const { t } = useTranslation("orders");
  const { language, timezone } = useReading();
  const may = useMay();
  const address = useAddress(FIELDS);
  const { values } = address;
  const filter = useMemo(
    () => ({
      q: values.q || undefined,
      kind: values.kind || undefined,
      channel: values.channel || undefined,
      anonymous: values.who === "" ? undefined : values.who === "anonymous",
      placed_from: values.from ? zonedDayStart(values.from, timezone) : undefined,
      placed_before: values.to ? zonedDayStart(values.to, timezone, 1) : undefined,
    }),
    [values, timezone],
  );
  const orders = useOrders(filter, values.cursor);
  const set = (changes: Parameters<typeof address.change>[0]) => address.change({ ...changes, cursor: "" });

  const columns: Column<OrderRow>[] = [
    { key: "number", title: t("number"), identity: true, cell: (order) => <OrderName order={order} /> },
    { key: "at", title: t("at"), onCard: true, cell: (order) => <When at={order.placed_at} /> },
    {
      key: "customer",
      title: t("customer"),
      onCard: true,
      cell: (order) =>
        order.customer ? (
          <Link to={`/customers/${order.customer.id}`}>{order.customer.name || `#${order.customer.id}`}</Link>
        ) : (
          <span className={styles.faint}>{t("anonymous")}</span>
        ),
    },
    { key: "channel", title: t("channel"), cell: (order) => t(`channels.${order.channel}`) },
    { key: "store", title: t("store"), cell: (order) => order.store?.name },
    { key: "source", title: t("source"), hidden: true, cell: (order) => order.source.name },
    {
      key: "amount",
      title: t("amount"),
      align: "end",
      onCard: true,
      cell: (order) => <Money minor={order.net.amount_minor} currency={order.net.currency} />,
    },
  ];

  return (
    <ListPage
      id="orders"
      title={t("title")}
      address={address}
      query={orders}
      columns={columns}
      rowKey={(order) => order.id}
      rowName={(order) => order.external_id}
      rowHref={(order) => `/orders/${order.id}`}
      searchPlaceholder={t("search")}
      countWords={(total) => (total === null ? t("count_many") : t("count", { count: total }))}
      filters={[
        daysFilter({
          key: "when",
          label: t("when"),
          from: values.from,
          to: values.to,
          show: (from, to) => {
            const words = { from: from && calendarDate(from, language), to: to && calendarDate(to, language) };
            return t(from && to ? "between" : from ? "since" : "until", words);
          },
          onChange: (from, to) => set({ from, to }),
        }),
        choiceFilter({
          key: "kind",
          label: t("kind"),
          value: values.kind,
          options: (["sale", "return"] as const).map((value) => ({ value, label: t(value) })),
          onChange: (kind) => set({ kind: kind as typeof values.kind }),
        }),
        choiceFilter({
          key: "channel",
          label: t("channel"),
          value: values.channel,
          options: CHANNELS.flatMap((value) => (value === "" ? [] : [{ value, label: t(`channels.${value}`) }])),
          onChange: (channel) => set({ channel: channel as typeof values.channel }),
        }),
        choiceFilter({
          key: "who",
          label: t("who"),
          value: values.who,
          options: (["known", "anonymous"] as const).map((value) => ({ value, label: t(`who_${value}`) })),
          onChange: (who) => set({ who: who as typeof values.who }),
        }),
      ]}
      empty={
        <EmptyState
          icon={<ShoppingOutlined />}
          title={t("empty_title")}
          purpose={t("empty")}
          action={
            may("imports.run") && (
              <Link to="/imports/new">
                <Button type="primary" tabIndex={-1}>
                  {t("empty_action")}
                </Button>
              </Link>
            )
          }
        />
      }
    />
  );
}

function OrderName({ order }: { order: OrderRow }) {
  const { t } = useTranslation("orders");
  return (
    <>
      {order.external_id} {order.kind === "return" && <Tag tone="warning">{t("return")}</Tag>}{" "}
      {order.state === "cancelled" && <Tag>{t("cancelled")}</Tag>}
    </>
  );
}
