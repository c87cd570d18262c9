import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Tag, type Tone } from "@/components/Tag";
import type { BatchState, Coupon, CouponState } from "./api";

const COUPON_TONES: Record<CouponState, Tone> = {
  issued: "info",
  locked: "warning",
  redeemed: "good",
  expired: "neutral",
  void: "bad",
};

export function CouponStateTag({ state }: { state: CouponState }) {
  const { t } = useTranslation("coupons");
  return <Tag tone={COUPON_TONES[state]}>{t(`state.${state}`)}</Tag>;
}

const BATCH_TONES: Record<BatchState, Tone> = { making: "info", stopped: "warning", ready: "good", void: "bad" };

export function BatchStateTag({ state }: { state: BatchState }) {
  const { t } = useTranslation("coupons");
  return <Tag tone={BATCH_TONES[state]}>{t(`batch_state.${state}`)}</Tag>;
}

export function Holder({ customer }: { customer: Coupon["customer"] }) {
  const { t } = useTranslation("coupons");
  if (customer === null) return <>{t("bearer")}</>;
  return <Link to={`/customers/${customer.id}`}>{customer.name || t("nameless", { id: customer.id })}</Link>;
}

/** What a coupon was issued for, in words: `campaign:3:1` is a campaign. */
export function useReasonWords(): (reason: string) => string {
  const { t } = useTranslation("coupons");
  return (reason) => {
    const kind = reason.split(":")[0];
    switch (kind) {
      case "campaign":
      case "segment":
      case "hand":
      case "batch":
        return t(`reason.${kind}`);
      case "redemption":
        return t("reason.reward");
      default:
        return t("reason.other");
    }
  };
}
