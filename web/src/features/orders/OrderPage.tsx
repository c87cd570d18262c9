import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, When } from "@/components/figures";
import { type Fact, Facts, Figures, PlainPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, ErrorState, NoPermission } from "@/components/states";
import { currencySign, exactMoney } from "@/format/money";
import { type OrderFull, type OrderLine, useOrder } from "./api";
import styles from "./orders.module.css";
import { PointsSection } from "./PointsSection";

export function OrderPage() {
  const { t } = useTranslation("orders");
  const may = useMay();
  const id = Number(useParams().id);
  if (!may("orders.read")) return <NoPermission what={t("title")} />;
  return <OrderView key={id} id={id} />;
}

function OrderView({ id }: { id: number }) {
  const { t } = useTranslation("orders");
  const may = useMay();
  const order = useOrder(id);
  if (order.error && !order.data) return <ErrorState error={order.error} onRetry={() => void order.refetch()} />;
  if (!order.data) {
    return (
      <PlainPage title="">
        <BoneLines lines={8} />
      </PlainPage>
    );
  }
  const { net, gross, discount, kind, external_id } = order.data;
  return (
    <PlainPage title={`${t(kind)} ${external_id}`} above={<Link to="/orders">{t("title")}</Link>}>
      <Figures
        figures={[
          { key: "net", label: t("net"), value: <Money minor={net.amount_minor} currency={net.currency} /> },
          { key: "gross", label: t("gross"), value: <Money minor={gross.amount_minor} currency={gross.currency} /> },
          {
            key: "discount",
            label: t("discount"),
            value: <Money minor={discount.amount_minor} currency={discount.currency} />,
          },
        ]}
      />
      <div className={styles.columns}>
        <Section title={t("lines")}>
          <Lines order={order.data} />
        </Section>
        <aside>
          <Section title={t("about")}>
            <OrderFacts order={order.data} />
          </Section>
          {may("loyalty.read") && <PointsSection id={order.data.id} />}
          <Section title={t("payments")}>
            {order.data.payments.length === 0 ? (
              <p className={styles.faint}>{t("no_payments")}</p>
            ) : (
              <Facts
                facts={order.data.payments.map(({ tender, amount_minor }, place) => ({
                  key: `${tender}-${place}`,
                  label: t(`tender.${tender}`),
                  value: <Money minor={amount_minor} currency={net.currency} />,
                }))}
              />
            )}
          </Section>
        </aside>
      </div>
    </PlainPage>
  );
}

function OrderFacts({ order }: { order: OrderFull }) {
  const { t } = useTranslation("orders");
  const { customer, store, return_of, returns } = order;
  const facts: Fact[] = [
    { key: "at", label: t("at"), value: <When at={order.placed_at} /> },
    {
      key: "customer",
      label: t("customer"),
      value: customer ? (
        <Link to={`/customers/${customer.id}`}>{customer.name || `#${customer.id}`}</Link>
      ) : (
        <span className={styles.faint}>{t("anonymous")}</span>
      ),
    },
    { key: "channel", label: t("channel"), value: t(`channels.${order.channel}`) },
    ...(store ? [{ key: "store", label: t("store"), value: store.name }] : []),
    ...(order.clerk ? [{ key: "clerk", label: t("clerk"), value: order.clerk }] : []),
    { key: "source", label: t("source"), value: order.source.name },
    ...(return_of
      ? [
          {
            key: "return_of",
            label: t("return_of"),
            value: <Link to={`/orders/${return_of.id}`}>{return_of.external_id}</Link>,
          },
        ]
      : []),
    ...(returns.length > 0
      ? [
          {
            key: "returns",
            label: t("returns"),
            value: returns.map(({ id, external_id }) => (
              <div key={id}>
                <Link to={`/orders/${id}`}>{external_id}</Link>
              </div>
            )),
          },
        ]
      : []),
  ];
  return <Facts facts={facts} />;
}

function Lines({ order }: { order: OrderFull }) {
  const { t } = useTranslation("orders");
  const { language, currency: homeCurrency } = useReading();
  const { currency } = order.net;
  const sign = currencySign(currency, { language, homeCurrency });
  const plain = (minor: number) =>
    exactMoney({ amount_minor: minor, currency }, { language, homeCurrency }).replace(sign, "").trim();
  const columns: Column<OrderLine>[] = [
    {
      key: "product",
      title: t("product"),
      identity: true,
      cell: ({ product }) => (
        <span className={styles.product}>
          {product.name || product.sku}
          <span className={styles.sku}>{product.sku}</span>
        </span>
      ),
    },
    { key: "quantity", title: t("quantity"), align: "end", onCard: true, cell: (line) => line.quantity },
    {
      key: "unit_price",
      title: `${t("unit_price")} ${sign}`,
      align: "end",
      onCard: true,
      cell: (line) => line.unit_price ?? <span className={styles.faint}>{t("unknown_price")}</span>,
    },
    ...(order.lines.some(({ discount_minor }) => discount_minor !== 0)
      ? [
          {
            key: "discount",
            title: `${t("discount")} ${sign}`,
            align: "end" as const,
            cell: (line: OrderLine) => plain(line.discount_minor),
          },
        ]
      : []),
    { key: "net", title: `${t("net")} ${sign}`, align: "end", onCard: true, cell: (line) => plain(line.net_minor) },
  ];
  return <DataTable caption={t("lines")} columns={columns} rows={order.lines} rowKey={(line) => line.line_number} />;
}
