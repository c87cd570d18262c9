"""Reading payments and refunds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from huike.kernel.money import Money
from huike.payments.errors import PaymentNotFound, RefundNotFound
from huike.payments.models import Payment, Refund

NOT_FINAL = (Payment.State.CREATED, Payment.State.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment as others see it. `refundable_minor` is what may still be given back."""

    id: int
    reference: str
    provider: str
    amount: Money
    state: str
    refundable_minor: int
    expires_at: datetime
    captured_at: datetime | None
    failure_code: str

    @property
    def is_final(self) -> bool:
        return self.state not in NOT_FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    id: int
    payment_id: int
    reference: str
    amount: Money
    state: str
    reason: str
    failure_code: str


def view(payment: Payment) -> PaymentView:
    captured_minor = payment.amount_minor if payment.state == Payment.State.CAPTURED else 0
    return PaymentView(
        id=payment.pk,
        reference=payment.reference,
        provider=payment.provider,
        amount=Money(payment.amount_minor, payment.currency),
        state=payment.state,
        refundable_minor=captured_minor - payment.refunding_minor,
        expires_at=payment.expires_at,
        captured_at=payment.captured_at,
        failure_code=payment.failure_code,
    )


def refund_view(refund: Refund) -> RefundView:
    return RefundView(
        id=refund.pk,
        payment_id=refund.payment_id,
        reference=refund.payment.reference,
        amount=Money(refund.amount_minor, refund.payment.currency),
        state=refund.state,
        reason=refund.reason,
        failure_code=refund.failure_code,
    )


def payment(payment_id: int) -> PaymentView:
    """Raises PaymentNotFound."""
    found = Payment.objects.filter(pk=payment_id).first()
    if found is None:
        raise PaymentNotFound
    return view(found)


def refund(refund_id: int) -> RefundView:
    """Raises RefundNotFound."""
    found = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if found is None:
        raise RefundNotFound
    return refund_view(found)


def payments_of(references: Collection[str]) -> list[PaymentView]:
    """Payments for these references, oldest first."""
    return [view(row) for row in Payment.objects.filter(reference__in=references).order_by("pk")]


def refunds_of(payment_ids: Collection[int]) -> list[RefundView]:
    """Refunds of these payments, oldest first."""
    rows = Refund.objects.select_related("payment").filter(payment_id__in=payment_ids).order_by("pk")
    return [refund_view(row) for row in rows]
