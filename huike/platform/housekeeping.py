"""Forgets what has served its time: told events, answered idempotency keys, finished tasks, expired sessions,
ended counts of limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from django.contrib.sessions.models import Session
from django.db import connection

from huike.platform import clock, limits, outbox
from huike.platform.models import IdempotencyKey, Job

EVENTS_KEPT = timedelta(days=7)
# Longer than any till's or shop's retries; Stripe keeps its keys for a day.
KEYS_KEPT = timedelta(days=3)
TASKS_KEPT = timedelta(days=7)
JOBS_KEPT = timedelta(days=90)
_EVERY_SECONDS = 3600.0

Forget = Callable[[datetime], int]
_capabilities: dict[str, Forget] = {}


def register(name: str, forget: Forget) -> None:
    """A capability's own: called with the time now in each round; how many rows it forgot."""
    _capabilities[name] = forget


def tidy() -> dict[str, int]:
    """One round; how many rows of each kind were forgotten."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM procrastinate_jobs j
             WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
               AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > %s)
            """,
            [now - TASKS_KEPT],
        )
        tasks = cursor.rowcount
    ended = Job.objects.filter(finished_at__lt=now - JOBS_KEPT)
    return {
        "events": outbox.forget_told(older_than=now - EVENTS_KEPT),
        "keys": IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT).delete()[0],
        "tasks": tasks,
        "jobs": ended.delete()[0],
        "limits": limits.forget_ended(now),
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        **{name: forget(now) for name, forget in _capabilities.items()},
    }


def run_forever(stop: Event) -> None:
    """Tidy once an hour until `stop` is set."""
    while not stop.is_set():
        tidy()
        stop.wait(_EVERY_SECONDS)
