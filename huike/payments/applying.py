"""What a provider told becomes what our rows say, and the listener hears of it: in one transaction, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huike.kernel.money import Money
from huike.payments.events import PaymentCaptured, PaymentEnded, RefundEnded
from huike.payments.listeners import listener_of
from huike.payments.models import Payment, Question, Refund
from huike.payments.providers.base import PaymentTold, RefundTold
from huike.payments.rules import next_refund_state, next_state
from huike.payments.selectors import refund_view, view
from huike.platform.outbox import announce

AMOUNT_DIFFERS = "payment.amount_differs"

# What is written back of a locked row. `refunding_minor` is the database's own.
_PAYMENT_FIELDS = (
    "state", "handles", "provider_reference", "instruction", "failure_code", "failure_detail", "problem",
    "problem_detail", "due_at", "tries", "claim", "claimed_until", "captured_at", "ended_at",
)  # fmt: skip
_REFUND_FIELDS = (
    "state", "handles", "provider_reference", "failure_code", "failure_detail", "problem", "problem_detail",
    "due_at", "tries", "claim", "claimed_until", "ended_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call to a provider that ended: `outcome` is `answered` or the code of the failure."""

    verb: str
    outcome: str
    told: str = ""
    detail: str = ""
    duration_ms: int
    at: datetime


def lock_payment(payment_id: int) -> Payment:
    """The payment, locked, after what its listener needs: docs/algorithms/payments.md, section 5. In a transaction."""
    reference = Payment.objects.values_list("reference", flat=True).get(pk=payment_id)
    listener_of(reference).hold(reference)
    return Payment.objects.select_for_update().get(pk=payment_id)


def apply_to_payment(payment: Payment, told: PaymentTold, *, now: datetime) -> bool:
    """Write what was told of a payment locked by `lock_payment`; whether it changed the state."""
    payment.handles = {**payment.handles, **told.handles}
    payment.provider_reference = told.reference[:128] or payment.provider_reference
    state = next_state(payment.state, told.state)
    if state == Payment.State.CAPTURED and told.amount not in (None, Money(payment.amount_minor, payment.currency)):
        payment.problem, payment.problem_detail = AMOUNT_DIFFERS, f"captured: {told.amount}"
        state = None
    if state is None:
        payment.save(update_fields=_PAYMENT_FIELDS)
        return False
    captured = state == Payment.State.CAPTURED
    payment.state, payment.ended_at = state, now
    payment.captured_at = (told.captured_at or now) if captured else None
    payment.failure_code, payment.failure_detail = ("", "") if captured else (told.code[:80], told.detail[:300])
    _no_longer_asked(payment)
    payment.save(update_fields=_PAYMENT_FIELDS)
    columns: dict[str, Any] = {
        "payment_id": payment.pk,
        "reference": payment.reference,
        "provider": payment.provider,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "occurred_at": now,
    }
    listener = listener_of(payment.reference)
    if captured:
        announce(PaymentCaptured(**columns))
        listener.captured(view(payment), now)
    else:
        announce(PaymentEnded(**columns, state=state))
        listener.ended(view(payment), now)
    return True


def apply_to_refund(refund: Refund, told: RefundTold, *, now: datetime) -> bool:
    """Write what was told of a refund whose payment was locked by `lock_payment`; whether it changed the state."""
    refund.handles = {**refund.handles, **told.handles}
    refund.provider_reference = told.reference[:128] or refund.provider_reference
    state = next_refund_state(refund.state, told.state)
    if state == Refund.State.SUCCEEDED and told.amount not in (
        None,
        Money(refund.amount_minor, refund.payment.currency),
    ):
        refund.problem, refund.problem_detail = AMOUNT_DIFFERS, f"refunded: {told.amount}"
        state = None
    if state is None:
        refund.save(update_fields=_REFUND_FIELDS)
        return False
    refund.state, refund.ended_at = state, now
    refused = state == Refund.State.REFUSED
    refund.failure_code, refund.failure_detail = (told.code[:80], told.detail[:300]) if refused else ("", "")
    _no_longer_asked(refund)
    refund.save(update_fields=_REFUND_FIELDS)
    announce(
        RefundEnded(
            refund_id=refund.pk,
            payment_id=refund.payment_id,
            reference=refund.payment.reference,
            amount_minor=refund.amount_minor,
            currency=refund.payment.currency,
            state=state,
            occurred_at=now,
        )
    )
    listener_of(refund.payment.reference).refund_ended(refund_view(refund), now)
    return True


def _no_longer_asked(row: Payment | Refund) -> None:
    row.due_at, row.claim, row.claimed_until, row.problem, row.problem_detail = None, None, None, "", ""


def keep_questions(payment_id: int, asked: Sequence[Asked], *, refund_id: int | None = None) -> None:
    """Write down what was asked and how it ended."""
    Question.objects.bulk_create(
        Question(
            payment_id=payment_id,
            refund_id=refund_id,
            verb=one.verb,
            outcome=one.outcome[:40],
            told=one.told,
            detail=one.detail[:300],
            duration_ms=one.duration_ms,
            at=one.at,
        )
        for one in asked
    )
