"""What others are told about groups and vouchers."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOpened(DomainEvent):
    """Its opener has paid: others may join."""

    name = "groupbuy.group_opened"
    group_id: int
    deal_id: int
    size: int
    deadline_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupJoined(DomainEvent):
    """Somebody has paid and has a seat; `missing` more are needed to fill the group."""

    name = "groupbuy.group_joined"
    group_id: int
    deal_id: int
    participation_id: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLeft(DomainEvent):
    """Somebody with a seat left before the group formed; her money goes back."""

    name = "groupbuy.group_left"
    group_id: int
    deal_id: int
    participation_id: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFormed(DomainEvent):
    """All its vouchers exist."""

    name = "groupbuy.group_formed"
    group_id: int
    deal_id: int
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFailed(DomainEvent):
    """`reason` is `short`, `left` or `unpaid`; whoever paid gets her money back."""

    name = "groupbuy.group_failed"
    group_id: int
    deal_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPurchase(DomainEvent):
    """The first thing a customer ever bought, as far as is known when her group has formed, she bought in this group.
    Told once of each customer."""

    name = "groupbuy.first_purchase"
    group_id: int
    deal_id: int
    participation_id: int
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationRefunded(DomainEvent):
    """The payment side has given money back (`state` is `refunded`), or will not for now (`refused`)."""

    name = "groupbuy.participation_refunded"
    participation_id: int
    group_id: int
    deal_id: int
    amount_minor: int
    currency: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherRedeemed(DomainEvent):
    name = "groupbuy.voucher_redeemed"
    voucher_id: int
    redemption_id: int
    deal_id: int
    store_id: int
    uses: int
    uses_left: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherRedemptionUndone(DomainEvent):
    name = "groupbuy.voucher_redemption_undone"
    voucher_id: int
    redemption_id: int
    deal_id: int
    store_id: int
    uses: int
    uses_left: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherEnded(DomainEvent):
    """It expired, or what was left of it is refunded (`state`); `refund_minor` goes back to the buyer."""

    name = "groupbuy.voucher_ended"
    voucher_id: int
    deal_id: int
    state: str
    refund_minor: int
    currency: str
