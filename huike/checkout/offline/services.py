"""Writes: tills, and their queues heard. Each line of a queue is a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from huike.catalog import selectors as catalog
from huike.checkout.models import OfflineItem, Till
from huike.checkout.offline.errors import (
    CouponsNeedTheServer,
    ItemMalformed,
    ItemNotFound,
    ItemNotWaiting,
    OfflineLimit,
    OtherSource,
    SequenceReused,
    SignatureWrong,
    TillKeyInvalid,
    TillNameTaken,
    TillRevoked,
    TillUnknown,
)
from huike.checkout.offline.rules import fingerprint, is_public_key, is_signed
from huike.checkout.offline.schemas import QueuedItem, QueuedOrder
from huike.checkout.services import Sale, take_order
from huike.kernel.errors import Conflict, HuikeError
from huike.kernel.scope import EVERYTHING, Scope
from huike.loyalty.points import selectors as points
from huike.orders import selectors as orders
from huike.orders.rules import CanonicalOrder
from huike.platform import audit, clock, locks, sql
from huike.platform.audit import Actor


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one line. `told` is what was understood of it, `sale` what it came to where it was taken now."""

    told: QueuedOrder | None
    kept: bool
    sale: Sale | None = None
    order: CanonicalOrder | None = None
    error: HuikeError | None = None


def register_till(
    *,
    name: str,
    source: str,
    store_id: int | None,
    public_key: str,
    most_points_sale: int,
    most_points_session: int,
    actor: Actor,
    scope: Scope,
) -> Till:
    """Raises TillKeyInvalid, TillNameTaken, SourceUnknown, StoreNotFound."""
    if not is_public_key(public_key):
        raise TillKeyInvalid
    if store_id is not None:
        catalog.find_store(store_id, scope=scope)
    try:
        with transaction.atomic():
            till = Till.objects.create(
                name=name,
                source_id=orders.source_id_of(source),
                store_id=store_id,
                public_key=public_key,
                most_points_sale=most_points_sale,
                most_points_session=most_points_session,
            )
            audit.record(actor, "register_till", subject_kind="till", subject_id=till.pk, details={"name": name})
    except IntegrityError as error:
        raise TillNameTaken(name=name) from error
    return till


def change_limits(till_id: int, *, most_points_sale: int, most_points_session: int, actor: Actor) -> Till:
    """Raises TillUnknown."""
    return _change(
        till_id,
        actor,
        "change_till_limits",
        most_points_sale=most_points_sale,
        most_points_session=most_points_session,
    )


def revoke_till(till_id: int, *, actor: Actor) -> Till:
    """Hear it no more; what it queued is looked at by a person. Raises TillUnknown."""
    return _change(till_id, actor, "revoke_till", revoked_at=clock.now())


def _change(till_id: int, actor: Actor, action: str, **fields: object) -> Till:
    with transaction.atomic():
        till = Till.objects.select_for_update(of=("self",)).filter(pk=till_id).first()
        if till is None:
            raise TillUnknown
        if action != "revoke_till" or till.revoked_at is None:
            for field, value in fields.items():
                setattr(till, field, value)
            till.save()
            audit.record(actor, action, subject_kind="till", subject_id=till_id)
        return till


def find_till(name: str) -> Till:
    """Raises TillUnknown."""
    till = Till.objects.select_related("source", "store").filter(name=name).first()
    if till is None:
        raise TillUnknown(till=name)
    return till


def hear(till: Till, item: QueuedItem, *, actor: Actor, now: datetime) -> Heard:
    """Take one line of a till's queue, or refuse it and keep it with the reason. Never raises what a line is refused
    with; a line that is not the till's own, or is none, is not kept."""
    try:
        told = _understood(till, item)
    except HuikeError as error:
        return Heard(None, False, error=error)
    try:
        return locks.again_after_deadlock(lambda: _heard(till, told, item, actor=actor, now=now))
    except SequenceReused as error:
        return Heard(told, True, error=error)


def _understood(till: Till, item: QueuedItem) -> QueuedOrder:
    if till.revoked_at is not None:
        raise TillRevoked(till=till.name)
    if not is_signed(item.body, item.signature, till.public_key):
        raise SignatureWrong(till=till.name)
    try:
        told = QueuedOrder.model_validate_json(item.body)
    except ValidationError as error:
        raise ItemMalformed(str(error.errors()[0]["msg"]), at=str(error.errors()[0]["loc"])) from error
    if told.till != till.name:
        raise SignatureWrong(till=till.name)
    return told


def _heard(till: Till, told: QueuedOrder, item: QueuedItem, *, actor: Actor, now: datetime) -> Heard:
    with transaction.atomic():
        # Lines of one till are heard one after the other, so that what it may burn is counted right.
        locks.hold("offline till", till.pk)
        known = OfflineItem.objects.filter(till=till, sequence=told.sequence).first()
        if known is not None:
            if known.body_sha256 != fingerprint(item.body):
                raise SequenceReused(sequence=told.sequence)
            return _again(known, told, actor=actor, now=now)
        heard = _tried(till, told, actor=actor, now=now, bounded=True)
        _keep(till, told, item, heard, now)
        return heard


def _again(known: OfflineItem, told: QueuedOrder, *, actor: Actor, now: datetime) -> Heard:
    """What became of a line that was heard before; of one that was taken, where its sale stands now."""
    if known.state == OfflineItem.State.TAKEN:
        order = _canonical(told)
        sale = take_order(order, actor=actor, scope=EVERYTHING, now=now, is_over=True)
        return Heard(told, True, sale=sale, order=order)
    return Heard(told, True, error=_kept_problem(known))


def _kept_problem(item: OfflineItem) -> HuikeError:
    """The reason a line was refused with, as it was kept."""
    kind = type("KeptProblem", (Conflict,), {"code": item.problem, "title": "The line was refused"})
    return kind(**item.problem_params)


def _tried(till: Till, told: QueuedOrder, *, actor: Actor, now: datetime, bounded: bool) -> Heard:
    order = None
    try:
        with transaction.atomic():
            order = _canonical(told)
            _check(till, told, order, bounded=bounded)
            sale = take_order(order, actor=actor, scope=_scope_of(till), now=now, is_over=True)
            return Heard(told, True, sale=sale, order=order)
    except HuikeError as error:
        return Heard(told, True, order=order, error=error)


def _canonical(told: QueuedOrder) -> CanonicalOrder:
    return told.order.canonical(coupon_codes=(), payments=told.order.canonical_payments())


def _check(till: Till, told: QueuedOrder, order: CanonicalOrder, *, bounded: bool) -> None:
    if told.order.coupons:
        raise CouponsNeedTheServer
    if order.source_key != till.source.key:
        raise OtherSource(source=order.source_key)
    asked = points_of(told)
    if bounded and asked:
        used = _used(till, told)
        if asked > till.most_points_sale or used + asked > till.most_points_session:
            raise OfflineLimit(
                asked=asked, used=used, most_sale=till.most_points_sale, most_session=till.most_points_session
            )


def points_of(told: QueuedOrder) -> int:
    """The points a queued sale burns; a return burns none."""
    minor = sum(payment.amount_minor for payment in told.order.payments if payment.tender == "points")
    if told.order.kind == "return" or not minor:
        return 0
    return points.cost_of(minor, at=told.order.placed_at)


def _used(till: Till, told: QueuedOrder) -> int:
    found = sql.row(
        """
        SELECT coalesce(sum(points), 0)::bigint FROM checkout_offline_item
         WHERE till_id = %(till)s AND session = %(session)s::uuid AND state = 'taken'
        """,
        {"till": till.pk, "session": str(told.session)},
    )
    return int(found[0]) if found else 0


def _scope_of(till: Till) -> Scope:
    return EVERYTHING if till.store_id is None else Scope(all_stores=False, store_ids=frozenset({till.store_id}))


def _keep(till: Till, told: QueuedOrder, item: QueuedItem, heard: Heard, now: datetime) -> None:
    OfflineItem.objects.create(
        till=till,
        sequence=told.sequence,
        session=told.session,
        # What was sold stands in the order; the text itself is kept only where a person has to look at it.
        body=item.body if heard.error else "",
        body_sha256=fingerprint(item.body),
        signature=item.signature,
        state=OfflineItem.State.REFUSED if heard.error else OfflineItem.State.TAKEN,
        problem=heard.error.code if heard.error else "",
        problem_params=heard.error.params if heard.error else {},
        order_id=heard.sale.placement.order_id if heard.sale else None,
        points=points_of(told),
        received_at=now,
    )


def find_item(item_id: int, *, scope: Scope) -> OfflineItem:
    """Raises ItemNotFound, also for a till of another store."""
    item = OfflineItem.objects.select_related("till").filter(pk=item_id).first()
    if item is None or not (scope.all_stores or scope.allows_store(item.till.store_id)):
        raise ItemNotFound
    return item


def accept(item_id: int, *, actor: Actor, now: datetime) -> OfflineItem:
    """Have a refused line taken after all, whatever it burns. Raises ItemNotFound, ItemNotWaiting, and what keeps it
    out still."""
    with transaction.atomic():
        item = _waiting(item_id)
        told = QueuedOrder.model_validate_json(item.body)
        heard = _tried(item.till, told, actor=actor, now=now, bounded=False)
        if heard.error is not None or heard.sale is None:
            raise heard.error or ItemMalformed
        item.state = OfflineItem.State.TAKEN
        item.order_id = heard.sale.placement.order_id
        return _decided(item, actor, "accept_offline_sale")


def dismiss(item_id: int, *, note: str, actor: Actor) -> OfflineItem:
    """Set a refused line aside. Raises ItemNotFound, ItemNotWaiting."""
    with transaction.atomic():
        item = _waiting(item_id)
        item.state, item.note = OfflineItem.State.DISMISSED, note
        return _decided(item, actor, "dismiss_offline_sale")


def _waiting(item_id: int) -> OfflineItem:
    item = OfflineItem.objects.select_for_update(of=("self",)).select_related("till__source").filter(pk=item_id).first()
    if item is None:
        raise ItemNotFound
    if item.state != OfflineItem.State.REFUSED:
        raise ItemNotWaiting(state=item.state)
    return item


def _decided(item: OfflineItem, actor: Actor, action: str) -> OfflineItem:
    item.decided_by, item.body = actor.label[:120], ""
    item.save()
    audit.record(actor, action, subject_kind="offline_item", subject_id=item.pk, details={"problem": item.problem})
    return item
