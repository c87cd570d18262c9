import { DiffOutlined, DownloadOutlined, GiftOutlined, StarOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { AdjustDialog } from "@/components/adjust/AdjustDialog";
import { type Column, DataTable } from "@/components/DataTable";
import { When } from "@/components/figures";
import { type Figure, Figures, Section } from "@/components/layout";
import { useReading } from "@/components/reading";
import { BoneLines, EmptyState, ErrorState } from "@/components/states";
import { Tag } from "@/components/Tag";
import { exactCount } from "@/format/count";
import { exactMoney } from "@/format/money";
import { dayOf } from "@/format/when";
import styles from "../customers.module.css";
import { RedeemDialog } from "./RedeemDialog";
import { type Asset, type LedgerLine, ledgerFile, useLedger, useMemberValue } from "./value";

const GROUPS = {
  all: [],
  in: ["earn", "mature"],
  out: ["burn", "settle"],
  back: ["reverse"],
  expire: ["expire"],
  adjust: ["adjust", "transfer"],
  held: ["hold", "release"],
} as const satisfies Record<string, readonly LedgerLine["kind"][]>;
type Group = keyof typeof GROUPS;

const FIELDS = { asset: textField() };

const SHOWN_DAYS = 4;

/** What she has of everything, what of it expires when, and how each part came and went. */
export function ValueTab({ id, name }: { id: number; name: string }) {
  const { t } = useTranslation("points");
  const { t: rewards } = useTranslation("rewards");
  const { t: desk } = useTranslation("desk");
  const may = useMay();
  const value = useMemberValue(id);
  const [redeeming, setRedeeming] = useState(false);
  const [adjusting, setAdjusting] = useState(false);
  const address = useAddress(FIELDS);
  if (value.error && !value.data) {
    return <ErrorState error={value.error} compact onRetry={() => void value.refetch()} />;
  }
  if (!value.data) return <BoneLines lines={8} />;
  const { assets } = value.data;
  const asset = assets.find((one) => one.asset === address.values.asset) ?? assets[0];
  if (!asset) {
    return <EmptyState icon={<StarOutlined />} title={t("no_programme_title")} purpose={t("no_programme")} />;
  }
  return (
    <div className={styles.stack}>
      {assets.length > 1 && (
        <Segmented
          value={asset.asset}
          onChange={(chosen) => address.change({ asset: chosen })}
          options={assets.map((one) => ({ value: one.asset, label: one.name || t(`asset.${one.kind}`) }))}
        />
      )}
      <Balances asset={asset} />
      <div className={styles.actions}>
        {asset.kind === "points" && may("loyalty.serve") && (
          <Button icon={<GiftOutlined />} onClick={() => setRedeeming(true)}>
            {rewards("redeem.button")}
          </Button>
        )}
        {may("loyalty.adjust") && (
          <Button icon={<DiffOutlined />} onClick={() => setAdjusting(true)}>
            {desk("adjust.button")}
          </Button>
        )}
      </div>
      {adjusting && (
        <AdjustDialog
          id={id}
          name={name}
          start={asset.kind}
          startCard={asset.kind === "uses" ? asset.asset.slice("uses:".length) : ""}
          onClose={() => setAdjusting(false)}
        />
      )}
      {redeeming && <RedeemDialog id={id} onClose={() => setRedeeming(false)} />}
      <Ledger key={asset.asset} id={id} asset={asset} />
    </div>
  );
}

/** An amount of this asset as it is read: points and uses as counts, stored value as money. */
function useAmount(asset: Asset): (amount: number) => string {
  const { language, currency: homeCurrency } = useReading();
  return (amount) =>
    asset.kind === "money" && asset.currency
      ? exactMoney({ amount_minor: amount, currency: asset.currency }, { language, homeCurrency })
      : exactCount(amount, language);
}

function Balances({ asset }: { asset: Asset }) {
  const { t } = useTranslation("points");
  const { language, timezone } = useReading();
  const amount = useAmount(asset);
  const day = (at: string) => dayOf(new Date(at), { language, timezone });
  const figures: Figure[] = [
    {
      key: "balance",
      label: t("balance"),
      value: <span className={asset.balance < 0 ? styles.negative : undefined}>{amount(asset.balance)}</span>,
      note: asset.frozen_at ? t("frozen", { day: day(asset.frozen_at) }) : undefined,
    },
    ...(asset.pending ? [{ key: "pending", label: t("pending"), value: amount(asset.pending) }] : []),
    ...(asset.held ? [{ key: "held", label: t("held"), value: amount(asset.held) }] : []),
    ...(asset.owed ? [{ key: "owed", label: t("owed"), value: amount(asset.owed) }] : []),
    { key: "earned", label: t("earned_year"), value: amount(asset.earned_this_year) },
    { key: "spent", label: t("spent_year"), value: amount(asset.spent_this_year) },
    ...(asset.expired_this_year
      ? [{ key: "expired", label: t("expired_year"), value: amount(asset.expired_this_year) }]
      : []),
  ];
  const more = asset.expiring.length - SHOWN_DAYS;
  return (
    <>
      <Figures figures={figures} />
      {asset.balance > 0 && (
        <Section title={t("expiring")}>
          {asset.expiring.length === 0 ? (
            <p className={styles.soft}>{t("expires_never")}</p>
          ) : (
            <ul className={styles.expiring}>
              {asset.expiring.slice(0, SHOWN_DAYS).map((one) => (
                <li key={one.expires_at}>
                  <b>{amount(one.amount)}</b> {t("expiring_day", { day: day(lastMoment(one.expires_at)) })}
                </li>
              ))}
              {more > 0 && <li>{t("more_days", { count: more })}</li>}
            </ul>
          )}
        </Section>
      )}
    </>
  );
}

/** The last instant at which something can be spent that is over at `expires_at`: its day is the one to tell. */
function lastMoment(expires_at: string): string {
  return new Date(new Date(expires_at).getTime() - 1).toISOString();
}

function Ledger({ id, asset }: { id: number; asset: Asset }) {
  const { t } = useTranslation("points");
  const { language } = useReading();
  const [group, setGroup] = useState<Group>("all");
  const kinds = GROUPS[group];
  const ledger = useLedger(id, asset.asset, kinds);
  const amount = useAmount(asset);
  const title = useLineTitle();
  const rows = ledger.data?.pages.flatMap(({ items }) => items);
  const signed = (change: number) => `${change > 0 ? "+" : change < 0 ? "−" : ""}${amount(Math.abs(change))}`;
  const columns: Column<LedgerLine>[] = [
    { key: "what", title: t("column.what"), identity: true, width: "30%", cell: title },
    { key: "why", title: t("column.why"), cell: (line) => <Why line={line} amount={amount} signed={signed} /> },
    { key: "at", title: t("column.at"), width: 150, onCard: true, cell: (line) => <When at={line.occurred_at} /> },
    {
      key: "amount",
      title: t("column.amount"),
      align: "end",
      width: 110,
      onCard: true,
      cell: (line) => (
        <span className={line.amount < 0 ? styles.negative : undefined}>
          {line.amount === 0 ? "·" : signed(line.amount)}
        </span>
      ),
    },
    {
      key: "balance",
      title: t("column.balance"),
      align: "end",
      width: 130,
      onCard: true,
      cell: (line) => amount(line.balance),
    },
  ];
  return (
    <Section
      title={t("ledger")}
      extra={
        <Button icon={<DownloadOutlined />} href={ledgerFile(id, asset.asset, kinds)} download>
          {t("download")}
        </Button>
      }
    >
      <div className={styles.kinds}>
        <Segmented
          value={group}
          onChange={(chosen) => setGroup(chosen as Group)}
          aria-label={t("filter.kind")}
          options={(Object.keys(GROUPS) as Group[]).map((one) => ({ value: one, label: t(`group.${one}`) }))}
        />
      </div>
      {ledger.error && !rows ? (
        <ErrorState error={ledger.error} compact onRetry={() => void ledger.refetch()} />
      ) : rows?.length === 0 ? (
        group === "all" ? (
          <EmptyState icon={<StarOutlined />} title={t("none_title")} purpose={t("none")} />
        ) : (
          <EmptyState
            title={t("filtered_none_title")}
            purpose={t("filtered_none")}
            action={<Button onClick={() => setGroup("all")}>{t("show_all")}</Button>}
          />
        )
      ) : (
        <>
          <DataTable caption={t("ledger")} columns={columns} rows={rows} rowKey={(line) => line.id} />
          {rows && (
            <div className={styles.more} lang={language}>
              {ledger.hasNextPage ? (
                <Button loading={ledger.isFetchingNextPage} onClick={() => void ledger.fetchNextPage()}>
                  {t("more")}
                </Button>
              ) : (
                t("end")
              )}
            </div>
          )}
        </>
      )}
    </Section>
  );
}

/** What happened, as a sentence that opens what it happened for. */
function useLineTitle() {
  const { t } = useTranslation("points");
  const { language } = useReading();
  return (line: LedgerLine) => {
    const { redemption, order } = line;
    if (redemption) {
      const deed = line.kind === "hold" ? "redeem_hold" : isBack(line) ? "redeem_back" : "redeem";
      const reward = language === "en" ? redemption.name_en : redemption.name_zh;
      return <Link to={`/loyalty/redemptions/${redemption.id}`}>{t(`line.${deed}`, { reward })}</Link>;
    }
    const deed = line.kind === "reverse" ? (line.amount + line.pending < 0 ? "reverse_out" : "reverse_in") : line.kind;
    return order ? (
      <Link to={`/orders/${order.id}`}>{t(`line.${deed}_order`, { order: order.external_id })}</Link>
    ) : (
      t(`line.${deed}`)
    );
  };
}

function isBack(line: LedgerLine): boolean {
  return line.kind === "release" || line.kind === "reverse";
}

interface Rule {
  readonly name: string;
  readonly factor_bp: number;
}

/** Which rules with which factor, under which version; what came back; who did it and in what words. */
function Why({
  line,
  amount,
  signed,
}: {
  line: LedgerLine;
  amount: (amount: number) => string;
  signed: (change: number) => string;
}) {
  const { t } = useTranslation("points");
  const { language, timezone } = useReading();
  const rules = (Array.isArray(line.reason.rules) ? line.reason.rules : []) as Rule[];
  const before = line.reason.before_caps;
  const limited = typeof before === "number" && before > line.amount + line.pending && line.kind === "earn";
  const words = typeof line.reason.note === "string" ? line.reason.note : "";
  const facts = [
    ...(line.pending && line.kind === "earn" ? [t("pending_points", { points: amount(line.pending) })] : []),
    ...(line.held && line.kind !== "release" ? [t("held_points", { points: signed(line.held) })] : []),
    ...(limited ? [t("capped", { points: amount(before) })] : []),
    ...(line.kind === "earn" && line.expires_at
      ? [t("lot_expires", { day: dayOf(new Date(lastMoment(line.expires_at)), { language, timezone }) })]
      : []),
    ...(line.version ? [t("version", { version: line.version })] : []),
    ...(words ? [words] : []),
    ...(line.actor ? [t("by", { actor: line.actor })] : []),
  ];
  return (
    <span className={styles.why}>
      {rules.map((rule) => (
        <Tag key={rule.name} tone="accent">
          {t("rule", { name: rule.name, factor: rule.factor_bp / 10_000 })}
        </Tag>
      ))}
      {facts.length > 0 && <span className={styles.faint}>{facts.join(" · ")}</span>}
      {line.came_back.length > 0 && (
        <span>
          {t("came_back")}{" "}
          {line.came_back.map((order) => (
            <Link key={order.id} to={`/orders/${order.id}`}>
              {order.external_id}
            </Link>
          ))}
        </span>
      )}
    </span>
  );
}
