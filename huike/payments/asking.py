"""The worker's loop: what is not final is asked for until it is. `docs/algorithms/payments.md`, section 2.

A claim is committed before the network is touched and ends by itself, so a killed worker loses nothing; whoever claims
next asks again under the same number. The network is done by threads that know no database.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from django.db import transaction
from django.db.models import Q

from huike.channels.secrets import SecretUnreadable
from huike.payments.accounts import provider_of
from huike.payments.applying import (
    AMOUNT_DIFFERS,
    Asked,
    apply_to_payment,
    apply_to_refund,
    keep_questions,
    lock_payment,
)
from huike.payments.calling import payment_ask, refund_ask, state_of, timed
from huike.payments.errors import ProviderNotFound
from huike.payments.models import Payment, Refund
from huike.payments.providers.base import (
    Busy,
    Failure,
    Misconfigured,
    PaymentAsk,
    PaymentTold,
    Provider,
    RefundAsk,
    RefundTold,
    Refused,
)
from huike.payments.rules import (
    MISCONFIGURED_PAUSE,
    PAYMENT_PAUSES,
    REFUND_PAUSES,
    SETTLES_WITHIN,
    is_wanted,
    pause_after,
)
from huike.platform import clock
from huike.platform.locks import again_after_deadlock

logger = logging.getLogger(__name__)

CLAIM_SECONDS: Final = 60.0  # four times what a call may last, and at most two are made in a turn
AT_ONCE: Final = 16
_IDLE_SECONDS: Final = 0.5
LISTENER_FAILED: Final = "payment.listener_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTask:
    """A payment this process may ask about. `may_close`: it is no longer wanted; `has_settled`: what was begun before
    has arrived by now, or never will."""

    id: int
    claim: int
    tries: int
    provider: Provider
    ask: PaymentAsk
    may_close: bool
    has_settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTask:
    """A refund this process may ask about. `was_sent`: the provider may know of it."""

    id: int
    payment_id: int
    claim: int
    tries: int
    provider: Provider
    ask: RefundAsk
    was_sent: bool


Task = PaymentTask | RefundTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one turn brought: every call made, and what the last one told, or how it failed."""

    asked: tuple[Asked, ...]
    got: PaymentTold | RefundTold | Failure


def ask(task: Task, *, now: datetime) -> Answer:
    """The calls of one turn. The network only; raises nothing for what is out there."""
    return _ask_payment(task, now) if isinstance(task, PaymentTask) else _ask_refund(task, now)


def _ask_payment(task: PaymentTask, now: datetime) -> Answer:
    provider, about = task.provider, task.ask

    def call(verb: str, action: Callable[[PaymentAsk], PaymentTold]) -> PaymentTold | Failure:
        answer, asked = timed(verb, lambda: action(about), told_of=state_of, now=now)
        made.append(asked)
        return answer

    made: list[Asked] = []
    got = call("query", provider.query)
    if isinstance(got, PaymentTold):
        if got.state == "not_found":
            if task.may_close and task.has_settled:
                got = PaymentTold(state="closed", code="payment.never_arrived")
        elif got.state in {"pending", "authorised"} and task.may_close:
            got = call("close", provider.close)
        elif got.state == "authorised":
            got = call("capture", provider.capture)
    return Answer(asked=tuple(made), got=got)


def _ask_refund(task: RefundTask, now: datetime) -> Answer:
    provider, about = task.provider, task.ask

    def call(verb: str, action: Callable[[RefundAsk], RefundTold]) -> RefundTold | Failure:
        answer, asked = timed(verb, lambda: action(about), told_of=state_of, now=now)
        made.append(asked)
        return answer

    made: list[Asked] = []
    got: RefundTold | Failure = RefundTold(state="not_found")
    if task.was_sent:
        got = call("query_refund", provider.query_refund)
    if isinstance(got, RefundTold) and got.state == "not_found":
        got = call("refund", provider.refund)
        if isinstance(got, Refused):
            got = RefundTold(state="refused", code=got.reason, detail=got.detail)
    return Answer(asked=tuple(made), got=got)


def claim(*, limit: int) -> list[Task]:
    """Claim what is due, refunds and payments; each claim is committed when this returns."""
    now = clock.now()
    end_unstarted(now)
    refunds = _claim_refunds(now, max(1, limit // 2))
    return [*refunds, *_claim_payments(now, limit - len(refunds))]


def end_unstarted(now: datetime) -> None:
    """Payments whose time is over and of which no provider was ever told end by our own word."""
    due = Payment.objects.filter(state=Payment.State.CREATED, due_at__lte=now).order_by("due_at")
    for payment_id in list(due.values_list("pk", flat=True)[:100]):
        try:
            again_after_deadlock(lambda payment_id=payment_id: _end_unstarted(payment_id, now))  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - noted, logged, and tried again
            _note_listener_failed(Payment, payment_id, error, now)


def _end_unstarted(payment_id: int, now: datetime) -> None:
    with transaction.atomic():
        payment = lock_payment(payment_id)
        if payment.state == Payment.State.CREATED and payment.expires_at <= now:
            apply_to_payment(payment, PaymentTold(state="closed", code="payment.never_started"), now=now)


def _claim_payments(now: datetime, limit: int) -> list[Task]:
    tasks: list[Task] = []
    with transaction.atomic():
        due = Payment.objects.filter(state=Payment.State.PENDING, due_at__lte=now).filter(_free(now))
        for payment in due.order_by("due_at").select_for_update(skip_locked=True)[:limit]:
            provider = _claimed(payment, now)
            if provider is None or payment.claim is None:
                continue
            wanted = is_wanted(unwanted_at=payment.unwanted_at, expires_at=payment.expires_at, now=now)
            settled = payment.authorise_at is None or now - payment.authorise_at >= SETTLES_WITHIN
            tasks.append(
                PaymentTask(
                    id=payment.pk,
                    claim=payment.claim,
                    tries=payment.tries,
                    provider=provider,
                    ask=payment_ask(payment),
                    may_close=not wanted,
                    has_settled=settled,
                )
            )
    return tasks


def _claim_refunds(now: datetime, limit: int) -> list[Task]:
    tasks: list[Task] = []
    with transaction.atomic():
        due = Refund.objects.filter(due_at__lte=now).filter(_free(now)).select_related("payment")
        for refund in due.order_by("due_at").select_for_update(skip_locked=True, of=("self",))[:limit]:
            was_sent = refund.state == Refund.State.SENT
            refund.state = Refund.State.SENT
            provider = _claimed(refund, now)
            if provider is None or refund.claim is None:
                continue
            tasks.append(
                RefundTask(
                    id=refund.pk,
                    payment_id=refund.payment_id,
                    claim=refund.claim,
                    tries=refund.tries,
                    provider=provider,
                    ask=refund_ask(refund),
                    was_sent=was_sent,
                )
            )
    return tasks


def _free(now: datetime) -> Q:
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)


def _claimed(row: Payment | Refund, now: datetime) -> Provider | None:
    """Claim the row; None, with a pause, where its provider is not set up any more or its secrets cannot be read."""
    row.tries += 1
    fields = ["tries", "claim", "claimed_until"]
    try:
        provider = provider_of(row.provider if isinstance(row, Payment) else row.payment.provider)
    except (ProviderNotFound, SecretUnreadable) as error:
        row.problem, row.problem_detail, row.due_at = error.code, error.detail[:300], now + MISCONFIGURED_PAUSE
        row.save(update_fields=["tries", "problem", "problem_detail", "due_at"])
        return None
    row.claim, row.claimed_until = secrets.randbits(62), now + timedelta(seconds=CLAIM_SECONDS)
    row.save(update_fields=[*fields, "state"])
    return provider


def write_down(task: Task, answer: Answer) -> None:
    """Apply what a turn brought, and put the next question down. A listener that fails undoes all but the note."""
    now = clock.now()
    try:
        again_after_deadlock(lambda: _write_down(task, answer, now))
    except Exception as error:  # noqa: BLE001 - noted, logged, and tried again
        model = Payment if isinstance(task, PaymentTask) else Refund
        _note_listener_failed(model, task.id, error, now)


def _write_down(task: Task, answer: Answer, now: datetime) -> None:
    with transaction.atomic():
        if isinstance(task, PaymentTask):
            payment = lock_payment(task.id)
            keep_questions(task.id, answer.asked)
            if payment.ended_at is None:
                _put_off(payment, task, answer.got, PAYMENT_PAUSES, now)
            if isinstance(answer.got, PaymentTold):
                apply_to_payment(payment, answer.got, now=now)
            else:
                payment.save(update_fields=_PUT_OFF_FIELDS)
            return
        payment = lock_payment(task.payment_id)
        refund = Refund.objects.select_for_update().get(pk=task.id)
        refund.payment = payment
        keep_questions(task.payment_id, answer.asked, refund_id=task.id)
        if refund.ended_at is None:
            _put_off(refund, task, answer.got, REFUND_PAUSES, now)
        if isinstance(answer.got, RefundTold) and refund.told_number == task.ask.number:
            apply_to_refund(refund, answer.got, now=now)
        else:
            refund.save(update_fields=_PUT_OFF_FIELDS)


_PUT_OFF_FIELDS: Final = ["due_at", "claim", "claimed_until", "problem", "problem_detail"]


def _put_off(
    row: Payment | Refund,
    task: Task,
    got: PaymentTold | RefundTold | Failure,
    pauses: tuple[timedelta, ...],
    now: datetime,
) -> None:
    """When it is asked for next, unless what was told is final; and why the last question brought nothing."""
    pause = pause_after(task.tries, pauses, share=random.random())  # noqa: S311 - jitter, not a secret
    if isinstance(got, Busy):
        pause = max(pause, got.retry_after)
    if isinstance(got, Misconfigured):
        pause = max(pause, MISCONFIGURED_PAUSE)
    # Nobody came in between with another question: then theirs is the time that counts.
    if row.claim == task.claim:
        row.due_at, row.claim, row.claimed_until = now + pause, None, None
    if isinstance(got, Failure):
        row.problem, row.problem_detail = got.code, got.detail[:300]
    elif row.problem != AMOUNT_DIFFERS:
        row.problem, row.problem_detail = got.code[:60], got.detail[:300]


def _note_listener_failed(model: type[Payment | Refund], row_id: int, error: Exception, now: datetime) -> None:
    logger.exception("what was learned of %s %s could not be written", model.__name__, row_id)
    row = model.objects.filter(pk=row_id, due_at__isnull=False)
    row.update(
        problem=LISTENER_FAILED,
        problem_detail=f"{type(error).__name__}: {error}"[:300],
        due_at=now + timedelta(minutes=1),
        claim=None,
        claimed_until=None,
    )


class _Asking:
    """The questions of this process: claims made and answers written by the one calling thread."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._under_way: dict[Future[Answer], Task] = {}

    def turn(self, *, idle_seconds: float) -> bool:
        """Claim what there is room for and write down what has come; whether there is or was anything to do."""
        if (room := AT_ONCE - len(self._under_way)) > 0:
            for task in claim(limit=room):
                self._under_way[self._pool.submit(ask, task, now=clock.now())] = task
        if not self._under_way:
            return False
        ended, _ = wait(self._under_way, timeout=idle_seconds, return_when=FIRST_COMPLETED)
        for future in ended:
            write_down(self._under_way.pop(future), future.result())
        return True

    def end(self) -> None:
        """Wait for what is under way: a call may last longer than the stop, and then its claim ends by itself."""
        while self._under_way:
            ended, _ = wait(self._under_way, timeout=5, return_when=FIRST_COMPLETED)
            if not ended:
                return
            for future in ended:
                write_down(self._under_way.pop(future), future.result())


def run_forever(stop: Event) -> None:
    """Ask for what is due until `stop` is set."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="payments: network")
    asking = _Asking(pool)
    try:
        while not stop.is_set():
            if not asking.turn(idle_seconds=_IDLE_SECONDS):
                stop.wait(_IDLE_SECONDS)
        asking.end()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def ask_due() -> int:
    """Ask until nothing is due any more, and return how many turns had something to do."""
    turns = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asking = _Asking(pool)
        while asking.turn(idle_seconds=_IDLE_SECONDS):
            turns += 1
    return turns
