"""The tables of this room, each in the file of its idea."""

from huike.promotions.models.applications import Application, BudgetUse
from huike.promotions.models.batches import CodeBatch
from huike.promotions.models.coupons import (
    Coupon,
    CouponEvent,
    CouponGift,
    CouponLock,
    CouponReminder,
    CouponUse,
)
from huike.promotions.models.offers import LiveOffers, Offer, OfferTerms

__all__ = [
    "Application",
    "BudgetUse",
    "CodeBatch",
    "Coupon",
    "CouponEvent",
    "CouponGift",
    "CouponLock",
    "CouponReminder",
    "CouponUse",
    "LiveOffers",
    "Offer",
    "OfferTerms",
]
