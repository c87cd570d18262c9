"""What a provider told becomes what our rows say, and the listener hears of it: in one transaction, in any order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huike.kernel.money import Money
from huike.payments import fees, rows
from huike.payments.errors import PaymentNotFound
from huike.payments.events import PaymentCaptured, PaymentEnded, RefundEnded
from huike.payments.listeners import listener_of
from huike.payments.models import Payment, Refund
from huike.payments.providers.base import Instruction, PaymentTold, RefundTold
from huike.payments.rules import next_refund_state, next_state
from huike.payments.selectors import refund_view, view
from huike.platform import sql
from huike.platform.outbox import announce
from huike.platform.signals import nudge

TOPIC = "payments"
"""What pages listen to that show payments and what is asked about them."""
AMOUNT_DIFFERS = "payment.amount_differs"

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


def lock_payment(payment_id: int, *, reference: str | None = None) -> Payment:
    """The payment, locked, after what its listener needs: docs/algorithms/payments.md, section 5. In a transaction.

    `reference` is the payment's, where the caller knows it: it never changes. Raises PaymentNotFound.
    """
    if reference is None:
        reference = Payment.objects.filter(pk=payment_id).values_list("reference", flat=True).first()
        if reference is None:
            raise PaymentNotFound
    listener_of(reference).hold(reference)
    payment = rows.locked(payment_id)
    if payment is None:
        raise PaymentNotFound
    return payment


def apply_to_payment(payment: Payment, told: PaymentTold, *, now: datetime) -> bool:
    """Write what was told of a payment locked by `lock_payment`; whether it changed the state."""
    nudge(TOPIC)
    payment.handles = {**payment.handles, **told.handles}
    payment.provider_reference = told.reference[:128] or payment.provider_reference
    state = next_state(payment.state, told.state)
    if state == Payment.State.CAPTURED and told.amount not in (None, Money(payment.amount_minor, payment.currency)):
        payment.problem, payment.problem_detail = AMOUNT_DIFFERS, f"captured: {told.amount}"
        state = None
    if state is None:
        rows.write(payment)
        return False
    captured = state == Payment.State.CAPTURED
    payment.state, payment.ended_at = state, now
    payment.captured_at = (told.captured_at or now) if captured else None
    payment.failure_code, payment.failure_detail = ("", "") if captured else (told.code[:80], told.detail[:300])
    if captured:
        fees.charge(payment, told.fee)
    _no_longer_asked(payment)
    rows.write(payment)
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
    nudge(TOPIC)
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
    if not refused:
        fees.take_back(refund.payment)
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


_KEEP_QUESTIONS = """
INSERT INTO payments_question (payment_id, refund_id, verb, outcome, told, detail, duration_ms, at)
SELECT %(payment)s, %(refund)s::bigint, q.*
  FROM unnest(%(verbs)s::text[], %(outcomes)s::text[], %(tolds)s::text[], %(details)s::text[], %(spents)s::bigint[],
              %(ats)s::timestamptz[]) AS q
"""


def keep_questions(payment_id: int, asked: Sequence[Asked], *, refund_id: int | None = None) -> None:
    """Write down what was asked and how it ended."""
    nudge(TOPIC)
    sql.rows(
        _KEEP_QUESTIONS,
        {
            "payment": payment_id,
            "refund": refund_id,
            "verbs": [one.verb for one in asked],
            "outcomes": [one.outcome[:40] for one in asked],
            "tolds": [one.told for one in asked],
            "details": [one.detail[:300] for one in asked],
            "spents": [one.duration_ms for one in asked],
            "ats": [one.at for one in asked],
        },
    )


_NOTE_STARTED = """
WITH noted AS (
    INSERT INTO payments_question (payment_id, verb, outcome, told, detail, duration_ms, at)
    VALUES (%(payment)s, %(verb)s, %(outcome)s, %(told)s, %(detail)s, %(spent)s, %(at)s)
)
UPDATE payments_payment
   SET instruction = %(instruction)s::jsonb, problem = '', problem_detail = '', handles = handles || %(handles)s::jsonb,
       provider_reference = COALESCE(NULLIF(%(reference)s::text, ''), provider_reference)
  FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
 WHERE id = %(payment)s
"""


def note_started(payment_id: int, instruction: Instruction, told: PaymentTold, asked: Asked) -> None:
    """How the payer pays, where nothing else was told: one statement for the step that every payment takes. It moves no
    state, so nobody hears of it, and it is right whatever a notification wrote meanwhile. Nobody waits for the disk: a
    payment whose instruction a power cut took is begun again, under the same number."""
    sql.rows(
        _NOTE_STARTED,
        {
            "payment": payment_id,
            "verb": asked.verb,
            "outcome": asked.outcome[:40],
            "told": asked.told,
            "detail": asked.detail[:300],
            "spent": asked.duration_ms,
            "at": asked.at,
            "instruction": json.dumps(instruction.as_json(), ensure_ascii=False),
            "handles": json.dumps(dict(told.handles), ensure_ascii=False),
            "reference": told.reference[:128],
        },
    )
