"""Why an offer or a coupon cannot be used."""

from __future__ import annotations

from typing import Any

from huike.kernel.errors import Conflict, HuikeError, Invalid, NotFound
from huike.promotions.evaluation.cart import Reason


class OfferNotFound(NotFound):
    code = "offer.not_found"
    title = "There is no such offer"


class OfferStateRefused(Conflict):
    code = "offer.state_refused"
    title = "The offer's state does not allow this"


class OfferTermsInvalid(Invalid):
    code = "offer.terms_invalid"
    title = "The terms of the offer name what is not there"


class OfferNotActive(Conflict):
    code = "offer.not_active"
    title = "The offer is not active"


class OfferNotStarted(Conflict):
    code = "offer.not_started"
    title = "The offer has not begun yet"


class OfferOver(Conflict):
    code = "offer.over"
    title = "The offer is over"


class OfferWrongDay(Conflict):
    code = "offer.wrong_day"
    title = "The offer does not hold on this day of the week"


class OfferWrongHour(Conflict):
    code = "offer.wrong_hour"
    title = "The offer does not hold at this hour"


class OfferWrongStore(Conflict):
    code = "offer.wrong_store"
    title = "The offer does not hold in this store"


class OfferWrongChannel(Conflict):
    code = "offer.wrong_channel"
    title = "The offer does not hold in this channel"


class OfferWrongCurrency(Conflict):
    code = "offer.wrong_currency"
    title = "The offer holds in another currency"


class OfferNeedsCustomer(Conflict):
    code = "offer.needs_customer"
    title = "The offer asks for a customer who is known"


class OfferNeedsStore(Conflict):
    code = "offer.needs_store"
    title = "The offer asks for a store"


class OfferNewCustomersOnly(Conflict):
    code = "offer.new_customers_only"
    title = "The offer is for a first order"


class OfferMembersOnly(Conflict):
    code = "offer.members_only"
    title = "The offer is for members"


class OfferWrongTier(Conflict):
    code = "offer.wrong_tier"
    title = "The offer is for members of other tiers"


class OfferWrongSegment(Conflict):
    code = "offer.wrong_segment"
    title = "The offer is for other customers"


class OfferWithoutGoods(Conflict):
    code = "offer.without_goods"
    title = "The offer does not hold with goods of this order"


class OfferMissingGoods(Conflict):
    code = "offer.missing_goods"
    title = "The order lacks goods the offer asks for"


class OfferMinQuantity(Conflict):
    code = "offer.min_quantity"
    title = "The order has fewer units than the offer asks for"


class OfferMinSpend(Conflict):
    code = "offer.min_spend"
    title = "The order comes to less than the offer asks for"


class OfferNoGoods(Conflict):
    code = "offer.no_goods"
    title = "The order has none of the offer's goods"


class OfferBuyMore(Conflict):
    code = "offer.buy_more"
    title = "The order has fewer units than the offer asks to be bought"


class OfferBudgetUsedUp(Conflict):
    code = "offer.budget_used_up"
    title = "The budget of the offer is used up"


class OfferNothingLeft(Conflict):
    code = "offer.nothing_left"
    title = "Other offers left nothing for this one to take off"


class OfferOutdone(Conflict):
    code = "offer.outdone"
    title = "The customer saves more without this one"


class CouponNotFound(NotFound):
    code = "coupon.not_found"
    title = "There is no coupon with this code"


class CouponVoid(Conflict):
    code = "coupon.void"
    title = "The coupon was made void"


class CouponAlreadyRedeemed(Conflict):
    code = "coupon.already_redeemed"
    title = "The coupon was redeemed already"


class CouponLocked(Conflict):
    code = "coupon.locked"
    title = "The coupon is held for another order"


class CouponExpired(Conflict):
    code = "coupon.expired"
    title = "The coupon has expired"


class CouponNotYours(Conflict):
    code = "coupon.not_yours"
    title = "The coupon belongs to another customer"


class CouponSameOfferTwice(Conflict):
    code = "coupon.same_offer_twice"
    title = "One coupon of an offer is enough for an order"


class CouponNotTransferable(Conflict):
    code = "coupon.not_transferable"
    title = "The coupon cannot be passed on"


class GiftNotFound(NotFound):
    code = "coupon.gift_not_found"
    title = "This link gives nothing any more"


class BatchNotFound(NotFound):
    code = "code_batch.not_found"
    title = "There is no such batch of codes"


class BatchInvalid(Invalid):
    code = "code_batch.invalid"
    title = "A batch cannot be made like this"


class BatchStateRefused(Conflict):
    code = "code_batch.state_refused"
    title = "The batch's state does not allow this"


class BatchTooLarge(Conflict):
    code = "code_batch.too_large"
    title = "The batch has too many codes to be printed"


class CouponStateRefused(Conflict):
    code = "coupon.state_refused"
    title = "The coupon's state does not allow this"


REFUSALS: dict[str, type[HuikeError]] = {
    refusal.code: refusal
    for refusal in (
        OfferNotActive,
        OfferNotStarted,
        OfferOver,
        OfferWrongDay,
        OfferWrongHour,
        OfferWrongStore,
        OfferWrongChannel,
        OfferWrongCurrency,
        OfferNeedsCustomer,
        OfferNeedsStore,
        OfferNewCustomersOnly,
        OfferMembersOnly,
        OfferWrongTier,
        OfferWrongSegment,
        OfferWithoutGoods,
        OfferMissingGoods,
        OfferMinQuantity,
        OfferMinSpend,
        OfferNoGoods,
        OfferBuyMore,
        OfferBudgetUsedUp,
        OfferNothingLeft,
        OfferOutdone,
        CouponNotFound,
        CouponVoid,
        CouponAlreadyRedeemed,
        CouponLocked,
        CouponExpired,
        CouponNotYours,
        CouponSameOfferTwice,
    )
}
"""The errors an order can be refused with at checkout, by the reason the evaluation gives."""


def refused(reason: Reason, **more: Any) -> HuikeError:
    """The error of a reason."""
    return REFUSALS[reason.code](**{**more, **reason.params})
