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
