"""The tables of this room, each in the file of its idea."""

from huike.promotions.models.coupons import Coupon, CouponEvent
from huike.promotions.models.offers import LiveOffers, Offer, OfferTerms

__all__ = ["Coupon", "CouponEvent", "LiveOffers", "Offer", "OfferTerms"]
