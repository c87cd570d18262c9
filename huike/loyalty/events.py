"""What others are told about members."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


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
