"""What others are told about members, their tiers, points and rewards."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRedeemed(DomainEvent):
    """A member exchanged points for a reward; a product still has to be handed out (`state` is `requested`)."""

    name = "loyalty.reward_redeemed"
    redemption_id: int
    reward_id: int
    points: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionEnded(DomainEvent):
    """A product was handed out, or a redemption was cancelled or not collected in time: `state` says which."""

    name = "loyalty.redemption_ended"
    redemption_id: int
    reward_id: int
    points: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsEarned(DomainEvent):
    """`reference` says for what: `order:12`."""

    name = "loyalty.points_earned"
    transaction_id: int
    points: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsExpiring(DomainEvent):
    """So many points are over when the day `expires_on` is, in the operator's zone."""

    name = "loyalty.points_expiring"
    points: int
    expires_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsExpired(DomainEvent):
    name = "loyalty.points_expired"
    transaction_id: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierReached(DomainEvent):
    """A member is in a higher tier than she was. Not told of the tier she has as she joins."""

    name = "loyalty.tier_reached"
    tier: str
    before: str | None
    until_at: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLost(DomainEvent):
    """A member is in a lower tier than she was; `tier` is the one she has now, None where she has none."""

    name = "loyalty.tier_lost"
    tier: str | None
    before: str
    until_at: str | None
    reason: str
