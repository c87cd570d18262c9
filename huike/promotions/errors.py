"""Why an offer or a coupon cannot be used."""

from __future__ import annotations

from huike.kernel.errors import Conflict, HuikeError, Invalid, NotFound


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


class OfferWrongStore(Conflict):
    code = "offer.wrong_store"
    title = "The offer does not hold in this store"


class OfferWrongCurrency(Conflict):
    code = "offer.wrong_currency"
    title = "The offer holds in another currency"


class OfferMinSpend(Conflict):
    code = "offer.min_spend"
    title = "The order comes to less than the offer asks for"


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
        OfferWrongStore,
        OfferWrongCurrency,
        OfferMinSpend,
        CouponNotFound,
        CouponVoid,
        CouponAlreadyRedeemed,
        CouponLocked,
        CouponExpired,
        CouponNotYours,
        CouponSameOfferTwice,
    )
}
"""The errors a coupon can be refused with at checkout, by the reason the evaluation gives."""
