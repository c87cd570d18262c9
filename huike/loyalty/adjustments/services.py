"""Writes: proposing, approving, rejecting, undoing. `docs/algorithms/adjustments.md` is the specification.

What is done is decided by one conditional update; who comes second changes nothing and is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from huike.customers.models import Customer
from huike.kernel.scope import Scope
from huike.ledger import selectors as ledger
from huike.ledger.books import Books, open_books
from huike.ledger.errors import InsufficientBalance
from huike.ledger.rules import Gone
from huike.loyalty import desk
from huike.loyalty.adjustments.errors import (
    AdjustmentNotFound,
    DecidedAlready,
    NotToUndo,
    OwnAdjustment,
    ReasonUnknown,
)
from huike.loyalty.count_cards import rules as count_cards
from huike.loyalty.count_cards.errors import CardUnknown
from huike.loyalty.models import Adjustment
from huike.loyalty.points.reading import RunningProgramme, Version
from huike.loyalty.points.rules import expires_at
from huike.loyalty.stored_value.reading import terms_now
from huike.loyalty.stored_value.rules import BONUS, asset_of, taking
from huike.loyalty.terms.adjusting import Adjusting
from huike.platform import audit
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.signals import nudge

Kind = Literal["points", "money", "uses"]
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
    card_key: str = "",
) -> Adjustment:
    """Give so much, or take it (below zero); at once within the limit, else it waits for a second person.

    `card_key` says of which count card uses are. Raises CustomerNotFound, NoProgramme, ReasonUnknown, CardUnknown,
    InsufficientBalance, AccountFrozen.
    """
    with transaction.atomic():
        customer = desk.locked(customer_id, scope)
        programme, version = terms_now(now)
        if reason not in {one.key for one in version.document.adjusting.reasons}:
            raise ReasonUnknown
        asset = _asset(kind, card_key, programme, version)
        made = _made(customer, asset, amount, version, reason=reason, words=words, actor=actor, now=now)
        return _done_or_waiting(made, programme, version, actor=actor, now=now)


def _asset(kind: Kind, card_key: str, programme: RunningProgramme, version: Version) -> str:
    if kind == "points":
        return programme.asset
    if kind == "money":
        return asset_of(programme.currency)
    if version.document.count_cards.find(card_key) is None:
        raise CardUnknown
    return count_cards.asset_of(card_key)


def undo(adjustment_id: int, *, words: str, actor: Actor, scope: Scope, now: datetime) -> Adjustment:
    """Propose the reverse of what was done: to and from the same lots, under the same limit.

    Raises AdjustmentNotFound, NoProgramme, NotToUndo, InsufficientBalance, AccountFrozen.
    """
    with transaction.atomic():
        done = find(adjustment_id, scope=scope)
        customer = desk.locked(done.customer_id, scope)
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

    Raises AdjustmentNotFound, OwnAdjustment, DecidedAlready, CardUnknown, InsufficientBalance, AccountFrozen.
    """
    with transaction.atomic():
        waiting = find(adjustment_id, scope=scope)
        if waiting.proposed_by_key == _key_of(actor):
            raise OwnAdjustment
        desk.locked(waiting.customer_id, scope)
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
    ended = Adjustment.objects.filter(state=State.WAITING, until_at__lte=now).update(
        state=State.EXPIRED, decided_at=now, decided_by="system"
    )
    if ended:
        nudge("adjustments")
    return ended


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
    nudge("adjustments")
    audit.record(actor, "propose_adjustment", subject_kind="customer", subject_id=customer.pk, details=_told(made))
    return made


def _told(one: Adjustment) -> dict[str, object]:
    return {"adjustment": one.pk, "asset": one.asset, "amount": one.amount}


def may_act_alone(asset: str, amount: int, terms: Adjusting) -> bool:
    """Whether so much needs no second person."""
    most = {"points": terms.alone_points, "money": terms.alone_minor, "uses": terms.alone_uses}[asset.partition(":")[0]]
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
    nudge("adjustments")
    action = "make_adjustment" if state == State.DONE else "reject_adjustment"
    audit.record(actor, action, subject_kind="customer", subject_id=one.customer_id, details=_told(one))


def _post(one: Adjustment, programme: RunningProgramme, version: Version, *, now: datetime) -> None:
    about: dict[str, Any] = {
        "reference": f"adjustment:{one.pk}",
        "actor": one.proposed_by,
        "reason": {"what": "adjusted", "adjustment": one.pk, "reason": one.reason, "undoes": one.undoes_id},
    }
    with open_books(one.asset, [one.customer_id]) as books:
        key = f"adjustment:{one.pk}"
        if one.undoes_id is not None:
            _post_reverse(books, one, key=key, now=now, about=about)
        elif one.amount > 0:
            kind, until = _given_as(one.asset, version, now=now)
            books.earn(
                one.customer_id,
                one.amount,
                key=key,
                at=now,
                kind=kind,
                house="adjusted",
                operation="adjust",
                expires_at=until,
                **about,
            )
        else:
            order = taking(version.document.stored_value.spends)
            is_money = one.asset == asset_of(programme.currency)
            books.burn(
                one.customer_id,
                -one.amount,
                key=key,
                at=now,
                house="adjusted",
                operation="adjust",
                kinds=order.kinds if is_money else (),
                in_proportion=is_money and order.in_proportion,
                **about,
            )


def _given_as(asset: str, version: Version, *, now: datetime) -> tuple[str, datetime | None]:
    """The kind of the lot that is given, and until when. Raises CardUnknown where the terms have no such card now."""
    if asset.startswith("points:"):
        return "earned", expires_at(now, version.document.lapse, get_config().zone)
    if asset.startswith("money:"):
        return BONUS, None
    card = version.document.count_cards.find(count_cards.key_of(asset))
    if card is None:
        raise CardUnknown
    return "given", count_cards.expiry(card, now, get_config().zone)


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
