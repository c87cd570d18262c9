"""What others are told about people."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCreated(DomainEvent):
    name = "customers.customer_created"
    source_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(DomainEvent):
    """Where a person stands on one channel and purpose is now `state`."""

    name = "customers.consent_changed"
    channel: str
    purpose: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersMerged(DomainEvent):
    """`customer_id` now stands for `absorbed_id`, too; everything that belonged to either belongs to it."""

    name = "customers.customers_merged"
    absorbed_id: int
    merge_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUndone(DomainEvent):
    """`absorbed_id` is a file of its own again, with what was its own."""

    name = "customers.merge_undone"
    absorbed_id: int
    merge_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerClaimed(DomainEvent):
    """Anonymous history kept under a key became this customer's. `rows` has the ids of what moved, by kind."""

    name = "customers.customer_claimed"
    claim_id: int
    rows: dict[str, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerErased(DomainEvent):
    """The person of this id, and of `absorbed_ids` that were merged into it, is erased: whoever was told of her must
    forget her too."""

    name = "customers.customer_erased"
    absorbed_ids: list[int]
