"""A delivery's way: kept, understood, taken into the books, forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, QuerySet

from huike.kernel.errors import HuikeError
from huike.orders import services
from huike.orders.models import Receiver, ShopDelivery
from huike.orders.receivers.errors import DeliveryNotFound, ReceiverBusy
from huike.orders.receivers.platforms import PLATFORMS
from huike.orders.receivers.reading import Reading, ShopFacts, Skip, thrown_away
from huike.orders.receivers.settings import find_receiver
from huike.orders.rules import Kind
from huike.platform import audit, clock, locks
from huike.platform.audit import Actor
from huike.platform.signals import nudge

KEPT: Final = timedelta(days=90)
HEADERS_KEPT_MOST: Final = 20
_FORGET_AT_ONCE: Final = 10_000
_State = ShopDelivery.State


def keep(receiver: Receiver, headers: Mapping[str, str], body: bytes, *, now: datetime) -> ShopDelivery | None:
    """Keep a signed message and have it understood later; None where it was here before."""
    from huike.orders.tasks import take_delivery

    told = PLATFORMS[receiver.platform].told(headers, body)
    with transaction.atomic():
        delivery, is_new = ShopDelivery.objects.get_or_create(
            source_id=receiver.pk,
            delivery_id=told.delivery_id,
            defaults={
                "platform": receiver.platform,
                "topic": told.topic[:120],
                "headers": dict(list(headers.items())[:HEADERS_KEPT_MOST]),
                "body": body,
                "received_at": now,
            },
        )
        if not is_new:
            return None
        take_delivery.defer(delivery_id=delivery.pk)
        nudge(topic_of(receiver.pk))
        return delivery


def take(delivery_id: int, *, now: datetime) -> None:
    """Understand a waiting delivery and bring the books up to it. What is wrong with it is kept beside it.

    Taking it again does no harm: what is done is left alone.
    """
    locks.again_after_deadlock(lambda: _take(delivery_id, now=now))


def _take(delivery_id: int, *, now: datetime) -> None:
    with transaction.atomic():
        delivery = (
            ShopDelivery.objects.select_for_update(of=("self",)).select_related("source").filter(pk=delivery_id).first()
        )
        if delivery is None or delivery.state != _State.WAITING:
            return
        try:
            with transaction.atomic():
                _understand(delivery, now)
        except HuikeError as error:
            faults = [{"where": fault.where, "code": fault.code} for fault in error.errors or []]
            delivery.state, delivery.reason = _State.FAILED, error.code
            delivery.reason_params = {**error.params, **({"errors": faults[:20]} if faults else {})}
        delivery.processed_at = now
        delivery.save()
        nudge(topic_of(delivery.source_id))


def _understand(delivery: ShopDelivery, now: datetime) -> None:
    reading = _read(delivery)
    if isinstance(reading, Skip):
        delivery.state, delivery.reason, delivery.reason_params = _State.SKIPPED, reading.reason, {}
        return
    # All words about one order of the shop, one after the other: each looks at what the others said.
    locks.hold("shop order", delivery.source_id, reading.object_key)
    delivery.state, delivery.reason, delivery.reason_params = _State.TAKEN, "", {}
    delivery.object_key, delivery.deletes = reading.object_key, reading.deleted
    others = ShopDelivery.objects.filter(
        source_id=delivery.source_id, object_key=reading.object_key, state=_State.TAKEN
    ).exclude(pk=delivery.pk)
    if reading.deleted:
        _throw_away(delivery, others, now)
        return
    is_gone = others.filter(deletes=True).exists()
    for order in reading.orders:
        told = thrown_away(order) if is_gone and order.kind is Kind.SALE else order
        placement = services.place(told, now=now)
        if order.kind is Kind.SALE:
            delivery.revision = order.revision
        delivery.customer_id = placement.customer_id or delivery.customer_id


def _throw_away(delivery: ShopDelivery, others: QuerySet[ShopDelivery], now: datetime) -> None:
    latest = others.filter(revision__gt=0).select_related("source").order_by("-revision").first()
    if latest is None:
        # Its order comes later, if ever, and then finds this.
        delivery.reason = "order_unknown"
        return
    reading = _read(latest)
    if isinstance(reading, Reading):
        for order in reading.orders:
            if order.kind is Kind.SALE:
                delivery.customer_id = services.place(thrown_away(order), now=now).customer_id


def _read(delivery: ShopDelivery) -> Reading | Skip:
    source = delivery.source
    shop = ShopFacts(
        source_key=source.key, channel=source.channel, currency=source.currency, zone=ZoneInfo(source.timezone)
    )
    return PLATFORMS[delivery.platform].read(delivery.topic, bytes(delivery.body), shop)


def replay(source_id: int, delivery_ids: Iterable[int] | None, *, actor: Actor) -> int:
    """Have deliveries understood anew: these, or all that failed; how many.

    Raises ReceiverNotFound, DeliveryNotFound, ReceiverBusy for one that waits already.
    """
    from huike.orders.tasks import take_delivery

    find_receiver(source_id)
    with transaction.atomic():
        mine = ShopDelivery.objects.select_for_update().filter(source_id=source_id).order_by("pk")
        if delivery_ids is None:
            chosen = list(mine.filter(state=_State.FAILED).values_list("pk", "state"))
        else:
            wanted = set(delivery_ids)
            chosen = list(mine.filter(pk__in=wanted).values_list("pk", "state"))
            if len(chosen) != len(wanted):
                raise DeliveryNotFound
            if any(state == _State.WAITING for _, state in chosen):
                raise ReceiverBusy
        ids = [pk for pk, _ in chosen]
        ShopDelivery.objects.filter(pk__in=ids).update(
            state=_State.WAITING, reason="", reason_params={}, processed_at=None
        )
        for pk in ids:
            take_delivery.defer(delivery_id=pk)
        nudge(topic_of(source_id))
        audit.record(
            actor, "replay_deliveries", subject_kind="source", subject_id=source_id, details={"deliveries": len(ids)}
        )
    return len(ids)


def topic_of(source_id: int) -> str:
    """What a page listens to that shows a source's shop and what it sent."""
    return f"shop:{source_id}"


def figures(source_id: int) -> dict[str, Any]:
    """Deliveries of the last seven days by state, and when the last one came."""
    since = clock.now() - timedelta(days=7)
    rows = ShopDelivery.objects.filter(source_id=source_id)
    counts = dict.fromkeys(_State.values, 0)
    counted = rows.filter(received_at__gte=since).order_by().values_list("state").annotate(count=Count("pk"))
    counts.update(dict(counted))
    last = rows.order_by("-pk").values_list("received_at", flat=True).first()
    return {**counts, "last_at": last}


def forget_old(now: datetime) -> int:
    """Housekeeping: bodies hold personal data and are kept for KEPT, what failed too."""
    old = ShopDelivery.objects.filter(received_at__lt=now - KEPT).exclude(state=_State.WAITING)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:_FORGET_AT_ONCE])
    return ShopDelivery.objects.filter(pk__in=ids).delete()[0]
