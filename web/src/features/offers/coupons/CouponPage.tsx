import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { Card, Facts, PlainPage, Section } from "@/components/layout";
import { ErrorState, NoPermission } from "@/components/states";
import { type CouponEvent, type CouponFile, type CouponStep, useCoupon, useCouponStep } from "./api";
import styles from "./coupons.module.css";
import { GiveDialog, ReasonDialog } from "./dialogs";
import { CouponStateTag, Holder, useReasonWords } from "./words";

/** One coupon: whose it is, what is left of it, and everything that happened to it. */
export function CouponPage() {
  const { t } = useTranslation("coupons");
  const { code = "" } = useParams();
  const may = useMay();
  const query = useCoupon(code, may("offers.read"));
  const reason = useReasonWords();
  const coupon = query.data;
  if (!may("offers.read")) return <NoPermission what={t("title")} />;
  const above = coupon ? <Link to={`/offers/${coupon.offer.id}`}>{coupon.offer.name}</Link> : undefined;
  if (query.error && !coupon) {
    return (
      <PlainPage title={code} above={<Link to="/offers">{t("offers")}</Link>}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </PlainPage>
    );
  }
  return (
    <PlainPage
      title={coupon?.code ?? code}
      mark={coupon && <CouponStateTag state={coupon.state} />}
      above={above}
      actions={coupon && may("offers.write") && <Deeds coupon={coupon} />}
    >
      <Card>
        <Facts
          facts={[
            { key: "holder", label: t("column.holder"), value: coupon && <Holder customer={coupon.customer} /> },
            {
              key: "uses",
              label: t("column.uses"),
              value: coupon && t("uses_words", { left: coupon.uses_left, allowed: coupon.uses_allowed }),
            },
            {
              key: "why",
              label: t("column.why"),
              value: coupon?.batch ? (
                <Link to={`/offers/batches/${coupon.batch.id}`}>{coupon.batch.name}</Link>
              ) : (
                coupon && reason(coupon.reason)
              ),
            },
            { key: "issued", label: t("column.issued"), value: <When at={coupon?.issued_at} /> },
            {
              key: "expires",
              label: t("column.expires"),
              value: coupon?.expires_at ? <When at={coupon.expires_at} /> : t("never_expires"),
            },
            {
              key: "transfer",
              label: t("transfer.label"),
              value: coupon && t(`transfer.${coupon.terms.coupon?.transfer ?? "none"}`),
            },
            {
              key: "return",
              label: t("on_return.label"),
              value: coupon && t(`on_return.${coupon.terms.coupon?.on_return ?? "stays"}`),
            },
          ]}
        />
      </Card>
      {coupon && coupon.uses.length > 0 && (
        <div className={styles.history}>
          <Section title={t("uses")}>
            <Uses uses={coupon.uses} />
          </Section>
        </div>
      )}
      <div className={styles.history}>
        <Section title={t("history")}>
          <History events={coupon?.events} />
        </Section>
      </div>
    </PlainPage>
  );
}

function Uses({ uses }: { uses: CouponFile["uses"] }) {
  const { t } = useTranslation("coupons");
  const columns: Column<CouponFile["uses"][number]>[] = [
    { key: "at", title: t("event.at"), identity: true, width: 180, cell: ({ used_at }) => <When at={used_at} /> },
    {
      key: "order",
      title: t("event.order"),
      onCard: true,
      cell: ({ order }) => (order ? <Link to={`/orders/${order.id}`}>{order.external_id}</Link> : <None />),
    },
    {
      key: "discount",
      title: t("column.discount"),
      align: "end",
      width: 140,
      onCard: true,
      cell: ({ discount }) => <Money minor={discount.amount_minor} currency={discount.currency} />,
    },
    {
      key: "back",
      title: t("given_back.label"),
      width: 220,
      onCard: true,
      cell: ({ given_back_why }) => (given_back_why ? t(`given_back.${given_back_why}`) : t("given_back.no")),
    },
  ];
  return (
    <DataTable
      caption={t("uses")}
      columns={columns}
      rows={uses}
      rowKey={({ used_at, order }) => `${used_at} ${order?.id}`}
    />
  );
}

function History({ events }: { events: readonly CouponEvent[] | undefined }) {
  const { t } = useTranslation("coupons");
  const columns: Column<CouponEvent>[] = [
    { key: "at", title: t("event.at"), identity: true, width: 180, cell: ({ at }) => <When at={at} exact /> },
    {
      key: "deed",
      title: t("event.deed"),
      onCard: true,
      cell: (event) => (
        <>
          {t(`deed.${event.deed}`)} <Parties event={event} />
        </>
      ),
    },
    {
      key: "state",
      title: t("column.state"),
      width: 150,
      onCard: true,
      cell: ({ to_state }) => <CouponStateTag state={to_state} />,
    },
    {
      key: "left",
      title: t("event.left"),
      align: "end",
      width: 90,
      cell: ({ uses_left }) => <span className="hk-tabular">{uses_left}</span>,
    },
    { key: "actor", title: t("event.actor"), width: 140, cell: ({ actor }) => actor || <None /> },
    { key: "note", title: t("event.note"), cell: ({ note }) => note || <None /> },
  ];
  return (
    <DataTable
      caption={t("history")}
      columns={columns}
      rows={events?.map((event, place) => ({ ...event, place })).toReversed()}
      rowKey={(event) => String((event as CouponEvent & { place: number }).place)}
    />
  );
}

/** The order it was for, or from whom to whom it passed. */
function Parties({ event }: { event: CouponEvent }) {
  const { t } = useTranslation("coupons");
  if (event.order) return <Link to={`/orders/${event.order.id}`}>{event.order.external_id}</Link>;
  if (event.holder_before === null && event.holder_after === null) return null;
  return (
    <span className={styles.faint}>
      {event.holder_before?.name || t("someone")} → {event.holder_after?.name || t("someone")}
    </span>
  );
}

function Deeds({ coupon }: { coupon: CouponFile }) {
  const { t } = useTranslation("coupons");
  const { message } = App.useApp();
  const step = useCouponStep();
  const [doing, setDoing] = useState<CouponStep | "give" | null>(null);
  const rule = coupon.terms.coupon?.transfer ?? "none";
  const mayPass = coupon.customer === null || rule === "freely" || (rule === "once" && coupon.transfers === 0);
  const close = () => {
    step.reset();
    setDoing(null);
  };
  return (
    <>
      {coupon.state === "issued" && coupon.uses_left === coupon.uses_allowed && mayPass && (
        <Button onClick={() => setDoing("give")}>{t("give.button")}</Button>
      )}
      {coupon.can_restore && <Button onClick={() => setDoing("restore")}>{t("restore.button")}</Button>}
      {(coupon.state === "issued" || coupon.state === "locked" || coupon.state === "expired") && (
        <Button danger onClick={() => setDoing("void")}>
          {t("void.button")}
        </Button>
      )}
      {doing === "give" && <GiveDialog code={coupon.code} onClose={close} />}
      {(doing === "void" || doing === "restore") && (
        <ReasonDialog
          title={t(`${doing}.title`, { code: coupon.code })}
          words={t(`${doing}.words`)}
          act={t(`${doing}.button`)}
          danger={doing === "void"}
          pending={step.isPending}
          error={step.error}
          onClose={close}
          onAct={(reason) =>
            step.mutate(
              { code: coupon.code, step: doing, reason },
              {
                onSuccess: () => {
                  void message.success(t(`${doing}.done`));
                  close();
                },
              },
            )
          }
        />
      )}
    </>
  );
}
