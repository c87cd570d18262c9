import { DownloadOutlined, WalletOutlined } from "@ant-design/icons";
import { Button, DatePicker, Drawer, Dropdown } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { Method, PlainPage, Section } from "@/components/layout";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { FIGURES, type Figure, type RowsOf, type StoreDay, useDay, useDayRows, useFile } from "./api";
import styles from "./desk.module.css";

const DAY = "YYYY-MM-DD";
const FIELDS = { on: textField() };

/** What each store took, gave and paid out on one day; each figure opens its rows. */
export function DayPage() {
  const { t } = useTranslation("desk");
  const may = useMay();
  const address = useAddress(FIELDS);
  const on = /^\d{4}-\d{2}-\d{2}$/.test(address.values.on) ? address.values.on : dayjs().format(DAY);
  const query = useDay(on, may("loyalty.read"));
  const file = useFile();
  const [rows, setRows] = useState<(RowsOf & { name: string; currency: string }) | null>(null);
  if (!may("loyalty.read")) return <NoPermission what={t("day.title")} />;
  const told = query.data;
  const stores = told?.stores ?? [];
  const shown = FIGURES.filter((figure) => stores.some((store) => amountOf(store, figure) !== 0));
  const money = (minor: number) => <Money minor={minor} currency={told?.currency} />;
  const nameOf = (store: StoreDay) => store.store_name ?? t("day.none_store");
  return (
    <PlainPage
      title={t("day.title")}
      about={t("day.about")}
      actions={
        <>
          <DatePicker
            allowClear={false}
            value={dayjs(on)}
            onChange={(next) => next && address.change({ on: next.format(DAY) })}
          />
          <Dropdown
            trigger={["click"]}
            menu={{
              items: (["csv", "xlsx"] as const).map((format) => ({ key: format, label: t(`file.${format}`) })),
              onClick: ({ key }) =>
                file.mutate({
                  path: `/loyalty/stored-value/day/file?on=${on}&format=${key}`,
                  name: `stored-value-${on}.${key}`,
                }),
            }}
          >
            <Button icon={<DownloadOutlined />} loading={file.isPending}>
              {t("file.button")}
            </Button>
          </Dropdown>
        </>
      }
    >
      {query.error && !told ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !told ? (
        <BoneLines lines={6} />
      ) : stores.length === 0 ? (
        <EmptyState
          icon={<WalletOutlined />}
          title={t("day.title")}
          purpose={t("day.empty")}
          example={t("day.about")}
        />
      ) : (
        <>
          <div className={styles.table}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("day.store")}</th>
                  <th scope="col">{t("day.opening")}</th>
                  {shown.map((figure) => (
                    <th key={figure} scope="col">
                      {t(`figure.${figure}`)}
                    </th>
                  ))}
                  <th scope="col">{t("day.closing")}</th>
                </tr>
              </thead>
              <tbody>
                {stores.map((store) => (
                  <tr key={store.store_id ?? 0}>
                    <td>{nameOf(store)}</td>
                    <td>{money(store.opening_minor)}</td>
                    {shown.map((figure) => (
                      <td key={figure}>
                        {amountOf(store, figure) === 0 ? (
                          <None />
                        ) : (
                          <Button
                            type="link"
                            className={styles.figure}
                            onClick={() =>
                              setRows({
                                on,
                                figure,
                                storeId: store.store_id,
                                name: nameOf(store),
                                currency: told.currency,
                              })
                            }
                          >
                            {money(amountOf(store, figure))}
                          </Button>
                        )}
                      </td>
                    ))}
                    <td>{money(store.closing_minor)}</td>
                  </tr>
                ))}
              </tbody>
              {stores.length > 1 && (
                <tfoot>
                  <tr>
                    <th scope="row">{t("day.total")}</th>
                    <td>{money(sum(stores.map((store) => store.opening_minor)))}</td>
                    {shown.map((figure) => (
                      <td key={figure}>{money(sum(stores.map((store) => amountOf(store, figure))))}</td>
                    ))}
                    <td>{money(sum(stores.map((store) => store.closing_minor)))}</td>
                  </tr>
                </tfoot>
              )}
            </table>
          </div>
          <ByTender stores={stores} currency={told.currency} nameOf={nameOf} />
          <Method>{t("day.how")}</Method>
        </>
      )}
      {rows && (
        <Drawer
          open
          size={560}
          title={t("day.rows", { store: rows.name, figure: t(`figure.${rows.figure}`) })}
          onClose={() => setRows(null)}
        >
          <Rows rows={rows} currency={rows.currency} />
        </Drawer>
      )}
    </PlainPage>
  );
}

function amountOf(store: StoreDay, figure: Figure): number {
  return store.figures.find((one) => one.figure === figure)?.amount_minor ?? 0;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((whole, amount) => whole + amount, 0);
}

function ByTender({
  stores,
  currency,
  nameOf,
}: {
  stores: readonly StoreDay[];
  currency: string;
  nameOf: (store: StoreDay) => string;
}) {
  const { t } = useTranslation("desk");
  const lines = stores.flatMap((store) => [
    ...store.topped_up_by.map((one) => ({ ...one, store, way: "received" as const })),
    ...store.paid_out_by.map((one) => ({ ...one, store, way: "returned" as const })),
  ]);
  if (lines.length === 0) return null;
  return (
    <Section title={t("day.by_tender")}>
      <div className={styles.table}>
        <table>
          <tbody>
            {lines.map(({ store, way, tender, amount_minor }) => (
              <tr key={`${store.store_id}:${way}:${tender}`}>
                <td>
                  {nameOf(store)} · {t(`day.${way}`)} · {t(`tender.${tender}`)}
                </td>
                <td>
                  <Money minor={amount_minor} currency={currency} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

type Row = NonNullable<ReturnType<typeof useDayRows>["data"]>["items"][number];

function Rows({ rows, currency }: { rows: RowsOf; currency: string }) {
  const { t } = useTranslation("desk");
  const query = useDayRows(rows);
  const columns: Column<Row>[] = [
    {
      key: "who",
      title: t("day.who"),
      identity: true,
      cell: ({ customer_id, customer_name }) => (
        <Link to={`/loyalty/desk?customer=${customer_id}`}>{customer_name || t("nameless")}</Link>
      ),
    },
    {
      key: "amount",
      title: t("statement.amount"),
      align: "end",
      onCard: true,
      cell: ({ amount_minor }) => <Money minor={amount_minor} currency={currency} />,
    },
    { key: "at", title: t("statement.at"), onCard: true, cell: ({ posted_at }) => <When at={posted_at} exact /> },
    { key: "by", title: t("day.by"), cell: ({ actor }) => actor || <None /> },
  ];
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <DataTable
      caption={t(`figure.${rows.figure}`)}
      columns={columns}
      rows={query.data?.items}
      rowKey={({ transaction_id }) => transaction_id}
      dense
    />
  );
}
