import { EditOutlined, MoreOutlined, PauseOutlined, PlayCircleOutlined, SendOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { type Column, DataTable } from "@/components/DataTable";
import { Count, Money, None, Percent, When } from "@/components/figures";
import { choiceFilter, FilterBar } from "@/components/filters";
import { Pager } from "@/components/ListPage";
import { Card, Facts, ObjectPage } from "@/components/layout";
import { EmptyState, ErrorState, NoPermission, ZeroResults } from "@/components/states";
import {
  COUPON_STATES,
  type Coupon,
  type Offer,
  type OfferStep,
  termsOf,
  useCoupons,
  useOffer,
  useOfferStep,
  useVoidCoupon,
} from "./api";
import styles from "./offers.module.css";
import { Amounts, CouponStateTag, OfferStateTag, useTermsWords } from "./words";

const FIELDS = {
  tab: choiceField(["coupons", "terms"], "coupons"),
  q: textField(),
  state: textField(),
  cursor: textField(),
};

/** One offer: its figures, its codes, and what one does to it. */
export function OfferPage() {
  const { t } = useTranslation("offers");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = useOffer(Number(id));
  const words = useTermsWords();
  const offer = query.data;
  if (!may("offers.read")) return <NoPermission what={t("title")} />;
  if (query.error && !offer) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <ObjectPage
      title={offer?.name ?? t("title")}
      mark={offer && <OfferStateTag state={offer.state} />}
      above={<Link to="/offers">{t("title")}</Link>}
      about={offer && words(termsOf(offer)).join(" · ")}
      loading={!offer}
      actions={offer && <Actions offer={offer} />}
      figures={[
        {
          key: "issued",
          label: t("page.issued"),
          value: (
            <Link to={address.with({ tab: "coupons", state: "", cursor: "" })} className={styles.figureLink}>
              <Count value={offer?.issued} />
            </Link>
          ),
        },
        {
          key: "redeemed",
          label: t("page.redeemed"),
          value: (
            <Link to={address.with({ tab: "coupons", state: "redeemed", cursor: "" })} className={styles.figureLink}>
              <Count value={offer?.redeemed} />
            </Link>
          ),
        },
        {
          key: "rate",
          label: t("page.rate"),
          value: offer && offer.issued > 0 ? <Percent ratio={offer.redeemed / offer.issued} /> : <None />,
        },
        {
          key: "discount",
          label: t("page.discount"),
          value: <Amounts amounts={offer?.discount_given ?? []} />,
          note: offer?.discount_given.length === 0 ? t("page.no_discount") : undefined,
        },
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: tab as "coupons" | "terms" })}
      tabs={[
        { key: "coupons", label: t("page.tab.coupons"), content: offer && <Coupons offer={offer} /> },
        { key: "terms", label: t("page.tab.terms"), content: offer && <Terms offer={offer} /> },
      ]}
    />
  );
}

function Terms({ offer }: { offer: Offer }) {
  const { t } = useTranslation("offers");
  const terms = termsOf(offer);
  return (
    <Card>
      <Facts
        facts={[
          {
            key: "percent",
            label: t("editor.percent"),
            value: <Percent ratio={terms.percent_bp / 10_000} />,
          },
          {
            key: "min",
            label: t("editor.min_spend"),
            value: terms.min_spend ? (
              <Money minor={terms.min_spend.amount_minor} currency={terms.min_spend.currency} />
            ) : (
              t("terms.any_spend")
            ),
          },
          { key: "starts", label: t("editor.starts"), value: <When at={terms.starts_at} /> },
          {
            key: "ends",
            label: t("editor.ends"),
            value: terms.ends_at ? <When at={terms.ends_at} /> : t("terms.always"),
          },
          {
            key: "days",
            label: t("editor.valid_days"),
            value: terms.valid_days ? t("terms.valid_days", { days: terms.valid_days }) : <None />,
          },
        ]}
      />
    </Card>
  );
}

function Actions({ offer }: { offer: Offer }) {
  const { t } = useTranslation("offers");
  const may = useMay();
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const step = useOfferStep();
  const ask = (which: OfferStep) =>
    modal.confirm({
      title: t(`action.${which}_title`, { name: offer.name }),
      content:
        which === "end" ? t("action.end_words", { count: offer.issued - offer.redeemed }) : t(`action.${which}_words`),
      okText: t(`action.${which}`),
      okButtonProps: { danger: which === "end" },
      onOk: async () => {
        await step.mutateAsync({ id: offer.id, step: which });
        void message.success(t(`action.done.${which}`));
      },
    });
  return (
    <>
      {may("offers.write") && offer.state !== "ended" && (
        <>
          <Button icon={<EditOutlined />} onClick={() => navigate(`/offers/${offer.id}/edit`)}>
            {t("action.edit")}
          </Button>
          {offer.state === "active" ? (
            <Button icon={<PauseOutlined />} onClick={() => ask("pause")}>
              {t("action.pause")}
            </Button>
          ) : (
            <Button
              type={offer.state === "draft" ? "primary" : "default"}
              icon={<PlayCircleOutlined />}
              onClick={() => ask("activate")}
            >
              {offer.state === "paused" ? t("action.resume") : t("action.activate")}
            </Button>
          )}
        </>
      )}
      {may("campaigns.write") && offer.state === "active" && (
        <Button type="primary" icon={<SendOutlined />} onClick={() => navigate(`/campaigns/new?offer=${offer.id}`)}>
          {t("action.use")}
        </Button>
      )}
      {may("offers.write") && (offer.state === "active" || offer.state === "paused") && (
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{ items: [{ key: "end", danger: true, label: t("action.end") }], onClick: () => ask("end") }}
        >
          <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
        </Dropdown>
      )}
    </>
  );
}

/** The codes of the offer: whose, in which state, and a way to void one. */
function Coupons({ offer }: { offer: Offer }) {
  const { t } = useTranslation("offers");
  const may = useMay();
  const address = useAddress(FIELDS);
  const { q, state, cursor } = address.values;
  const coupons = useCoupons(offer.id, { q, state, cursor });
  const [voiding, setVoiding] = useState<Coupon | null>(null);
  const columns: Column<Coupon>[] = [
    {
      key: "code",
      title: t("coupon.column.code"),
      identity: true,
      cell: ({ code }) => <code className={styles.code}>{code}</code>,
    },
    {
      key: "customer",
      title: t("coupon.column.customer"),
      onCard: true,
      cell: ({ customer }) => <Holder customer={customer} />,
    },
    {
      key: "state",
      title: t("coupon.column.state"),
      onCard: true,
      cell: ({ state }) => <CouponStateTag state={state} />,
    },
    { key: "issued", title: t("coupon.column.issued"), cell: ({ issued_at }) => <When at={issued_at} /> },
    {
      key: "expires",
      title: t("coupon.column.expires"),
      onCard: true,
      cell: ({ expires_at }) => <When at={expires_at} />,
    },
    {
      key: "discount",
      title: t("coupon.column.discount"),
      align: "end",
      cell: ({ discount }) => <Money minor={discount?.amount_minor} currency={discount?.currency} />,
    },
    {
      key: "void",
      title: "",
      align: "end",
      width: 80,
      cell: (coupon) =>
        coupon.state === "issued" &&
        may("offers.write") && (
          <Button size="small" type="text" danger onClick={() => setVoiding(coupon)}>
            {t("action.void")}
          </Button>
        ),
    },
  ];
  if (coupons.error && !coupons.data) {
    return <ErrorState compact error={coupons.error} onRetry={() => void coupons.refetch()} />;
  }
  const nothing = coupons.data?.items.length === 0 && cursor === "";
  if (nothing && q === "" && state === "")
    return <EmptyState title={t("coupon.none")} purpose={t("coupon.none_words")} />;
  return (
    <>
      <FilterBar
        search={{
          value: q,
          placeholder: t("coupon.search"),
          onChange: (next) => address.change({ q: next, cursor: "" }, { replace: true }),
        }}
        filters={[
          choiceFilter({
            key: "state",
            label: t("coupon.filter_state"),
            value: state,
            options: COUPON_STATES.map((one) => ({ value: one, label: t(`coupon.state.${one}`) })),
            onChange: (next) => address.change({ state: next, cursor: "" }),
          }),
        ]}
      />
      {nothing ? (
        <ZeroResults relax={[]} onClear={() => address.change({ q: "", state: "", cursor: "" })} />
      ) : (
        <>
          <DataTable
            caption={t("coupon.caption")}
            columns={columns}
            rows={coupons.data?.items}
            rowKey={({ code }) => code}
            stale={coupons.isPlaceholderData}
          />
          <Pager
            page={coupons.data}
            href={(next) => address.with({ cursor: next })}
            cursor={cursor}
            countWords={(count) => (count === null ? "" : t("coupon.count", { count }))}
          />
        </>
      )}
      {voiding && <VoidDialog coupon={voiding} onClose={() => setVoiding(null)} />}
    </>
  );
}

function Holder({ customer }: Pick<Coupon, "customer">) {
  const { t } = useTranslation("offers");
  if (customer === null) return <>{t("coupon.bearer")}</>;
  return (
    <Link to={`/customers/${customer.id}`}>{customer.name || t("coupon.customer_number", { id: customer.id })}</Link>
  );
}

function VoidDialog({ coupon, onClose }: { coupon: Coupon; onClose: () => void }) {
  const { t } = useTranslation("offers");
  const { message } = App.useApp();
  const [reason, setReason] = useState("");
  const voiding = useVoidCoupon();
  return (
    <Modal
      open
      title={t("action.void_title", { code: coupon.code })}
      okText={t("action.void")}
      okButtonProps={{ danger: true, disabled: reason.trim() === "" }}
      confirmLoading={voiding.isPending}
      onCancel={onClose}
      onOk={async () => {
        await voiding.mutateAsync({ code: coupon.code, reason: reason.trim() });
        void message.success(t("action.voided", { code: coupon.code }));
        onClose();
      }}
    >
      <p className={styles.dialogWords}>{t("action.void_words")}</p>
      <label className={styles.dialogField} htmlFor="void-reason">
        <span>{t("action.void_reason")}</span>
        <Input
          id="void-reason"
          autoFocus
          maxLength={300}
          value={reason}
          placeholder={t("action.void_reason_placeholder")}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
    </Modal>
  );
}
