"""What others are told about payments."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(DomainEvent):
    name = "payments.payment_captured"
    payment_id: int
    reference: str
    provider: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEnded(DomainEvent):
    """It ended without money: `state` is `failed` or `closed`."""

    name = "payments.payment_ended"
    payment_id: int
    reference: str
    provider: str
    amount_minor: int
    currency: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundEnded(DomainEvent):
    """`state` is `succeeded` or `refused`; a refused one may be tried again, and then ends again."""

    name = "payments.refund_ended"
    refund_id: int
    payment_id: int
    reference: str
    amount_minor: int
    currency: str
    state: str
