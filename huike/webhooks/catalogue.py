"""What can be told outside: each public event's name, the domain event it tells, and the shape of its `data`.

Public names and members are a promise to integrators: members may be added, never renamed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from huike.behaviour.events import CartAbandoned, CartRecovered, CheckedIn, VisitorClaimed
from huike.campaigns.events import CampaignFinished, CampaignStarted
from huike.customers.events import (
    ConsentChanged,
    CustomerClaimed,
    CustomerCreated,
    CustomerErased,
    CustomersMerged,
    MergeUndone,
)
from huike.groupbuy.events import (
    FirstPurchase,
    GroupFailed,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GroupOpened,
    ParticipationRefunded,
    VoucherEnded,
    VoucherRedeemed,
    VoucherRedemptionUndone,
)
from huike.imports.events import ImportFinished
from huike.loyalty.events import (
    PointsEarned,
    PointsExpired,
    PointsExpiring,
    RedemptionEnded,
    RewardRedeemed,
    TierLost,
    TierReached,
)
from huike.messaging.events import MessageBounced, PersonUnsubscribed
from huike.orders.events import OrderPlaced, OrderReturned, OrderRevised
from huike.payments.events import PaymentCaptured, PaymentEnded, RefundEnded
from huike.platform.outbox import DomainEvent, StoredEvent
from huike.platform.schema import Schema
from huike.predictions.events import ReplenishmentDue, SampleUsedUp
from huike.promotions.events import CouponExpiring, CouponPassed, CouponRedeemed, CouponsIssued, OfferApplied
from huike.segments.events import SegmentRefreshed
from huike.signup.events import MemberJoined


class CustomerData(Schema):
    """A person is known from now on."""

    customer_id: int
    source_id: int | None


class MergeData(Schema):
    """`customer_id` stands for `absorbed_id` too; or, when a merge was undone, no longer does."""

    customer_id: int
    absorbed_id: int


class ErasedData(Schema):
    """The person of this number, and of those that were merged into it, must be forgotten."""

    customer_id: int
    absorbed_ids: list[int]


class ClaimData(Schema):
    """Anonymous history became this customer's: orders, events and check-ins kept under a receipt, a device, a card."""

    customer_id: int
    claim_id: int


class MemberData(Schema):
    """A person became a member by a sign-up page. `outcome` is `new` (a file was made) or `became_member`."""

    customer_id: int
    page_id: int
    outcome: str
    store_id: int | None
    referrer_id: int | None


class ConsentData(Schema):
    """Where a person stands on one channel and purpose is now `state`: granted, denied or withdrawn."""

    customer_id: int
    channel: str
    purpose: str
    state: str


class CartAbandonedData(Schema):
    """A cart with goods in it was left idle; `times` counts how often this one was."""

    customer_id: int | None
    cart_id: int
    times: int


class CartRecoveredData(Schema):
    """An abandoned cart was ordered after all."""

    customer_id: int | None
    cart_id: int


class CheckInData(Schema):
    """Somebody was at a place; `store_id` where it is one of ours."""

    customer_id: int | None
    check_in_id: int
    store_id: int | None


class VisitorClaimedData(Schema):
    """What a visitor did while nobody knew who it was now belongs to a customer."""

    customer_id: int | None
    visitor_id: int
    events_count: int


class OrderData(Schema):
    """`customer_id` is null for an anonymous order. Read the order itself at `/api/v1/orders/{order_id}`."""

    customer_id: int | None
    order_id: int


class ReturnData(Schema):
    """`order_id` is the return, `sale_id` the sale whose goods came back, where it is known."""

    customer_id: int | None
    order_id: int
    sale_id: int | None


class RevisionData(Schema):
    """A known sale or return says something else now, or belongs to somebody else."""

    customer_id: int | None
    order_id: int
    revision: int


class CouponRedeemedData(Schema):
    """`discount_minor` in the minor unit of `currency`."""

    customer_id: int | None
    coupon_id: int
    offer_id: int
    order_id: int
    discount_minor: int
    currency: str
    uses_left: int


class CouponPassedData(Schema):
    """A coupon has another holder: `customer_id` got it from `from_customer_id`."""

    customer_id: int | None
    from_customer_id: int | None
    coupon_id: int
    offer_id: int


class CouponExpiringData(Schema):
    """Its holder has a coupon with uses left that expires in less than `days` days; once for each lead time."""

    customer_id: int | None
    coupon_id: int
    offer_id: int
    days: int
    expires_at: str
    uses_left: int


class PaymentData(Schema):
    """`reference` is what was paid for; `amount_minor` in the minor unit of `currency`."""

    payment_id: int
    reference: str
    provider: str
    amount_minor: int
    currency: str


class PaymentEndedData(PaymentData):
    """No money came: `state` is `failed` or `closed`."""

    state: str


class RefundEndedData(Schema):
    """`state` is `succeeded` or `refused`; a refused one may be tried again, and then ends again."""

    refund_id: int
    payment_id: int
    reference: str
    amount_minor: int
    currency: str
    state: str


class OfferAppliedData(Schema):
    """An order stands with an offer. `discount_minor` in the minor unit of `currency`; 0 for a gift or points."""

    customer_id: int | None
    offer_id: int
    order_id: int
    discount_minor: int
    currency: str


class CouponsIssuedData(Schema):
    """One event for a whole batch."""

    offer_id: int
    reason: str
    count: int


class PointsEarnedData(Schema):
    """So many points came to a member; `reference` says for what (`order:12`). They may still be pending."""

    customer_id: int | None
    transaction_id: int
    points: int
    reference: str


class PointsExpiringData(Schema):
    """So many of a member's points are over when the day `expires_on` is. Told once for each such day."""

    customer_id: int | None
    points: int
    expires_on: str


class PointsExpiredData(Schema):
    """So many points of a member were not spent in time."""

    customer_id: int | None
    transaction_id: int
    points: int


class ReplenishmentDueData(Schema):
    """What a customer has of a product should be used up on this day. Told once for each customer, product and day."""

    customer_id: int | None
    product_id: int
    used_up_on: str


class SampleUsedUpData(Schema):
    """A sample should be used up on this day; `has_bought` the product it is a sample of since she got it."""

    customer_id: int | None
    product_id: int
    sample_of_id: int
    used_up_on: str
    has_bought: bool


class RedemptionData(Schema):
    """`state` is `requested` (goods to hand out), `fulfilled`, `cancelled` or `expired`. Read the redemption itself at
    `/api/v1/loyalty/redemptions/{redemption_id}`."""

    customer_id: int | None
    redemption_id: int
    reward_id: int
    points: int
    state: str


class GroupOpenedData(Schema):
    """Its opener has paid, and others may join until `deadline_at`; it is full with `size` people."""

    customer_id: int | None
    group_id: int
    deal_id: int
    size: int
    deadline_at: str


class GroupSeatData(Schema):
    """Somebody has taken a seat of a group, or left it; `missing` more people fill it."""

    customer_id: int | None
    group_id: int
    deal_id: int
    participation_id: int
    missing: int


class GroupFormedData(Schema):
    """Everybody in it has her vouchers. Read the group itself at `/api/v1/groupbuy/groups/{group_id}`."""

    group_id: int
    deal_id: int
    seats: int


class GroupFailedData(Schema):
    """`reason` is `short` (of people at its deadline), `left` (by the last one) or `unpaid` (by whoever opened it)."""

    group_id: int
    deal_id: int
    reason: str


class FirstPurchaseData(Schema):
    """The first thing this customer ever bought, as far as is known, was through a deal: her group has formed, and
    `order_id` is her order. Told once of each customer; what to begin a welcome with."""

    customer_id: int | None
    group_id: int
    deal_id: int
    participation_id: int
    order_id: int


class GroupRefundData(Schema):
    """The payment provider has given money back (`state` is `refunded`), or will not for now (`refused`): then staff
    may try again."""

    customer_id: int | None
    participation_id: int
    group_id: int
    deal_id: int
    amount_minor: int
    currency: str
    state: str


class VoucherUseData(Schema):
    """Uses of a voucher were taken at a store, or given back. Read it at `/api/v1/groupbuy/vouchers/{voucher_id}`."""

    customer_id: int | None
    voucher_id: int
    redemption_id: int
    deal_id: int
    store_id: int
    uses: int
    uses_left: int
    amount_minor: int
    currency: str


class VoucherEndedData(Schema):
    """`state` is `expired` or `refunded`; so much of it goes back to the buyer."""

    customer_id: int | None
    voucher_id: int
    deal_id: int
    state: str
    refund_minor: int
    currency: str


class CampaignStartedData(Schema):
    """Its messages are on their way."""

    campaign_id: int


class CampaignFinishedData(Schema):
    """`state` is `sent` or `stopped`."""

    campaign_id: int
    state: str


class SegmentData(Schema):
    """A new member list: how many there are, and how many entered and left since the one before."""

    segment_id: int
    count: int
    entered: int
    left: int


class ImportData(Schema):
    """A whole file was written. Told once, in place of an event per order or customer in it."""

    import_id: int
    kind: str
    source_id: int
    created: int
    updated: int


class MessageData(Schema):
    """`campaign_id` is null for a message of no campaign."""

    customer_id: int | None
    message_id: int
    campaign_id: int | None


class TierReachedData(Schema):
    """A member is in a higher tier. `until_at` is when it may end, null where nothing ends it; `reason` is `qualified`,
    `granted`, `corrected` or `terms`."""

    customer_id: int
    tier: str
    before: str | None
    until_at: str | None
    reason: str


class TierLostData(Schema):
    """A member is in a lower tier, `tier`; null where in none. `reason` is `downgraded`, `ended`, `corrected` or
    `terms`."""

    customer_id: int
    tier: str | None
    before: str
    until_at: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class PublicEvent:
    name: str
    source: type[DomainEvent]
    data: type[Schema]

    @property
    def is_about_person(self) -> bool:
        return "customer_id" in self.data.model_fields

    def data_of(self, event: StoredEvent) -> dict[str, Any]:
        """What is told of `event`: the members of `data` and nothing else."""
        known = {**event.payload, "customer_id": event.customer_id}
        told = {name: known.get(name) for name in self.data.model_fields}
        return self.data.model_validate(told).model_dump(mode="json")

    @property
    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of `data`."""
        return self.data.model_json_schema()


PUBLIC: Final[Mapping[str, PublicEvent]] = {
    event.name: event
    for event in (
        PublicEvent("customer.created", CustomerCreated, CustomerData),
        PublicEvent("customer.merged", CustomersMerged, MergeData),
        PublicEvent("customer.unmerged", MergeUndone, MergeData),
        PublicEvent("customer.erased", CustomerErased, ErasedData),
        PublicEvent("customer.claimed", CustomerClaimed, ClaimData),
        PublicEvent("member.joined", MemberJoined, MemberData),
        PublicEvent("tier.reached", TierReached, TierReachedData),
        PublicEvent("tier.lost", TierLost, TierLostData),
        PublicEvent("consent.changed", ConsentChanged, ConsentData),
        PublicEvent("order.placed", OrderPlaced, OrderData),
        PublicEvent("order.returned", OrderReturned, ReturnData),
        PublicEvent("order.revised", OrderRevised, RevisionData),
        PublicEvent("cart.abandoned", CartAbandoned, CartAbandonedData),
        PublicEvent("cart.recovered", CartRecovered, CartRecoveredData),
        PublicEvent("check_in.recorded", CheckedIn, CheckInData),
        PublicEvent("visitor.claimed", VisitorClaimed, VisitorClaimedData),
        PublicEvent("offer.applied", OfferApplied, OfferAppliedData),
        PublicEvent("coupon.redeemed", CouponRedeemed, CouponRedeemedData),
        PublicEvent("coupon.passed_on", CouponPassed, CouponPassedData),
        PublicEvent("coupon.expiring", CouponExpiring, CouponExpiringData),
        PublicEvent("coupons.issued", CouponsIssued, CouponsIssuedData),
        PublicEvent("payment.captured", PaymentCaptured, PaymentData),
        PublicEvent("payment.ended", PaymentEnded, PaymentEndedData),
        PublicEvent("refund.ended", RefundEnded, RefundEndedData),
        PublicEvent("points.earned", PointsEarned, PointsEarnedData),
        PublicEvent("points.expiring", PointsExpiring, PointsExpiringData),
        PublicEvent("points.expired", PointsExpired, PointsExpiredData),
        PublicEvent("replenishment.due", ReplenishmentDue, ReplenishmentDueData),
        PublicEvent("sample.used_up", SampleUsedUp, SampleUsedUpData),
        PublicEvent("reward.redeemed", RewardRedeemed, RedemptionData),
        PublicEvent("redemption.ended", RedemptionEnded, RedemptionData),
        PublicEvent("group.opened", GroupOpened, GroupOpenedData),
        PublicEvent("group.joined", GroupJoined, GroupSeatData),
        PublicEvent("group.left", GroupLeft, GroupSeatData),
        PublicEvent("group.formed", GroupFormed, GroupFormedData),
        PublicEvent("group.failed", GroupFailed, GroupFailedData),
        PublicEvent("group.first_purchase", FirstPurchase, FirstPurchaseData),
        PublicEvent("group.refunded", ParticipationRefunded, GroupRefundData),
        PublicEvent("voucher.redeemed", VoucherRedeemed, VoucherUseData),
        PublicEvent("voucher.redemption_undone", VoucherRedemptionUndone, VoucherUseData),
        PublicEvent("voucher.ended", VoucherEnded, VoucherEndedData),
        PublicEvent("segment.refreshed", SegmentRefreshed, SegmentData),
        PublicEvent("campaign.started", CampaignStarted, CampaignStartedData),
        PublicEvent("campaign.finished", CampaignFinished, CampaignFinishedData),
        PublicEvent("message.bounced", MessageBounced, MessageData),
        PublicEvent("message.unsubscribed", PersonUnsubscribed, MessageData),
        PublicEvent("import.finished", ImportFinished, ImportData),
    )
}

KEPT_INSIDE: Final = frozenset(
    {
        "messaging.dispatch_done",
        # Told by segment.refreshed.
        "segments.customers_entered",
        "segments.customers_left",
        # Between the house and a merchant: no customer, no shop needs them.
        "groupbuy.complaint_decided",
        "groupbuy.complaint_made",
        "groupbuy.merchant_applied",
        "groupbuy.merchant_closed",
        "groupbuy.merchant_decided",
        "groupbuy.merchant_reinstated",
        "groupbuy.merchant_suspended",
        "groupbuy.merchant_warned",
        "groupbuy.statement_cut",
        "groupbuy.statement_paid",
    }
)
"""Domain events that mean nothing outside; a test asks of every new one on which side it stands."""

TEST_TYPE: Final = "webhook.test"

_BY_SOURCE: Final = {event.source.name: event for event in PUBLIC.values()}


def public_event_of(domain_name: str) -> PublicEvent:
    """The public side of a domain event that has one. Raises KeyError."""
    return _BY_SOURCE[domain_name]
