"""Writes: payments, refunds, what providers tell by themselves. `docs/algorithms/payments.md` is the specification."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from huike.kernel.codes import ALPHABET
from huike.kernel.money import Money
from huike.payments.accounts import default_provider, demand_open, provider_of
from huike.payments.applying import Asked, apply_to_payment, apply_to_refund, keep_questions, lock_payment
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
from huike.payments.models import Notification, Payment, Refund
from huike.payments.providers.base import Failure, Instruction, Notice, PaymentTold, Refused
from huike.payments.rules import PAYMENT_PAUSES, is_wanted, pause_after
from huike.payments.selectors import PaymentView, RefundView, refund_view, view
from huike.platform import audit
from huike.platform.locks import again_after_deadlock

INSTRUCTION_HOLDS: Final = timedelta(hours=1)
"""Providers' pages and codes live for two; an older one is asked for anew, under the same number."""


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
    listener_of(reference)
    if amount.amount_minor <= 0:
        raise AmountInvalid
    found = Payment.objects.filter(key=key).first()
    if found is None:
        chosen = default_provider(amount.currency) if provider is None else provider
        demand_open(chosen)
        found, _ = Payment.objects.get_or_create(
            key=key,
            defaults={
                "number": _new_number("P"),
                "reference": reference,
                "subject": subject[:120],
                "provider": chosen,
                "amount_minor": amount.amount_minor,
                "currency": amount.currency,
                "payer": payer,
                "expires_at": expires_at,
                "due_at": expires_at,
                "created_at": now,
            },
        )
    same = (found.reference, found.amount_minor, found.currency) == (reference, amount.amount_minor, amount.currency)
    if not same or provider not in (None, found.provider):
        raise KeyReused
    return view(found)


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
        provider = provider_of(payment.provider)
        payment.state, payment.authorise_at, payment.tries = Payment.State.PENDING, now, 0
        payment.due_at = now + pause_after(1, PAYMENT_PAUSES, share=_share())
        if payment.started_at is None:
            payment.started_at, payment.return_url = now, return_url
        payment.save(
            update_fields=["state", "authorise_at", "tries", "due_at", "started_at", "return_url"],
        )
    ask = payment_ask(payment)
    answer, asked = timed("authorise", lambda: provider.authorise(ask), told_of=_state_of_start, now=now)
    if isinstance(answer, Refused):
        told = PaymentTold(state="failed", code=answer.reason, detail=answer.detail)
        again_after_deadlock(lambda: _note_start(payment_id, None, told, asked, now=now))
        raise PaymentRefused(reason=answer.reason)
    if isinstance(answer, Failure):
        keep_questions(payment_id, [asked])
        Payment.objects.filter(pk=payment_id).update(problem=answer.code, problem_detail=answer.detail[:300])
        raise ProviderSilent
    instruction, told = answer
    again_after_deadlock(lambda: _note_start(payment_id, instruction, told, asked, now=now))
    return instruction


def _state_of_start(answer: tuple[Instruction, PaymentTold]) -> str:
    return answer[1].state


def _note_start(
    payment_id: int, instruction: Instruction | None, told: PaymentTold, asked: Asked, *, now: datetime
) -> None:
    with transaction.atomic():
        payment = lock_payment(payment_id)
        keep_questions(payment_id, [asked])
        if instruction is not None:
            payment.instruction = {
                "kind": instruction.kind,
                "url": instruction.url,
                "text": instruction.text,
                "params": dict(instruction.params),
            }
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


def receive(provider: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Take in what a provider told by itself: verified, kept raw once, applied. Returns when all of it is written.

    `headers` in lower case. Raises ProviderNotFound, NoticeRefused; whatever a listener raises, so that the provider
    tells it again.
    """
    notice = provider_of(provider).verify(headers, body, now=now)
    payment_id, refund_id = _meant(provider, notice)
    told = notice.payment or notice.refund
    Notification.objects.bulk_create(
        [
            Notification(
                provider=provider,
                notice_id=notice.id[:128],
                payment_id=payment_id,
                about=notice.about[:60],
                told=told.state if told else "",
                headers=dict(headers),
                body=body.decode("utf-8", "replace").replace("\x00", "\ufffd"),
                received_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    if payment_id is not None:
        again_after_deadlock(lambda: _apply_notice(payment_id, refund_id, notice, now=now))


def _apply_notice(payment_id: int, refund_id: int | None, notice: Notice, *, now: datetime) -> None:
    with transaction.atomic():
        payment = lock_payment(payment_id)
        if refund_id is not None and notice.refund is not None:
            refund = Refund.objects.select_for_update().get(pk=refund_id)
            refund.payment = payment
            apply_to_refund(refund, notice.refund, now=now)
        elif notice.payment is not None:
            if notice.payment.state == "authorised" and payment.ended_at is None:
                _ask_now(payment, now)  # the loop takes the money
            apply_to_payment(payment, notice.payment, now=now)


def _meant(provider: str, notice: Notice) -> tuple[int | None, int | None]:
    """The rows a notification is about: (payment, refund). A number we never gave is nobody's."""
    if notice.refund is not None:
        number, _, attempt = notice.number.partition("-")
        if attempt and not (attempt.isascii() and attempt.isdigit()):
            return None, None
        found = Refund.objects.filter(number=number, attempt=int(attempt or 1), payment__provider=provider).first()
        return (found.payment_id, found.pk) if found else (None, None)
    payment = Payment.objects.filter(number=notice.number, provider=provider).only("pk").first()
    return (payment.pk if payment else None), None


def _locked(payment_id: int) -> Payment:
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise PaymentNotFound
    return payment


def _ask_now(payment: Payment, now: datetime) -> None:
    """The loop asks at once; a question under way no longer says when the next one is."""
    payment.due_at, payment.tries, payment.claim, payment.claimed_until = now, 0, None, None
    payment.save(update_fields=["unwanted_at", "due_at", "tries", "claim", "claimed_until"])


def _demand_room(payment: Payment, amount_minor: int) -> None:
    left_minor = view(payment).refundable_minor
    if amount_minor > left_minor:
        raise RefundTooMuch(left_minor=left_minor)


def _new_number(letter: str) -> str:
    """110 bits: not guessed, and unique also where two installations share one merchant's account."""
    return letter + "".join(secrets.choice(ALPHABET) for _ in range(22))


def _share() -> float:
    return random.random()  # noqa: S311 - jitter, not a secret
