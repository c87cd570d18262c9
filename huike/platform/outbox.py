"""Domain events: written with the change, told to handlers after commit, each handler at its own pace.

A handler reads the stream in batches by position (transaction id, id), only up to the oldest transaction still
running, so that nothing committed late is skipped. Its effect and its new position commit together: what it writes to
the database happens exactly once per event; whatever else it does may happen twice. A handler that fails is tried
again with growing pauses and holds back nobody else.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from threading import Event
from typing import Any, ClassVar

from django.db import connection, transaction
from django.db.models import QuerySet

from huike.platform import clock, sql
from huike.platform.models import OutboxCursor, OutboxEvent

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
_LONGEST_PAUSE_SECONDS = 300
_STRIDE = 10_000  # transactions without an event for a handler after which its position is moved up to the present
_LAST_ID = 2**63 - 1
_HORIZON = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Base of every capability's events: frozen, past tense, JSON values only.

    Subclasses set `name` (`orders.order_placed`); `customer_id` orders webhooks per person and may be None.
    """

    name: ClassVar[str]
    customer_id: int | None = None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A domain event as a handler gets it."""

    id: int
    name: str
    payload: dict[str, Any]
    customer_id: int | None
    occurred_at: datetime


Handler = Callable[[Sequence[StoredEvent]], None]


@dataclass(frozen=True, slots=True)
class _Registration:
    name: str
    events: frozenset[str]
    handle: Handler
    at_once: int


_handlers: dict[str, _Registration] = {}


def announce(*events: DomainEvent) -> None:
    """Write events in the caller's transaction; they are told only if it commits."""
    if events:
        sql.rows(
            _ANNOUNCE,
            {
                "names": [event.name for event in events],
                "payloads": [_payload(event) for event in events],
                "customers": [event.customer_id for event in events],
                "instants": [event.occurred_at for event in events],
            },
        )


_ANNOUNCE = """
INSERT INTO platform_outbox_event (name, payload, customer_id, occurred_at)
SELECT * FROM unnest(%(names)s::text[], %(payloads)s::jsonb[], %(customers)s::bigint[], %(instants)s::timestamptz[])
"""


def _payload(event: DomainEvent) -> str:
    columns = {"customer_id", "occurred_at"}
    told = {field.name: getattr(event, field.name) for field in fields(event) if field.name not in columns}
    return json.dumps(told, ensure_ascii=False)


def handler(
    name: str, *, events: Sequence[type[DomainEvent]], at_once: int = BATCH_SIZE
) -> Callable[[Handler], Handler]:
    """Register a function for batches of these events, in a `handlers.py` that the AppConfig loads.

    A batch is one transaction: `at_once` is how many events at most, where it locks what somebody may be waiting for.
    """

    def register(handle: Handler) -> Handler:
        if name in _handlers:
            raise ValueError(f"two outbox handlers are called {name}")
        _handlers[name] = _Registration(name, frozenset(event.name for event in events), handle, at_once)
        return handle

    return register


def drain(*, batch_size: int = BATCH_SIZE) -> int:
    """Give every handler its next batch; the number of events told. Never raises for a handler's failure."""
    return sum(_drain_one(registration, batch_size) for registration in _handlers.values())


def run_forever(stop: Event, *, idle_seconds: float = 0.25) -> None:
    """Drain until `stop` is set. An idle round is one small query.

    Between rounds that leave little behind there is a pause, so that a busy hour is told in lots and not one by one.
    """
    settled_xid = -1  # every event of transactions up to this one has been told to everyone
    while not stop.is_set():
        horizon, newest_xid = _positions()
        told = 0
        if newest_xid is not None and newest_xid > settled_xid:
            told = drain()
            if told == 0 and not OutboxCursor.objects.filter(failures__gt=0).exists():
                settled_xid = horizon - 1
        if told < BATCH_SIZE:
            stop.wait(idle_seconds)


def _positions() -> tuple[int, int | None]:
    """The oldest transaction still running, and the newest one that left an event."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_HORIZON}, (SELECT max(xid) FROM platform_outbox_event)")  # noqa: S608 - constant SQL
        horizon, newest_xid = cursor.fetchone()
        return int(horizon), newest_xid


def _drain_one(registration: _Registration, batch_size: int) -> int:
    told = 0
    while told < batch_size:
        at_once = min(registration.at_once, batch_size - told)
        try:
            with transaction.atomic():
                last = _tell_next_batch(registration, at_once)
        except Exception as error:
            logger.exception("outbox handler %s failed", registration.name)
            _hold_back(registration.name, error)
            return told
        told += last
        if last < at_once:
            break
    return told


def _tell_next_batch(registration: _Registration, batch_size: int) -> int:
    OutboxCursor.objects.get_or_create(handler=registration.name)
    cursor = OutboxCursor.objects.select_for_update(skip_locked=True).filter(handler=registration.name).first()
    now = clock.now()
    if cursor is None or (cursor.retry_at is not None and cursor.retry_at > now):
        return 0
    horizon, _ = _positions()
    events = _read(registration.events, cursor, batch_size)
    if not events:
        # Else a handler of rare events would read past all others' again and again.
        if horizon - cursor.xid > _STRIDE:
            cursor.xid, cursor.event_id = horizon - 1, _LAST_ID
            cursor.save(update_fields=["xid", "event_id"])
        return 0
    registration.handle([event for _, event in events])
    last_xid, last = events[-1]
    cursor.xid, cursor.event_id = last_xid, last.id
    cursor.failures, cursor.retry_at, cursor.last_error, cursor.moved_at = 0, None, "", now
    cursor.save()
    return len(events)


def _read(names: frozenset[str], cursor: OutboxCursor, limit: int) -> list[tuple[int, StoredEvent]]:
    rows = _untold(names, cursor).order_by("xid", "id")[:limit]
    return [(row.xid, StoredEvent(row.id, row.name, row.payload, row.customer_id, row.occurred_at)) for row in rows]


def _untold(names: frozenset[str], cursor: OutboxCursor) -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.filter(name__in=sorted(names)).extra(  # noqa: S610 - constant SQL; row comparison and snapshots have no ORM form
        where=[f"(xid, id) > (%s, %s) AND xid < {_HORIZON}"], params=[cursor.xid, cursor.event_id]
    )


def _hold_back(name: str, error: Exception) -> None:
    with transaction.atomic():
        cursor, _ = OutboxCursor.objects.select_for_update().get_or_create(handler=name)
        cursor.failures += 1
        pause = min(2 ** min(cursor.failures, 20), _LONGEST_PAUSE_SECONDS)
        cursor.retry_at = clock.now() + timedelta(seconds=pause)
        cursor.last_error = f"{type(error).__name__}: {error}"[:2000]
        cursor.save()


def kept(names: Collection[str], *, starts_at: datetime, ends_at: datetime, limit: int) -> list[StoredEvent]:
    """Events of these names that happened in [starts_at, ends_at) and are not forgotten yet, in their order."""
    rows = OutboxEvent.objects.filter(name__in=sorted(names), occurred_at__gte=starts_at, occurred_at__lt=ends_at)
    return [
        StoredEvent(row.id, row.name, row.payload, row.customer_id, row.occurred_at)
        for row in rows.order_by("xid", "id")[:limit]
    ]


def forget_told(*, older_than: datetime) -> int:
    """Delete events written before `older_than` that every handler interested in them has passed; how many."""
    interests = [(handler.name, event) for handler in _handlers.values() for event in handler.events]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM platform_outbox_event e
             WHERE e.written_at < %s
               AND NOT EXISTS (
                   SELECT FROM unnest(%s::text[], %s::text[]) AS i (handler, event)
                     LEFT JOIN platform_outbox_cursor c ON c.handler = i.handler
                    WHERE i.event = e.name AND (c.handler IS NULL OR (e.xid, e.id) > (c.xid, c.event_id)))
            """,
            [older_than, [handler for handler, _ in interests], [event for _, event in interests]],
        )
        return int(cursor.rowcount)


def handler_names() -> list[str]:
    return sorted(_handlers)


def count_behind(name: str, cursor: OutboxCursor, *, limit: int) -> int:
    """How many committed events the handler has yet to be told; counting stops at `limit`."""
    return _untold(_handlers[name].events, cursor).order_by()[:limit].count()
