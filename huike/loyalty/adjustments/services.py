"""Writes: proposing, approving, rejecting, undoing. `docs/algorithms/adjustments.md` is the specification.

What is done is decided by one conditional update; who comes second changes nothing and is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from huike.customers import selectors as customers
from huike.customers.models import Customer
from huike.kernel.scope import Scope
from huike.ledger import selectors as ledger
from huike.ledger.books import Books, open_books
from huike.ledger.errors import InsufficientBalance
from huike.ledger.rules import Gone
from huike.loyalty.adjustments.errors import (
    AdjustmentNotFound,
    DecidedAlready,
    NotToUndo,
    OwnAdjustment,
    ReasonUnknown,
)
from huike.loyalty.models import Adjustment
from huike.loyalty.points.reading import RunningProgramme, Version
from huike.loyalty.points.rules import expires_at
from huike.loyalty.stored_value.reading import terms_now
from huike.loyalty.stored_value.rules import BONUS, asset_of, taking
from huike.loyalty.terms.adjusting import Adjusting
from huike.platform import audit
from huike.platform.audit import Actor
from huike.platform.config import get_config

Kind = Literal["points", "money"]
State = Adjustment.State


def propose(
    customer_id: int,
    *,
    kind: Kind,
    amount: int,
    reason: str,
    words: str,
    actor: Actor,
    scope: Scope,
    now: datetime,
) -> Adjustment:
    """Give so much, or take it (below zero); at once within the limit, else it waits for a second person.

    Raises CustomerNotFound, NoProgramme, ReasonUnknown, InsufficientBalance, AccountFrozen.
    """
    with transaction.atomic():
        customer = _locked(customer_id, scope)
        programme, version = terms_now(now)
        if reason not in {one.key for one in version.document.adjusting.reasons}:
            raise ReasonUnknown
        asset = programme.asset if kind == "points" else asset_of(programme.currency)
        made = _made(customer, asset, amount, version, reason=reason, words=words, actor=actor, now=now)
        return _done_or_waiting(made, programme, version, actor=actor, now=now)


def undo(adjustment_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Adjustment:
    """Propose the reverse of what was done: to and from the same lots, under the same limit.

    Raises AdjustmentNotFound, NoProgramme, NotToUndo, InsufficientBalance, AccountFrozen.
    """
    with transaction.atomic():
        done = find(adjustment_id, scope=scope)
        customer = _locked(done.customer_id, scope)
        programme, version = terms_now(now)
        if done.state != State.DONE or done.undoes_id is not None:
            raise NotToUndo
        try:
            with transaction.atomic():
                made = _made(
                    customer,
                    done.asset,
                    -done.amount,
                    version,
                    reason=done.reason,
                    words=words,
                    actor=actor,
                    now=now,
                    undoes=done,
                )
        except IntegrityError as error:
            raise NotToUndo from error
        return _done_or_waiting(made, programme, version, actor=actor, now=now)


def approve(adjustment_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Adjustment:
    """Let it be done; not by whoever proposed it. Refused as it would be at once: nothing is decided then.

    Raises AdjustmentNotFound, OwnAdjustment, DecidedAlready, InsufficientBalance, AccountFrozen.
    """
    with transaction.atomic():
        waiting = find(adjustment_id, scope=scope)
        if waiting.proposed_by_key == _key_of(actor):
            raise OwnAdjustment
        _locked(waiting.customer_id, scope)
        programme, version = terms_now(now)
        _decide(waiting, State.DONE, words=words, actor=actor, now=now)
        _post(waiting, programme, version, now=now)
        return find(adjustment_id, scope=scope)


def reject(adjustment_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Adjustment:
    """Let it not be done; whoever proposed it may take it back so. Raises AdjustmentNotFound, DecidedAlready."""
    with transaction.atomic():
        waiting = find(adjustment_id, scope=scope)
        _decide(waiting, State.REJECTED, words=words, actor=actor, now=now)
        return find(adjustment_id, scope=scope)


def expire_overdue(*, now: datetime) -> int:
    """End what waited too long; how many."""
    return Adjustment.objects.filter(state=State.WAITING, until_at__lte=now).update(
        state=State.EXPIRED, decided_at=now, decided_by="system"
    )


def visible(scope: Scope) -> QuerySet[Adjustment]:
    """Those of customers the scope may see."""
    found = Adjustment.objects.select_related("customer")
    return found if scope.all_stores else found.filter(customer__home_store_id__in=sorted(scope.store_ids))


def find(adjustment_id: int, *, scope: Scope) -> Adjustment:
    """Raises AdjustmentNotFound."""
    found = visible(scope).filter(pk=adjustment_id).first()
    if found is None:
        raise AdjustmentNotFound
    return found


def _locked(customer_id: int, scope: Scope) -> Customer:
    customers.find_customer(customer_id, scope=scope)
    return Customer.objects.select_for_update(no_key=True).get(pk=customer_id)


def _key_of(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _made(
    customer: Customer,
    asset: str,
    amount: int,
    version: Version,
    *,
    reason: str,
    words: str,
    actor: Actor,
    now: datetime,
    undoes: Adjustment | None = None,
) -> Adjustment:
    made = Adjustment.objects.create(
        customer=customer,
        asset=asset,
        amount=amount,
        reason=reason,
        words=words[:300],
        state=State.WAITING,
        undoes=undoes,
        proposed_by=actor.label[:120],
        proposed_by_key=_key_of(actor),
        proposed_at=now,
        until_at=now + timedelta(days=version.document.adjusting.waits_days),
    )
    audit.record(actor, "propose_adjustment", subject_kind="customer", subject_id=customer.pk, details=_told(made))
    return made


def _told(one: Adjustment) -> dict[str, object]:
    return {"adjustment": one.pk, "asset": one.asset, "amount": one.amount}


def may_act_alone(asset: str, amount: int, terms: Adjusting) -> bool:
    """Whether so much needs no second person."""
    most = terms.alone_points if asset.startswith("points:") else terms.alone_minor
    return most is None or abs(amount) <= most


def _done_or_waiting(
    made: Adjustment, programme: RunningProgramme, version: Version, *, actor: Actor, now: datetime
) -> Adjustment:
    if may_act_alone(made.asset, made.amount, version.document.adjusting):
        _decide(made, State.DONE, words="", actor=actor, now=now)
        _post(made, programme, version, now=now)
    made.refresh_from_db()
    return made


def _decide(one: Adjustment, state: State, *, words: str, actor: Actor, now: datetime) -> None:
    """Raises DecidedAlready where it does not wait any more."""
    changed = Adjustment.objects.filter(pk=one.pk, state=State.WAITING, until_at__gt=now).update(
        state=state, decided_by=actor.label[:120], decided_at=now, decision_words=words[:300]
    )
    if not changed:
        raise DecidedAlready(state=Adjustment.objects.values_list("state", flat=True).get(pk=one.pk))
    action = "make_adjustment" if state == State.DONE else "reject_adjustment"
    audit.record(actor, action, subject_kind="customer", subject_id=one.customer_id, details=_told(one))


def _post(one: Adjustment, programme: RunningProgramme, version: Version, *, now: datetime) -> None:
    about: dict[str, Any] = {
        "reference": f"adjustment:{one.pk}",
        "actor": one.proposed_by,
        "reason": {"what": "adjusted", "adjustment": one.pk, "reason": one.reason, "undoes": one.undoes_id},
    }
    is_points = one.asset == programme.asset
    with open_books(one.asset, [one.customer_id]) as books:
        key = f"adjustment:{one.pk}"
        if one.undoes_id is not None:
            _post_reverse(books, one, key=key, now=now, about=about)
        elif one.amount > 0:
            lapse = version.document.lapse
            books.earn(
                one.customer_id,
                one.amount,
                key=key,
                at=now,
                kind="earned" if is_points else BONUS,
                house="adjusted",
                operation="adjust",
                expires_at=expires_at(now, lapse, get_config().zone) if is_points else None,
                **about,
            )
        else:
            order = taking(version.document.stored_value.spends)
            books.burn(
                one.customer_id,
                -one.amount,
                key=key,
                at=now,
                house="adjusted",
                operation="adjust",
                kinds=() if is_points else order.kinds,
                in_proportion=not is_points and order.in_proportion,
                **about,
            )


def _post_reverse(books: Books, one: Adjustment, *, key: str, now: datetime, about: dict[str, Any]) -> None:
    """From the lot that was given, or back to the lots that were taken. Raises InsufficientBalance."""
    undone_id = ledger.transaction_of_key(f"adjustment:{one.undoes_id}")
    if one.amount > 0:
        spent = ledger.still_spent(undone_id)
        books.restore(
            one.customer_id, spent, one.amount, key=key, at=now, house="adjusted", reverses_id=undone_id, **about
        )
        return
    available = books.standing(one.customer_id, now=now).available
    if available < -one.amount:
        raise InsufficientBalance(asked=-one.amount, available=available)
    books.take_back(
        one.customer_id,
        ledger.lots_that_came_with([undone_id]),
        -one.amount,
        key=key,
        at=now,
        gone=Gone.OWED,
        house="adjusted",
        reverses_id=undone_id,
        **about,
    )
