"""What others are told about goods that should be used up."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplenishmentDue(DomainEvent):
    """What a customer has of a product should be used up on this day, in the operator's zone."""

    name = "predictions.replenishment_due"
    product_id: int
    used_up_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleUsedUp(DomainEvent):
    """A sample should be used up on this day; `has_bought` the product it is a sample of since she got it."""

    name = "predictions.sample_used_up"
    product_id: int
    sample_of_id: int
    used_up_on: str
    has_bought: bool
