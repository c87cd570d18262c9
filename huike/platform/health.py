"""How the house itself is: database, worker loops, outbox handlers, jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q

from huike.platform import clock, outbox
from huike.platform.models import Job, LoopHeartbeat, OutboxCursor

LOOP_SILENT_AFTER = timedelta(seconds=30)
_FAILED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Loop:
    name: str
    beat_at: datetime
    failed_at: datetime | None
    last_error: str
    silent: bool


@dataclass(frozen=True, slots=True)
class HandlerState:
    """`behind` counts events the handler has not been told yet, up to BEHIND_LIMIT."""

    handler: str
    behind: int
    failures: int
    last_error: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobCounts:
    """`failed` counts the last day."""

    queued: int
    running: int
    failed: int


BEHIND_LIMIT = 10_000


def database_version() -> str:
    """Raises django.db.Error when the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def loops() -> list[Loop]:
    """Every loop that ever ran here, with its last sign of life."""
    now = clock.now()
    return [
        Loop(row.name, row.beat_at, row.failed_at, row.last_error, silent=now - row.beat_at > LOOP_SILENT_AFTER)
        for row in LoopHeartbeat.objects.order_by("name")
    ]


def handlers() -> list[HandlerState]:
    """Every outbox handler: how many events it has yet to be told, and why it is held back if it is."""
    cursors = {cursor.handler: cursor for cursor in OutboxCursor.objects.all()}
    found = []
    for name in outbox.handler_names():
        cursor = cursors.get(name) or OutboxCursor(handler=name)
        behind = outbox.count_behind(name, cursor, limit=BEHIND_LIMIT)
        found.append(HandlerState(name, behind, cursor.failures, cursor.last_error, cursor.retry_at))
    return found


def failing_handlers(*, at_least: int) -> list[OutboxCursor]:
    """Handlers that have failed `at_least` times in a row."""
    return list(OutboxCursor.objects.filter(failures__gte=at_least).order_by("handler"))


def job_counts() -> JobCounts:
    since = clock.now() - _FAILED_WITHIN
    counts = Job.objects.filter(
        Q(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | Q(state=Job.State.FAILED, finished_at__gte=since)
    ).aggregate(
        queued=Count("pk", filter=Q(state=Job.State.QUEUED)),
        running=Count("pk", filter=Q(state=Job.State.RUNNING)),
        failed=Count("pk", filter=Q(state=Job.State.FAILED)),
    )
    return JobCounts(**counts)
