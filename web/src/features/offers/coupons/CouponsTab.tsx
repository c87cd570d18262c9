import { MoreOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { choiceFilter, FilterBar } from "@/components/filters";
import { Pager } from "@/components/ListPage";
import { EmptyState, ErrorState, ZeroResults } from "@/components/states";
import { COUPON_STATES, type Coupon, useBatches, useCoupons, useRestoreMany, useVoidMany } from "./api";
import styles from "./coupons.module.css";
import { BatchDialog, ReasonDialog, SegmentDialog } from "./dialogs";
import { CouponStateTag, Holder, useReasonWords } from "./words";

const FIELDS = { q: textField(), state: textField(), held: textField(), batch: textField(), cursor: textField() };
const NOTHING = { q: "", state: "", held: "", batch: "", cursor: "" };

/** The codes of an offer: whose, in which state, and what one does to many of them. */
export function CouponsTab({ offer }: { offer: { id: number; name: string; state: string } }) {
  const { t } = useTranslation("coupons");
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = address.values;
  const coupons = useCoupons(offer.id, query);
  const batches = useBatches({ offer: String(offer.id), cursor: "" }, true);
  const reason = useReasonWords();
  const [dialog, setDialog] = useState<"batch" | "segment" | "void" | null>(null);
  const isNarrowed = query.q !== "" || query.state !== "" || query.held !== "" || query.batch !== "";
  const columns: Column<Coupon>[] = [
    {
      key: "code",
      title: t("column.code"),
      identity: true,
      cell: ({ code }) => (
        <Link className={styles.code} to={`/coupons/${code}`}>
          {code}
        </Link>
      ),
    },
    { key: "holder", title: t("column.holder"), onCard: true, cell: ({ customer }) => <Holder customer={customer} /> },
    { key: "state", title: t("column.state"), onCard: true, cell: ({ state }) => <CouponStateTag state={state} /> },
    {
      key: "uses",
      title: t("column.uses"),
      align: "end",
      width: 90,
      cell: ({ uses_left, uses_allowed }) => (
        <span className="hk-tabular">{t("uses_of", { left: uses_left, allowed: uses_allowed })}</span>
      ),
    },
    { key: "why", title: t("column.why"), cell: (one) => (one.batch ? one.batch.name : reason(one.reason)) },
    { key: "expires", title: t("column.expires"), onCard: true, cell: ({ expires_at }) => <When at={expires_at} /> },
    {
      key: "discount",
      title: t("column.discount"),
      align: "end",
      cell: ({ discount }) =>
        discount ? <Money minor={discount.amount_minor} currency={discount.currency} /> : <None />,
    },
  ];
  if (coupons.error && !coupons.data) {
    return <ErrorState compact error={coupons.error} onRetry={() => void coupons.refetch()} />;
  }
  const nothing = coupons.data?.items.length === 0 && query.cursor === "";
  const tools = may("offers.write") && offer.state !== "ended" && (
    <div className={styles.bar}>
      <Button onClick={() => setDialog("segment")} disabled={offer.state !== "active"}>
        {t("segment.button")}
      </Button>
      <Button onClick={() => setDialog("batch")}>{t("make.button")}</Button>
      <Dropdown
        trigger={["click"]}
        placement="bottomRight"
        menu={{
          items: [
            {
              key: "void",
              danger: true,
              // One code has its own page; what is redeemed or void already stays so.
              disabled: query.q !== "" || query.state === "redeemed" || query.state === "void",
              label: isNarrowed ? t("void_many.shown") : t("void_many.all"),
            },
          ],
          onClick: () => setDialog("void"),
        }}
      >
        <Button icon={<MoreOutlined />} aria-label={t("more")} />
      </Dropdown>
    </div>
  );
  return (
    <>
      {tools}
      {nothing && !isNarrowed ? (
        <EmptyState title={t("none")} purpose={t("none_words")} />
      ) : (
        <>
          <FilterBar
            search={{
              value: query.q,
              placeholder: t("search"),
              onChange: (q) => address.change({ q, cursor: "" }, { replace: true }),
            }}
            filters={[
              choiceFilter({
                key: "state",
                label: t("column.state"),
                value: query.state,
                options: COUPON_STATES.map((one) => ({ value: one, label: t(`state.${one}`) })),
                onChange: (state) => address.change({ state, cursor: "" }),
              }),
              choiceFilter({
                key: "held",
                label: t("column.holder"),
                value: query.held,
                options: ["yes", "no"].map((one) => ({ value: one, label: t(`held.${one as "yes" | "no"}`) })),
                onChange: (held) => address.change({ held, cursor: "" }),
              }),
              choiceFilter({
                key: "batch",
                label: t("batch"),
                value: query.batch,
                options: (batches.data?.items ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
                onChange: (batch) => address.change({ batch, cursor: "" }),
              }),
            ]}
          />
          {nothing ? (
            <ZeroResults relax={[]} onClear={() => address.change(NOTHING)} />
          ) : (
            <>
              <DataTable
                caption={t("title")}
                columns={columns}
                rows={coupons.data?.items}
                rowKey={({ code }) => code}
                stale={coupons.isPlaceholderData}
              />
              <Pager
                page={coupons.data}
                href={(cursor) => address.with({ cursor })}
                cursor={query.cursor}
                countWords={() => ""}
              />
            </>
          )}
        </>
      )}
      {dialog === "batch" && <BatchDialog offer={offer} onClose={() => setDialog(null)} />}
      {dialog === "segment" && <SegmentDialog offer={offer} onClose={() => setDialog(null)} />}
      {dialog === "void" && <VoidMany offerId={offer.id} query={query} onClose={() => setDialog(null)} />}
    </>
  );
}

/** What the filters show goes out of use, and comes back by one press as long as the message stands. */
function VoidMany({
  offerId,
  query,
  onClose,
}: {
  offerId: number;
  query: Parameters<typeof useCoupons>[1];
  onClose: () => void;
}) {
  const { t } = useTranslation("coupons");
  const { notification } = App.useApp();
  const voiding = useVoidMany(offerId);
  const restore = useRestoreMany();
  return (
    <ReasonDialog
      title={t("void_many.title")}
      words={t("void_many.words")}
      act={t("void_many.act")}
      danger
      pending={voiding.isPending}
      error={voiding.error}
      onClose={onClose}
      onAct={(why) =>
        voiding.mutate(
          { query, reason: why },
          {
            onSuccess: (job) => {
              const key = `void-${job.id}`;
              notification.success({
                key,
                title: t("void_many.started"),
                description: t("void_many.started_words"),
                duration: 30,
                actions: (
                  <Button
                    size="small"
                    onClick={() => {
                      restore.mutate({ job_id: job.id, reason: t("void_many.undo") });
                      notification.destroy(key);
                    }}
                  >
                    {t("void_many.undo")}
                  </Button>
                ),
              });
              onClose();
            },
          },
        )
      }
    />
  );
}
