"""What others are told about orders. An import announces itself once instead of each of its orders."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(DomainEvent):
    """A sale that was not known before."""

    name = "orders.order_placed"
    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReturned(DomainEvent):
    """Goods came back: a return that was not known before."""

    name = "orders.order_returned"
    order_id: int
    sale_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRevised(DomainEvent):
    """A known sale or return now says something else, or belongs to somebody else."""

    name = "orders.order_revised"
    order_id: int
    revision: int
