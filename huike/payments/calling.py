"""A call to a provider, timed, and how it ended. No database: it runs in any thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from huike.kernel.money import Money
from huike.payments.applying import Asked
from huike.payments.models import Payment, Refund
from huike.payments.providers.base import Failure, PaymentAsk, PaymentTold, RefundAsk, RefundTold
from huike.platform.config import get_config

T = TypeVar("T")


def timed(
    verb: str, call: Callable[[], T], *, told_of: Callable[[Any], str], now: datetime
) -> tuple[T | Failure, Asked]:
    """The answer or the failure, and the note of it."""
    began = time.monotonic()

    def note(outcome: str, told: str = "", detail: str = "") -> Asked:
        spent = int((time.monotonic() - began) * 1000)
        return Asked(verb=verb, outcome=outcome, told=told, detail=detail, duration_ms=spent, at=now)

    try:
        answer = call()
    except Failure as failure:
        reason = str(failure.params.get("reason", ""))
        return failure, note(failure.code, detail=f"{reason} {failure.detail}".strip())
    return answer, note("answered", told=told_of(answer))


def state_of(told: PaymentTold | RefundTold) -> str:
    return told.state


def payment_ask(payment: Payment) -> PaymentAsk:
    """The payment as its provider is told of it: the same each time, since repeated calls must be the same call."""
    return PaymentAsk(
        number=payment.number,
        amount=Money(payment.amount_minor, payment.currency),
        subject=payment.subject,
        payer=payment.payer,
        return_url=payment.return_url,
        notify_url=f"{get_config().base_url}/pay/notify/{payment.provider}",
        started_at=payment.started_at or payment.created_at,
        expires_at=payment.expires_at,
        handles=payment.handles,
    )


def refund_ask(refund: Refund) -> RefundAsk:
    return RefundAsk(
        number=refund.told_number,
        payment=payment_ask(refund.payment),
        amount=Money(refund.amount_minor, refund.payment.currency),
        reason=refund.reason,
        handles=refund.handles,
    )
