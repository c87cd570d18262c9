import { AccountBookOutlined } from "@ant-design/icons";
import { Button, DatePicker, Drawer, Segmented } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { Chart } from "@/components/Chart";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { Card, type Figure, PlainPage, ReportPage, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState, NoPermission } from "@/components/states";
import { exactCount, shortCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import { percent } from "@/format/percent";
import { absoluteTime } from "@/format/when";
import { type Ending, type Liability, useLiability, useMembersEnding, useMovements } from "./api";
import styles from "./liability.module.css";

const FIELDS = { asset: textField(), month: textField() };
const NEVER = "never";

/** What is behind a figure: whose points end with a month, or what moved a line of the month. */
type Rows = { readonly kind: "members"; readonly month: string } | { readonly kind: "movement"; readonly line: House };

const HOUSES = ["issued", "given", "spent", "refunded", "expired", "adjusted", "forgiven", "charged", "moved"] as const;
type House = (typeof HOUSES)[number];
const POCKETS = ["pending", "available", "held", "owed"] as const;

export function LiabilityPage() {
  const { t } = useTranslation("liability");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { asset, month } = address.values;
  const query = useLiability(asset, month, may("loyalty.read"));
  if (!may("loyalty.read")) return <NoPermission what={t("title")} />;
  if (query.error && !query.data) {
    const none = "code" in query.error && query.error.code === "programme.not_found";
    return (
      <PlainPage title={t("title")}>
        {none ? (
          <EmptyState icon={<AccountBookOutlined />} title={t("empty.title")} purpose={t("empty.purpose")} />
        ) : (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        )}
      </PlainPage>
    );
  }
  return (
    <Report
      told={query.data}
      onAsset={(chosen) => address.change({ asset: chosen })}
      onMonth={(chosen) => address.change({ month: chosen })}
    />
  );
}

function Report({
  told,
  onAsset,
  onMonth,
}: {
  told: Liability | undefined;
  onAsset: (asset: string) => void;
  onMonth: (month: string) => void;
}) {
  const { t } = useTranslation("liability");
  const { language } = useReading();
  const [rows, setRows] = useState<Rows | null>(null);
  const amount = useAmount(told?.asset ?? "");
  const method = t("method", { returnObjects: true });
  const named = useAssetWords();
  return (
    <ReportPage
      question={t("title")}
      about={t("about")}
      loading={!told}
      period={
        told &&
        told.assets.length > 1 && (
          <Segmented
            value={told.asset}
            onChange={onAsset}
            options={told.assets.map(({ asset }) => ({ value: asset, label: named(asset) }))}
          />
        )
      }
      figures={useFigures(told, amount)}
      chart={
        told && (
          <Card>
            <Chart
              title={t("chart")}
              kind="bar"
              enough={1}
              notEnough={t("not_enough")}
              categories={told.endings.flatMap(({ month }) => (month ? [month] : []))}
              series={[
                { key: "use", name: t("series.use"), values: dated(told).map(({ use }) => use) },
                ...(told.expected.breakage > 0
                  ? [
                      {
                        key: "breakage",
                        name: t("series.breakage"),
                        values: dated(told).map(({ breakage }) => breakage),
                      },
                    ]
                  : []),
              ]}
              format={amount}
              formatAxis={told.asset.startsWith("money:") ? amount : (value) => shortCount(value, language)}
              onPick={(place) => setRows({ kind: "members", month: dated(told)[place]?.month ?? NEVER })}
            />
          </Card>
        )
      }
      table={
        told ? (
          <div className={styles.stack}>
            <Endings told={told} amount={amount} onOpen={(month) => setRows({ kind: "members", month })} />
            <div className={styles.columns}>
              <Movement
                told={told}
                amount={amount}
                onMonth={onMonth}
                onOpen={(line) => setRows({ kind: "movement", line })}
              />
              <Trial told={told} amount={amount} />
            </div>
            {rows && <RowsDrawer told={told} rows={rows} amount={amount} onClose={() => setRows(null)} />}
          </div>
        ) : (
          <BoneLines lines={8} />
        )
      }
      method={method.map((words) => <p key={words}>{words}</p>)}
    />
  );
}

function dated(told: Liability): Ending[] {
  return told.endings.filter(({ month }) => month !== null);
}

/** Points and uses are counts; stored value is money of its currency. */
function useAmount(asset: string): (amount: number) => string {
  const { language, currency: homeCurrency } = useReading();
  const [kind, currency = ""] = asset.split(":");
  return (amount) =>
    kind === "money"
      ? exactMoney({ amount_minor: amount, currency }, { language, homeCurrency })
      : exactCount(amount, language);
}

function useAssetWords(): (asset: string) => string {
  const { t } = useTranslation("liability");
  return (asset) => {
    const [kind, named = ""] = asset.split(":");
    if (kind === "money") return t("assets.money", { currency: named });
    return kind === "uses" ? t("assets.uses", { id: named }) : t("assets.points");
  };
}

function useFigures(told: Liability | undefined, amount: (amount: number) => string): Figure[] {
  const { t } = useTranslation("liability");
  const { language } = useReading();
  if (!told) return ["total", "full", "expected", "breakage"].map((key) => ({ key, label: "", value: null }));
  const { outstanding, expected, full, expected_cost } = told;
  const share = outstanding.total > 0 ? expected.breakage / outstanding.total : 0;
  return [
    {
      key: "total",
      label: t("figure.total"),
      value: amount(outstanding.total),
      note: (
        <>
          {t("figure.members", { count: outstanding.members })}
          <br />
          {t("figure.held", {
            held: amount(outstanding.held),
            pending: amount(outstanding.pending),
            owed: amount(outstanding.owed),
          })}
        </>
      ),
    },
    ...(full
      ? [{ key: "full", label: t("figure.full"), value: <Money minor={full.amount_minor} currency={full.currency} /> }]
      : []),
    ...(expected_cost
      ? [
          {
            key: "expected",
            label: t("figure.expected"),
            value: <Money minor={expected_cost.amount_minor} currency={expected_cost.currency} />,
            note: expected.untold > 0 ? t("figure.untold", { points: amount(expected.untold) }) : undefined,
          },
        ]
      : []),
    {
      key: "breakage",
      label: t("figure.breakage"),
      value: told.enough_data ? amount(expected.breakage) : <None />,
      note: told.enough_data
        ? t("figure.share", { percent: percent(share, language) })
        : outstanding.total > 0 && t("figure.not_enough"),
    },
  ];
}

function Endings({
  told,
  amount,
  onOpen,
}: {
  told: Liability;
  amount: (amount: number) => string;
  onOpen: (month: string) => void;
}) {
  const { t } = useTranslation("liability");
  const figure = (key: "left" | "use" | "breakage" | "untold", onCard = false): Column<Ending> => ({
    key,
    title: t(`endings.${key}`),
    align: "end",
    onCard,
    cell: (ending) => amount(ending[key]),
  });
  const columns: Column<Ending>[] = [
    {
      key: "month",
      title: t("endings.month"),
      identity: true,
      cell: ({ month }) => (
        <Button type="link" className={styles.open} onClick={() => onOpen(month ?? NEVER)}>
          {month ?? t("endings.never")}
        </Button>
      ),
    },
    figure("left", true),
    figure("use", true),
    figure("breakage", true),
    figure("untold"),
  ];
  return (
    <Section title={t("endings.title")}>
      <DataTable
        caption={t("endings.title")}
        columns={columns}
        rows={told.endings}
        rowKey={({ month }) => month ?? NEVER}
      />
    </Section>
  );
}

interface MoveLine {
  readonly key: "opening" | "closing" | House;
  readonly amount: number;
}

function isHouse(name: string): name is House {
  return (HOUSES as readonly string[]).includes(name);
}

function Movement({
  told,
  amount,
  onMonth,
  onOpen,
}: {
  told: Liability;
  amount: (amount: number) => string;
  onMonth: (month: string) => void;
  onOpen: (line: House) => void;
}) {
  const { t } = useTranslation("liability");
  const { opening, closing, moved, month } = told.movement;
  const lines: MoveLine[] = [
    { key: "opening", amount: opening },
    ...HOUSES.flatMap((key) => {
      const line = moved.find(({ account }) => account === key);
      return line ? [{ key, amount: line.amount }] : [];
    }),
    { key: "closing", amount: closing },
  ];
  const columns: Column<MoveLine>[] = [
    {
      key: "line",
      title: t("movement.line"),
      identity: true,
      cell: ({ key }) =>
        isHouse(key) ? (
          <Button type="link" className={styles.open} onClick={() => onOpen(key)}>
            {t(`movement.house.${key}`)}
          </Button>
        ) : (
          <span className={styles.total}>{t(`movement.${key}`)}</span>
        ),
    },
    {
      key: "amount",
      title: t("movement.amount"),
      align: "end",
      onCard: true,
      cell: (line) => (
        <span className={isHouse(line.key) ? undefined : styles.total}>
          {isHouse(line.key) && line.amount > 0 ? "+" : ""}
          {amount(line.amount)}
        </span>
      ),
    },
  ];
  return (
    <Section
      title={t("movement.title")}
      extra={
        <DatePicker
          picker="month"
          allowClear={false}
          aria-label={t("month")}
          value={dayjs(`${month}-01`)}
          onChange={(chosen) => chosen && onMonth(chosen.format("YYYY-MM"))}
        />
      }
    >
      <DataTable caption={t("movement.title")} columns={columns} rows={lines} rowKey={({ key }) => key} />
    </Section>
  );
}

function Trial({ told, amount }: { told: Liability; amount: (amount: number) => string }) {
  const { t } = useTranslation("liability");
  const { language, timezone } = useReading();
  const sum = told.trial.reduce((total, { balance }) => total + balance, 0);
  const named = (account: string) => {
    const pocket = POCKETS.find((one) => one === account);
    if (pocket) return t(`trial.pocket.${pocket}`);
    return isHouse(account) ? t(`movement.house.${account}`) : account;
  };
  const columns: Column<Liability["trial"][number]>[] = [
    {
      key: "account",
      title: t("trial.account"),
      identity: true,
      cell: ({ account }) => (account === "" ? <span className={styles.total}>{t("trial.sum")}</span> : named(account)),
    },
    {
      key: "balance",
      title: t("trial.balance"),
      align: "end",
      onCard: true,
      cell: ({ account, balance }) => (
        <span className={account === "" ? styles.total : undefined}>{amount(balance)}</span>
      ),
    },
  ];
  const proof = told.proof;
  return (
    <Section title={t("trial.title")}>
      <DataTable
        caption={t("trial.title")}
        columns={columns}
        rows={[...told.trial, { account: "", balance: sum }]}
        rowKey={({ account }) => account}
      />
      <p className={styles.faint}>
        {proof
          ? t(proof.faults > 0 ? "trial.faults" : "trial.proof", {
              when: absoluteTime(new Date(proof.at), { language, timezone }),
              entries: exactCount(proof.entries, language),
              faults: proof.faults,
            })
          : t("trial.unproved")}
      </p>
    </Section>
  );
}

function RowsDrawer({
  told,
  rows,
  amount,
  onClose,
}: {
  told: Liability;
  rows: Rows;
  amount: (amount: number) => string;
  onClose: () => void;
}) {
  const { t } = useTranslation("liability");
  const title =
    rows.kind === "movement"
      ? t("rows.movement", { line: t(`movement.house.${rows.line}`), month: told.movement.month })
      : rows.month === NEVER
        ? t("rows.never")
        : t("rows.members", { month: rows.month });
  return (
    <Drawer open title={title} size="large" onClose={onClose}>
      {rows.kind === "members" ? (
        <MembersEnding asset={told.asset} month={rows.month} amount={amount} caption={title} />
      ) : (
        <Movements asset={told.asset} month={told.movement.month} account={rows.line} amount={amount} caption={title} />
      )}
    </Drawer>
  );
}

function MembersEnding({
  asset,
  month,
  amount,
  caption,
}: {
  asset: string;
  month: string;
  amount: (amount: number) => string;
  caption: string;
}) {
  const { t } = useTranslation("liability");
  const found = useMembersEnding(asset, month);
  if (found.error) return <ErrorState error={found.error} compact onRetry={() => void found.refetch()} />;
  return (
    <>
      <DataTable
        caption={caption}
        columns={[
          {
            key: "who",
            title: t("rows.who"),
            identity: true,
            cell: ({ customer_id, name }) => name || `#${customer_id}`,
          },
          { key: "left", title: t("rows.left"), align: "end", onCard: true, cell: ({ left }) => amount(left) },
        ]}
        rows={found.data?.pages.flatMap(({ items }) => items)}
        rowKey={({ customer_id }) => customer_id}
        rowHref={({ customer_id }) => `/customers/${customer_id}?tab=value`}
      />
      <More query={found} />
    </>
  );
}

function Movements({
  asset,
  month,
  account,
  amount,
  caption,
}: {
  asset: string;
  month: string;
  account: string;
  amount: (amount: number) => string;
  caption: string;
}) {
  const { t } = useTranslation("liability");
  const found = useMovements(asset, month, account);
  if (found.error) return <ErrorState error={found.error} compact onRetry={() => void found.refetch()} />;
  return (
    <>
      <DataTable
        caption={caption}
        columns={[
          {
            key: "who",
            title: t("rows.who"),
            identity: true,
            cell: ({ customer_id, name }) =>
              customer_id ? (
                <Link to={`/customers/${customer_id}?tab=value`}>{name || `#${customer_id}`}</Link>
              ) : (
                t("rows.nobody")
              ),
          },
          { key: "at", title: t("rows.at"), onCard: true, cell: ({ posted_at }) => <When at={posted_at} /> },
          {
            key: "amount",
            title: t("rows.amount"),
            align: "end",
            onCard: true,
            cell: (row) => amount(row.amount),
          },
        ]}
        rows={found.data?.pages.flatMap(({ items }) => items)}
        rowKey={({ transaction_id }) => transaction_id}
      />
      <More query={found} />
    </>
  );
}

function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  const { t } = useTranslation("liability");
  if (!query.hasNextPage) return null;
  return (
    <div className={styles.more}>
      <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {t("rows.more")}
      </Button>
    </div>
  );
}
