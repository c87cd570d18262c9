"""What others are told about complaints, without what was written."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintMade(DomainEvent):
    name = "groupbuy.complaint_made"
    complaint_id: int
    merchant_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintDecided(DomainEvent):
    """`state` is `upheld` or `rejected`."""

    name = "groupbuy.complaint_decided"
    complaint_id: int
    merchant_id: int
    state: str
