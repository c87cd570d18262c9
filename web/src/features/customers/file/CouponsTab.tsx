import { TagOutlined } from "@ant-design/icons";
import { App, Button, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "@/api/me";
import { type Column, DataTable } from "@/components/DataTable";
import { Money, None, When } from "@/components/figures";
import { Refused } from "@/components/Refused";
import { EmptyState, ErrorState } from "@/components/states";
import { Tag, type Tone } from "@/components/Tag";
import styles from "../customers.module.css";
import { type OwnCoupon, useCouponOffers, useCouponsOf, useGiveCoupon } from "./coupons";

const TONES: Record<OwnCoupon["state"], Tone> = {
  issued: "info",
  locked: "warning",
  redeemed: "good",
  expired: "neutral",
  void: "bad",
};

/** Her coupons, those she may use first; and a way to give her one. */
export function CouponsTab({ id }: { id: number }) {
  const { t } = useTranslation("coupons");
  const may = useMay();
  const coupons = useCouponsOf(id);
  const [giving, setGiving] = useState(false);
  const give = may("offers.write") && (
    <Button icon={<TagOutlined />} onClick={() => setGiving(true)}>
      {t("own.give")}
    </Button>
  );
  const columns: Column<OwnCoupon>[] = [
    {
      key: "offer",
      title: t("own.offer"),
      identity: true,
      cell: ({ offer }) => <Link to={`/offers/${offer.id}`}>{offer.name}</Link>,
    },
    { key: "code", title: t("column.code"), cell: ({ code }) => <Link to={`/coupons/${code}`}>{code}</Link> },
    {
      key: "state",
      title: t("column.state"),
      onCard: true,
      width: 130,
      cell: ({ state }) => <Tag tone={TONES[state]}>{t(`state.${state}`)}</Tag>,
    },
    {
      key: "uses",
      title: t("column.uses"),
      align: "end",
      width: 90,
      cell: ({ uses_left, uses_allowed }) => (
        <span className="hk-tabular">{t("uses_of", { left: uses_left, allowed: uses_allowed })}</span>
      ),
    },
    {
      key: "expires",
      title: t("column.expires"),
      onCard: true,
      width: 150,
      cell: ({ expires_at }) => (expires_at ? <When at={expires_at} /> : t("never_expires")),
    },
    {
      key: "discount",
      title: t("column.discount"),
      align: "end",
      width: 110,
      cell: ({ discount }) =>
        discount ? <Money minor={discount.amount_minor} currency={discount.currency} /> : <None />,
    },
  ];
  if (coupons.error && !coupons.data) {
    return <ErrorState compact error={coupons.error} onRetry={() => void coupons.refetch()} />;
  }
  return (
    <>
      {coupons.data?.length === 0 ? (
        <EmptyState title={t("own.none")} purpose={t("own.none_words")} action={give} />
      ) : (
        <div className={styles.value}>
          <div>{give}</div>
          <DataTable caption={t("title")} columns={columns} rows={coupons.data} rowKey={({ code }) => code} />
        </div>
      )}
      {giving && <GiveDialog id={id} onClose={() => setGiving(false)} />}
    </>
  );
}

function GiveDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("coupons");
  const { t: kit } = useTranslation("kit");
  const { message } = App.useApp();
  const [q, setQ] = useState("");
  const [offer, setOffer] = useState<number | null>(null);
  const offers = useCouponOffers(q);
  const give = useGiveCoupon(id);
  return (
    <Modal
      open
      title={t("own.title")}
      okText={t("own.act")}
      cancelText={kit("cancel")}
      okButtonProps={{ disabled: offer === null }}
      confirmLoading={give.isPending}
      onCancel={onClose}
      onOk={() =>
        offer !== null &&
        give.mutate(offer, {
          onSuccess: ({ codes }) => {
            void message.success(t("own.done", { code: codes[0] ?? "" }));
            onClose();
          },
        })
      }
    >
      <Refused error={give.error} />
      <p>{t("own.words")}</p>
      <Select<number>
        aria-label={t("own.offer")}
        style={{ width: "100%" }}
        showSearch={{ filterOption: false, onSearch: setQ }}
        loading={offers.isFetching}
        value={offer}
        placeholder={t("own.offer_hint")}
        options={offers.data?.items.map((one) => ({ value: one.id, label: one.name }))}
        onChange={setOffer}
      />
    </Modal>
  );
}
