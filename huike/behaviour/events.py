"""What others are told about behaviour. Single events are not told: there are too many, and the lake has them."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CartAbandoned(DomainEvent):
    """A cart with goods in it was left idle for the source's minutes. Once per idle stretch."""

    name = "behaviour.cart_abandoned"
    cart_id: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRecovered(DomainEvent):
    """An abandoned cart was ordered after all."""

    name = "behaviour.cart_recovered"
    cart_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn(DomainEvent):
    """Somebody was at a place."""

    name = "behaviour.checked_in"
    check_in_id: int
    store_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorClaimed(DomainEvent):
    """What a visitor did while nobody knew who it was, now belongs to a customer."""

    name = "behaviour.visitor_claimed"
    visitor_id: int
    events_count: int
