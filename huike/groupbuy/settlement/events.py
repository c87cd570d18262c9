"""What others are told about settlement."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementCut(DomainEvent):
    name = "groupbuy.statement_cut"
    statement_id: int
    merchant_id: int
    payable_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPaid(DomainEvent):
    name = "groupbuy.statement_paid"
    statement_id: int
    merchant_id: int
    payable_minor: int
    currency: str
