"""What others are told about offers and coupons."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponsIssued(DomainEvent):
    """A batch of coupons was issued for one reason; one event per batch, not per person."""

    name = "promotions.coupons_issued"
    offer_id: int
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRedeemed(DomainEvent):
    name = "promotions.coupon_redeemed"
    coupon_id: int
    offer_id: int
    order_id: int
    discount_minor: int
    currency: str
    uses_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPassed(DomainEvent):
    """A coupon has another holder: `customer_id` got it from `from_customer_id`."""

    name = "promotions.coupon_passed"
    coupon_id: int
    offer_id: int
    from_customer_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponExpiring(DomainEvent):
    """Its holder has a coupon with uses left that expires in less than `days` days; once for each lead time."""

    name = "promotions.coupon_expiring"
    coupon_id: int
    offer_id: int
    days: int
    expires_at: str
    uses_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferApplied(DomainEvent):
    """An order stands with an offer, by itself or by a coupon; told again when a newer revision still does."""

    name = "promotions.offer_applied"
    offer_id: int
    order_id: int
    discount_minor: int
    currency: str
