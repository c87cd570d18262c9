"""Why something about deals, groups and vouchers cannot be done."""

from __future__ import annotations

from huike.groupbuy.deals.rules import Refusal
from huike.kernel.errors import Conflict, Forbidden, HuikeError, Invalid, NotFound


class MerchantNotFound(NotFound):
    code = "merchant.not_found"
    title = "There is no such merchant"


class NeedsAllStores(Forbidden):
    code = "groupbuy.needs_all_stores"
    title = "This is for every store, so only somebody who sees every store may see or change it"


class DealNotFound(NotFound):
    code = "deal.not_found"
    title = "There is no such deal"


class DealTermsInvalid(Invalid):
    code = "deal.terms_invalid"
    title = "The terms of the deal cannot be kept as they are"


class DealChangedMeanwhile(Conflict):
    """`version` is the one that is there."""

    code = "deal.changed_meanwhile"
    title = "Somebody else changed the deal meanwhile"


class DealStateRefused(Conflict):
    code = "deal.state_refused"
    title = "The deal's state does not allow this"


class DealNotWhole(Conflict):
    """`missing` says what a deal needs before it is sold: `product`, `window`, `merchant`, `stock`."""

    code = "deal.not_whole"
    title = "The deal cannot be sold yet"


class DealStockTaken(Conflict):
    """`taken` pieces are reserved or sold."""

    code = "deal.stock_taken"
    title = "More pieces than that are taken already"


class DealNotOnSale(Conflict):
    code = "deal.not_on_sale"
    title = "The deal is not on sale"


class DealNotStarted(Conflict):
    code = "deal.not_started"
    title = "The deal has not begun yet"


class DealOver(Conflict):
    code = "deal.over"
    title = "The deal is over"


class DealMerchantSuspended(Conflict):
    code = "deal.merchant_suspended"
    title = "The merchant sells nothing at the moment"


class DealSoldOut(Conflict):
    code = "deal.sold_out"
    title = "Fewer pieces are left than were asked for"


class DealMostPerOrder(Conflict):
    code = "deal.most_per_order"
    title = "An order takes no more pieces than that"


class DealMostPerPerson(Conflict):
    code = "deal.most_per_person"
    title = "A person may have no more pieces than that"


class NoSuchStep(Invalid):
    code = "deal.no_such_step"
    title = "The deal has no groups of this size"


class GroupNotFound(NotFound):
    code = "group.not_found"
    title = "There is no such group"


class GroupOver(Conflict):
    code = "group.over"
    title = "The group is over"


class GroupFull(Conflict):
    code = "group.full"
    title = "The group is full"


class GroupNotOpenYet(Conflict):
    code = "group.not_open_yet"
    title = "Whoever opens the group has not paid yet"


class GroupJoinedAlready(Conflict):
    code = "group.joined_already"
    title = "She is in the group already"


class ParticipationNotFound(NotFound):
    code = "participation.not_found"
    title = "There is no such part in a group"


class ParticipationKeyReused(Invalid):
    code = "participation.key_reused"
    title = "This key was used for another group or person"


class ParticipationStateRefused(Conflict):
    """`state` is the one it is in, `group` that of its group where that is the reason."""

    code = "participation.state_refused"
    title = "It is too late for this"


class BuyerUnknown(Invalid):
    code = "participation.buyer_unknown"
    title = "A buyer is named by a phone number or an e-mail address of her own"


class VoucherNotFound(NotFound):
    code = "voucher.not_found"
    title = "There is no voucher with this code"


class VoucherRefunded(Conflict):
    code = "voucher.refunded"
    title = "The voucher was refunded"


class VoucherExpired(Conflict):
    code = "voucher.expired"
    title = "The voucher has expired"


class VoucherUsed(Conflict):
    """`store` and `occurred_at` say where and when it was used last."""

    code = "voucher.used"
    title = "The voucher was used already"


class VoucherTooFewUses(Conflict):
    code = "voucher.too_few_uses"
    title = "The voucher has fewer uses left"


class VoucherNotYet(Conflict):
    code = "voucher.not_yet"
    title = "The voucher does not hold yet"


class VoucherWrongStore(Conflict):
    code = "voucher.wrong_store"
    title = "The voucher does not hold in this store"


class VoucherBlackout(Conflict):
    code = "voucher.blackout"
    title = "The voucher does not hold on this day"


class VoucherClosed(Conflict):
    code = "voucher.closed"
    title = "The voucher does not hold at this hour"


class VoucherToldAhead(Invalid):
    code = "voucher.told_ahead"
    title = "It is told of a time that has not come yet"


class VoucherToldTooLate(Conflict):
    code = "voucher.told_too_late"
    title = "It was told too long after it happened"


class VoucherKeyReused(Invalid):
    code = "voucher.key_reused"
    title = "This key was used for another redemption"


class VoucherRedemptionNotFound(NotFound):
    code = "voucher.redemption_not_found"
    title = "There is no such redemption"


class VoucherUndoTooLate(Conflict):
    code = "voucher.undo_too_late"
    title = "A redemption is undone within minutes only"


class VoucherStateRefused(Conflict):
    """`state` is the one the voucher is in."""

    code = "voucher.state_refused"
    title = "The voucher's state does not allow this"


class VoucherNotRefundable(Conflict):
    code = "voucher.not_refundable"
    title = "The terms of the deal give nothing back for unused vouchers"


REFUSALS: dict[str, type[HuikeError]] = {
    refusal.code: refusal
    for refusal in (
        DealNotOnSale,
        DealNotStarted,
        DealOver,
        DealMerchantSuspended,
        DealMostPerOrder,
        DealMostPerPerson,
        GroupOver,
        GroupFull,
        GroupNotOpenYet,
        GroupJoinedAlready,
        VoucherRefunded,
        VoucherExpired,
        VoucherUsed,
        VoucherTooFewUses,
        VoucherNotYet,
        VoucherWrongStore,
        VoucherBlackout,
        VoucherClosed,
        VoucherToldAhead,
        VoucherToldTooLate,
    )
}
"""The errors something is refused with, by the reason the rules give."""


def refuse(refusal: Refusal | None, **told: object) -> None:
    """Raise the error of a refusal; do nothing where there is none."""
    if refusal is not None:
        raise REFUSALS[refusal.code](**{**refusal.params, **told})
