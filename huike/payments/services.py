"""Writes: payments, refunds, what providers tell by themselves. `docs/algorithms/payments.md` is the specification."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from huike.kernel.codes import ALPHABET
from huike.kernel.money import Money
from huike.payments import rows
from huike.payments.accounts import default_provider, demand_open, provider_of
from huike.payments.applying import Asked, apply_to_payment, apply_to_refund, keep_questions, lock_payment, note_started
from huike.payments.calling import payment_ask, timed
from huike.payments.errors import (
    AmountInvalid,
    KeyReused,
    PaymentNotFound,
    PaymentOver,
    PaymentRefused,
    ProviderSilent,
    RefundNotFound,
    RefundNotRefused,
    RefundTooMuch,
)
from huike.payments.listeners import listener_of
from huike.payments.models import Payment, Refund
from huike.payments.providers.base import Failure, Instruction, Notice, PaymentAsk, PaymentTold, Refused
from huike.payments.rules import PAYMENT_PAUSES, is_wanted, next_state, pause_after
from huike.payments.selectors import PaymentView, RefundView, refund_view, view
from huike.platform import audit, sql
from huike.platform.locks import again_after_deadlock

INSTRUCTION_HOLDS: Final = timedelta(hours=1)
"""Providers' pages and codes live for two; an older one is asked for anew, under the same number."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A payment whose provider is about to be asked: that is committed before anything is sent."""

    id: int
    reference: str
    provider: str
    ask: PaymentAsk


def open_payment(
    *,
    reference: str,
    amount: Money,
    provider: str | None,
    subject: str,
    key: str,
    expires_at: datetime,
    payer: str = "",
    now: datetime,
) -> PaymentView:
    """A payment, written in the caller's transaction; nobody is asked yet. Same key: the one that is there.

    `reference` is `<prefix>:…` of a registered listener; `provider` None takes the currency's default; `subject` is
    what the payer reads; `payer` is who pays as the provider knows her, where it must know (WeChat's openid). Raises
    AmountInvalid, ProviderNotFound, KeyReused; LookupError for a prefix nobody registered.
    """
    payment, _ = open_to_tell(
        reference=reference,
        amount=amount,
        provider=provider,
        subject=subject,
        key=key,
        expires_at=expires_at,
        payer=payer,
        return_url=None,
        now=now,
    )
    return payment


_KNOWN = """
SELECT EXISTS (SELECT FROM payments_payment WHERE key = %s),
       (SELECT provider FROM payments_default_provider WHERE currency = %s)
"""


def open_to_tell(
    *,
    reference: str,
    amount: Money,
    provider: str | None,
    subject: str,
    key: str,
    expires_at: datetime,
    payer: str = "",
    return_url: str | None,
    now: datetime,
) -> tuple[PaymentView, Begun | None]:
    """As `open_payment`; with a `return_url` a new one is written as begun, for a caller who goes on with `tell` once
    it has committed, and so does without the transaction in which `start` begins it."""
    listener_of(reference)
    if amount.amount_minor <= 0:
        raise AmountInvalid
    is_known, default = sql.rows(_KNOWN, [key, amount.currency])[0]
    if not is_known:
        chosen = default_provider(amount.currency, agreed=default) if provider is None else provider
        demand_open(chosen)
        payment = Payment(
            number=_new_number("P"),
            key=key,
            reference=reference,
            subject=subject[:120],
            provider=chosen,
            amount_minor=amount.amount_minor,
            currency=amount.currency,
            payer=payer,
            expires_at=expires_at,
            due_at=expires_at,
            created_at=now,
        )
        if return_url is not None:
            _begin(payment, return_url=return_url, now=now)
        if rows.insert(payment):
            return view(payment), None if return_url is None else _begun(payment)
    found = Payment.objects.get(key=key)
    same = (found.reference, found.amount_minor, found.currency) == (reference, amount.amount_minor, amount.currency)
    if not same or provider not in (None, found.provider):
        raise KeyReused
    return view(found), None


def start(payment_id: int, *, return_url: str, now: datetime) -> Instruction:
    """Tell the provider of the payment; what the payer's page does now. Outside any transaction: the network is asked.

    May be called again, also at the same time: it is the same payment. Raises PaymentNotFound, PaymentOver (too late),
    PaymentRefused (it has failed now), ProviderSilent (unknown: it is asked for, and may be started again),
    ProviderNotFound.
    """
    with transaction.atomic(durable=True):
        payment = _locked(payment_id)
        if payment.state == Payment.State.CAPTURED:
            return Instruction(kind="done")
        wanted = is_wanted(unwanted_at=payment.unwanted_at, expires_at=payment.expires_at, now=now)
        if payment.ended_at is not None or not wanted:
            raise PaymentOver
        if payment.instruction and payment.authorise_at and now - payment.authorise_at < INSTRUCTION_HOLDS:
            return Instruction(**payment.instruction)
        provider_of(payment.provider)
        _begin(payment, return_url=return_url, now=now)
        rows.write(payment)
    return tell(_begun(payment), now=now)


def _begin(payment: Payment, *, return_url: str, now: datetime) -> None:
    """From when this is committed the provider may know of the payment, and is asked for it until the end is known."""
    payment.state, payment.authorise_at, payment.tries = Payment.State.PENDING, now, 0
    payment.due_at = now + pause_after(1, PAYMENT_PAUSES, share=_share())
    if payment.started_at is None:
        payment.started_at, payment.return_url = now, return_url


def _begun(payment: Payment) -> Begun:
    return Begun(payment.pk, payment.reference, payment.provider, payment_ask(payment))


def tell(begun: Begun, *, now: datetime) -> Instruction:
    """Tell the provider of a payment that is begun and committed, outside any transaction. As `start`, which begins it
    first: PaymentRefused, ProviderSilent, ProviderNotFound."""
    provider = provider_of(begun.provider)
    answer, asked = timed("authorise", lambda: provider.authorise(begun.ask), told_of=_state_of_start, now=now)
    if isinstance(answer, Refused):
        told = PaymentTold(state="failed", code=answer.reason, detail=answer.detail)
        again_after_deadlock(lambda: _note_start(begun, None, told, asked, now=now))
        raise PaymentRefused(reason=answer.reason)
    if isinstance(answer, Failure):
        keep_questions(begun.id, [asked])
        Payment.objects.filter(pk=begun.id).update(problem=answer.code, problem_detail=answer.detail[:300])
        raise ProviderSilent
    instruction, told = answer
    if next_state(Payment.State.PENDING, told.state) is None:
        note_started(begun.id, instruction, told, asked)
    else:
        again_after_deadlock(lambda: _note_start(begun, instruction, told, asked, now=now))
    return instruction


def _state_of_start(answer: tuple[Instruction, PaymentTold]) -> str:
    return answer[1].state


def _note_start(
    begun: Begun, instruction: Instruction | None, told: PaymentTold, asked: Asked, *, now: datetime
) -> None:
    with transaction.atomic():
        payment = lock_payment(begun.id, reference=begun.reference)
        keep_questions(begun.id, [asked])
        if instruction is not None:
            payment.instruction = instruction.as_json()
            payment.problem, payment.problem_detail = "", ""
        apply_to_payment(payment, told, now=now)


def close(payment_id: int, *, now: datetime) -> PaymentView:
    """Nobody wants this payment any more; in the caller's transaction. One that was never started ends here, and its
    listener is told; any other is closed at the provider by the loop. If it was paid before that, it is captured.

    Raises PaymentNotFound.
    """
    with transaction.atomic():
        payment = _locked(payment_id)
        if payment.state == Payment.State.CREATED:
            apply_to_payment(payment, PaymentTold(state="closed"), now=now)
        elif payment.state == Payment.State.PENDING and payment.unwanted_at is None:
            payment.unwanted_at = now
            _ask_now(payment, now)
        return view(payment)


def refund(payment_id: int, amount_minor: int, *, key: str, reason: str, now: datetime) -> RefundView:
    """Give back so much of what was captured; written in the caller's transaction, told to the provider by the loop.

    Same key: the one that is there. Raises PaymentNotFound, AmountInvalid, KeyReused, RefundTooMuch.
    """
    if amount_minor <= 0:
        raise AmountInvalid
    with transaction.atomic():
        payment = _locked(payment_id)
        found = Refund.objects.select_related("payment").filter(key=key).first()
        if found is not None:
            if (found.payment_id, found.amount_minor) != (payment_id, amount_minor):
                raise KeyReused
            return refund_view(found)
        _demand_room(payment, amount_minor)
        made = Refund.objects.create(
            payment=payment,
            number=_new_number("R"),
            key=key,
            amount_minor=amount_minor,
            reason=reason[:80],
            due_at=now,
            created_at=now,
        )
        return refund_view(made)


def try_again(actor: audit.Actor, refund_id: int, *, now: datetime) -> RefundView:
    """Ask the provider once more for a refund it refused, under a new number. Raises RefundNotFound, RefundNotRefused,
    RefundTooMuch."""
    with transaction.atomic():
        payment_id = Refund.objects.filter(pk=refund_id).values_list("payment_id", flat=True).first()
        if payment_id is None:
            raise RefundNotFound
        payment = _locked(payment_id)
        again = Refund.objects.select_for_update().get(pk=refund_id)
        if again.state != Refund.State.REFUSED:
            raise RefundNotRefused
        _demand_room(payment, again.amount_minor)
        again.state, again.attempt, again.due_at, again.ended_at = Refund.State.REQUESTED, again.attempt + 1, now, None
        again.tries, again.handles, again.provider_reference = 0, {}, ""
        again.failure_code = again.failure_detail = ""
        again.save()
        again.payment = payment
        audit.record(actor, "retry_refund", subject_kind="refund", subject_id=refund_id)
        return refund_view(again)


def ask_soon(payment_id: int, *, now: datetime) -> None:
    """The loop asks about this payment and its refunds at once, whatever it had planned."""
    Payment.objects.filter(pk=payment_id, state=Payment.State.PENDING).update(due_at=now)
    Refund.objects.filter(payment_id=payment_id, due_at__isnull=False).update(due_at=now)


def receive(provider: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Take in what a provider told by itself: verified, kept raw once, applied. Returns when all of it is written.

    `headers` in lower case. Raises ProviderNotFound, NoticeRefused; whatever a listener raises, so that the provider
    tells it again.
    """
    notice = provider_of(provider).verify(headers, body, now=now)
    try:
        again_after_deadlock(lambda: _take_in(provider, notice, headers, body, now))
    except Exception:
        # What could not be applied is kept all the same: somebody will want to see what came.
        _keep(provider, notice, headers, body, now)
        raise


def _take_in(provider: str, notice: Notice, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Keep and apply at once: everybody who pays waits for this, and each commit for the disk."""
    with transaction.atomic():
        meant = _keep(provider, notice, headers, body, now)
        if meant is not None:
            _apply_notice(meant, notice, now=now)


@dataclass(frozen=True, slots=True)
class _Meant:
    """The rows a notification is about."""

    payment_id: int
    reference: str
    refund_id: int | None


# Kept once; what it is about is answered each time, for applying it again does no harm.
_KEEP = """
WITH meant AS (
    SELECT p.id, p.reference, r.id AS refund_id
      FROM payments_payment p
      LEFT JOIN payments_refund r ON r.payment_id = p.id AND r.number = %(refund)s::text AND r.attempt = %(attempt)s
     WHERE p.provider = %(provider)s
       AND p.id = CASE WHEN %(refund)s::text IS NULL THEN (SELECT id FROM payments_payment WHERE number = %(payment)s)
                       ELSE (SELECT payment_id FROM payments_refund
                              WHERE number = %(refund)s::text AND attempt = %(attempt)s) END
), kept AS (
    INSERT INTO payments_notification (provider, notice_id, payment_id, about, told, headers, body, received_at)
    VALUES (%(provider)s, %(notice)s, (SELECT id FROM meant), %(about)s, %(told)s, %(headers)s::jsonb, %(body)s, %(at)s)
    ON CONFLICT (provider, notice_id) DO NOTHING
)
SELECT id, reference, refund_id FROM meant
"""


def _keep(provider: str, notice: Notice, headers: Mapping[str, str], body: bytes, now: datetime) -> _Meant | None:
    """Keep a notification as it came; what it is about, None for a number we never gave."""
    number, _, attempt = notice.number.partition("-") if notice.refund is not None else (None, "", "")
    is_ours = number is None or not attempt or (attempt.isascii() and attempt.isdigit() and len(attempt) < 5)
    told = notice.payment or notice.refund
    row = sql.row(
        _KEEP,
        {
            "provider": provider,
            "payment": notice.number,
            "refund": number,
            "attempt": int(attempt or 1) if is_ours else 0,
            "notice": notice.id[:128],
            "about": notice.about[:60],
            "told": told.state if told else "",
            "headers": json.dumps(dict(headers), ensure_ascii=False),
            "body": body.decode("utf-8", "replace").replace("\x00", "\ufffd"),
            "at": now,
        },
    )
    return None if row is None else _Meant(*row)


def _apply_notice(meant: _Meant, notice: Notice, *, now: datetime) -> None:
    payment = lock_payment(meant.payment_id, reference=meant.reference)
    if meant.refund_id is not None and notice.refund is not None:
        refund = Refund.objects.select_for_update().get(pk=meant.refund_id)
        refund.payment = payment
        apply_to_refund(refund, notice.refund, now=now)
    elif notice.payment is not None:
        if notice.payment.state == "authorised" and payment.ended_at is None:
            _ask_now(payment, now)  # the loop takes the money
        apply_to_payment(payment, notice.payment, now=now)


def _locked(payment_id: int) -> Payment:
    payment = rows.locked(payment_id)
    if payment is None:
        raise PaymentNotFound
    return payment


def _ask_now(payment: Payment, now: datetime) -> None:
    """The loop asks at once; a question under way no longer says when the next one is."""
    payment.due_at, payment.tries, payment.claim, payment.claimed_until = now, 0, None, None
    rows.write(payment)


def _demand_room(payment: Payment, amount_minor: int) -> None:
    left_minor = view(payment).refundable_minor
    if amount_minor > left_minor:
        raise RefundTooMuch(left_minor=left_minor)


def _new_number(letter: str) -> str:
    """110 bits: not guessed, and unique also where two installations share one merchant's account."""
    return letter + "".join(secrets.choice(ALPHABET) for _ in range(22))


def _share() -> float:
    return random.random()  # noqa: S311 - jitter, not a secret
