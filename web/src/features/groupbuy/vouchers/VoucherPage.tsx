import { App, Button, Checkbox, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, useAddress } from "@/components/address";
import { useAmounts } from "@/components/amounts";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, None, When } from "@/components/figures";
import { ObjectPage } from "@/components/layout";
import { Refused } from "@/components/Refused";
import { useNow } from "@/components/reading";
import { EmptyState, ErrorState, NoPermission } from "@/components/states";
import { type Redemption, useRefundVoucher, useUndo, useVoucher, type Voucher } from "./api";
import styles from "./vouchers.module.css";
import { isFresh, lastMoment, VoucherTag } from "./words";

const TABS = ["redemptions", "history"] as const;
const FIELDS = { tab: choiceField(TABS, "redemptions") };

/** One voucher: what is left of it, where it was used, and what happened to it. */
export function VoucherPage() {
  const { t } = useTranslation("vouchers");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = useVoucher(Number(id));
  const [refunding, setRefunding] = useState(false);
  const voucher = query.data;
  if (!may("groupbuy.read")) return <NoPermission what={t("title")} />;
  if (query.error && !voucher) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const isLive = voucher?.state === "issued" || voucher?.state === "partly_used";
  return (
    <>
      <ObjectPage
        title={voucher ? t("page.title", { deal: voucher.deal.name, end: voucher.code_end }) : t("title")}
        mark={voucher && <VoucherTag state={voucher.state} />}
        above={<Link to="/groupbuy/vouchers">{t("title")}</Link>}
        about={
          voucher && (
            <span className={styles.row}>
              <Link to={`/customers/${voucher.customer.id}`}>
                {voucher.customer.name || t("nameless", { id: voucher.customer.id })}
              </Link>
              <Link to={`/groupbuy/deals/${voucher.deal.id}`}>{voucher.deal.name}</Link>
            </span>
          )
        }
        loading={!voucher}
        actions={
          isLive && may("groupbuy.write") && <Button onClick={() => setRefunding(true)}>{t("refund.button")}</Button>
        }
        figures={[
          {
            key: "uses",
            label: t("page.uses"),
            value: voucher && (
              <>
                <Count value={isLive ? voucher.uses - voucher.used : 0} /> / <Count value={voucher.uses} />
              </>
            ),
          },
          { key: "left", label: t("page.left"), value: <Amount amount={voucher?.left} /> },
          { key: "price", label: t("page.price"), value: <Amount amount={voucher?.price} /> },
          { key: "from", label: t("page.from"), value: <When at={voucher?.valid_from} /> },
          { key: "until", label: t("page.until"), value: <When at={voucher && lastMoment(voucher.valid_until)} /> },
        ]}
        tab={address.values.tab}
        onTab={(tab) => address.change({ tab: TABS.find((one) => one === tab) ?? "redemptions" })}
        tabs={[
          {
            key: "redemptions",
            label: t("page.tab.redemptions"),
            content: voucher && <Redemptions voucher={voucher} />,
          },
          { key: "history", label: t("page.tab.history"), content: voucher && <History voucher={voucher} /> },
        ]}
      />
      {refunding && voucher && <RefundDialog voucher={voucher} onClose={() => setRefunding(false)} />}
    </>
  );
}

function Amount({ amount }: { amount: Voucher["left"] | undefined }) {
  return <Money minor={amount?.amount_minor} currency={amount?.currency} />;
}

function Redemptions({ voucher }: { voucher: Voucher }) {
  const { t } = useTranslation("vouchers");
  const may = useMay();
  const now = useNow();
  const [undoing, setUndoing] = useState<Redemption | null>(null);
  if (voucher.redemptions.length === 0)
    return <EmptyState title={t("redemptions.none")} purpose={t("redemptions.none_words")} />;
  const columns: Column<Redemption>[] = [
    { key: "store", title: t("redemptions.store"), identity: true, cell: ({ store }) => store.name },
    { key: "at", title: t("redemptions.at"), onCard: true, cell: ({ occurred_at }) => <When at={occurred_at} exact /> },
    {
      key: "uses",
      title: t("redemptions.uses"),
      align: "end",
      onCard: true,
      cell: ({ uses }) => <Count value={uses} />,
    },
    {
      key: "amount",
      title: t("redemptions.amount"),
      align: "end",
      onCard: true,
      cell: ({ amount }) => <Amount amount={amount} />,
    },
    {
      key: "commission",
      title: t("redemptions.commission"),
      align: "end",
      cell: ({ commission_minor, amount }) => <Money minor={commission_minor} currency={amount.currency} />,
    },
    { key: "clerk", title: t("redemptions.clerk"), cell: ({ clerk }) => clerk || <None /> },
    {
      key: "undone",
      title: t("redemptions.undone"),
      onCard: true,
      cell: (one) =>
        one.undone_at === null ? (
          <None />
        ) : (
          <>
            {[one.undone_by, one.undo_reason].filter(Boolean).join(" · ")}
            <span className={styles.faint}>
              <When at={one.undone_at} />
            </span>
          </>
        ),
    },
    ...(may("groupbuy.redeem")
      ? [
          {
            key: "undo",
            title: "",
            bare: true,
            onCard: true,
            align: "end" as const,
            width: 90,
            cell: (one: Redemption) =>
              isFresh(one, now.getTime()) && (
                <Button size="small" onClick={() => setUndoing(one)}>
                  {t("undo.button")}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return (
    <>
      <DataTable
        caption={t("page.tab.redemptions")}
        columns={columns}
        rows={voucher.redemptions}
        rowKey={({ id }) => id}
      />
      {undoing && <UndoDialog redemption={undoing} onClose={() => setUndoing(null)} />}
    </>
  );
}

function UndoDialog({ redemption, onClose }: { redemption: Redemption; onClose: () => void }) {
  const { t } = useTranslation("vouchers");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [reason, setReason] = useState("");
  const undo = useUndo();
  return (
    <Modal
      open
      title={t("undo.title")}
      okText={t("undo.ok")}
      cancelText={kit("cancel")}
      okButtonProps={{ danger: true, disabled: reason.trim() === "" }}
      confirmLoading={undo.isPending}
      onCancel={onClose}
      onOk={() =>
        undo.mutate(
          { id: redemption.id, reason: reason.trim() },
          {
            onSuccess: () => {
              void message.success(t("undo.done"));
              onClose();
            },
          },
        )
      }
    >
      <Refused error={undo.error} />
      <p className={styles.words}>{t("undo.words", { count: redemption.uses })}</p>
      <label className={styles.words} htmlFor="undo-reason">
        {t("undo.reason")}
      </label>
      <Input
        id="undo-reason"
        autoFocus
        maxLength={200}
        value={reason}
        placeholder={t("undo.placeholder")}
        onChange={({ target }) => setReason(target.value)}
      />
    </Modal>
  );
}

function RefundDialog({ voucher, onClose }: { voucher: Voucher; onClose: () => void }) {
  const { t } = useTranslation("vouchers");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [regardless, setRegardless] = useState(false);
  const refund = useRefundVoucher(voucher.id);
  const amount = useAmounts(voucher.left.currency)(voucher.left.amount_minor);
  return (
    <Modal
      open
      title={t("refund.title", { amount })}
      okText={t("refund.ok")}
      cancelText={kit("cancel")}
      okButtonProps={{ danger: true }}
      confirmLoading={refund.isPending}
      onCancel={onClose}
      onOk={() =>
        refund.mutate(regardless, {
          onSuccess: () => {
            void message.success(t("refund.done"));
            onClose();
          },
        })
      }
    >
      <Refused error={refund.error} />
      <p className={styles.words}>{t("refund.words")}</p>
      <Checkbox checked={regardless} onChange={({ target }) => setRegardless(target.checked)}>
        {t("refund.regardless")}
      </Checkbox>
    </Modal>
  );
}

function History({ voucher }: { voucher: Voucher }) {
  const { t } = useTranslation("vouchers");
  const moments = voucher.history.map((moment, at) => ({ ...moment, key: at }));
  return (
    <DataTable
      caption={t("page.tab.history")}
      columns={[
        {
          key: "state",
          title: t("history.state"),
          identity: true,
          cell: ({ to_state }) => <VoucherTag state={to_state} />,
        },
        {
          key: "uses",
          title: t("history.uses"),
          align: "end",
          onCard: true,
          cell: ({ uses }) => (uses === 0 ? <None /> : <Count value={uses} />),
        },
        {
          key: "amount",
          title: t("history.amount"),
          align: "end",
          onCard: true,
          cell: ({ amount_minor }) => <Money minor={amount_minor} currency={voucher.price.currency} />,
        },
        {
          key: "actor",
          title: t("history.actor"),
          cell: ({ actor, note }) => [actor, note].filter(Boolean).join(" · ") || <None />,
        },
        { key: "at", title: t("history.at"), onCard: true, cell: ({ at }) => <When at={at} exact /> },
      ]}
      rows={moments}
      rowKey={({ key }) => key}
    />
  );
}
