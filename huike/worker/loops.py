"""Endless loops, each led by one worker at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psycopg
from django.db import close_old_connections

from huike.behaviour import intake
from huike.campaigns import schedule
from huike.groupbuy import loop as groups
from huike.imports import inbox
from huike.lake import loop as lake
from huike.loyalty.points import loop as points
from huike.messaging import delivery
from huike.payments import asking as payments
from huike.platform import clock, housekeeping, outbox, reaper
from huike.platform.config import get_config
from huike.platform.locks import lock_number
from huike.platform.models import LoopHeartbeat
from huike.webhooks import delivery as webhooks

logger = logging.getLogger(__name__)

Loop = Callable[[Event], None]

LOOPS: dict[str, Loop] = {
    "outbox": outbox.run_forever,
    "reaper": reaper.run_forever,
    "housekeeping": housekeeping.run_forever,
    "lake": lake.run_forever,
    "delivery": delivery.run_forever,
    "points": points.run_forever,
    "groups": groups.run_forever,
    "payments": payments.run_forever,
    "tracking": intake.run_forever,
    "schedule": schedule.run_forever,
    "webhooks": webhooks.run_forever,
    "inbox": inbox.run_forever,
}
"""Every loop by its name. A loop returns soon after its event is set, keeps its place in the database, and does no harm
in the moment in which another worker already leads."""

BEAT_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


class LoopRunner:
    """Leads one loop whenever no other worker does, and starts it again when it fails."""

    def __init__(self, name: str, loop: Loop, *, stop: Event) -> None:
        self._name = name
        self._loop = loop
        self._stop = stop
        self._error: BaseException | None = None
        self.thread = Thread(target=self._run, name=f"loop {name}", daemon=True)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                with self._leadership() as connection:
                    if connection is None:
                        return
                    self._lead(connection)
                    failures = 0
            except Exception as error:
                failures += 1
                logger.exception("loop %s failed", self._name)
                self._report(error)
                self._stop.wait(min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS))

    @contextmanager
    def _leadership(self) -> Iterator[psycopg.Connection | None]:
        """A connection that holds the loop's lock; None when it is time to stop. The lock goes with the connection,
        so a killed worker leads nothing."""
        with psycopg.connect(str(get_config().database_url), autocommit=True) as connection:
            while not self._stop.is_set():
                held = connection.execute(
                    "SELECT pg_try_advisory_lock(%s)", [lock_number("loop", self._name)]
                ).fetchone()
                if held and held[0]:
                    yield connection
                    return
                self._stop.wait(BEAT_SECONDS)
        yield None

    def _lead(self, connection: psycopg.Connection) -> None:
        """Run the loop in a thread of its own, and watch over it and over the lock. Raises what the loop raised."""
        end = Event()
        self._error = None
        work = Thread(target=self._work, args=(end,), name=f"loop {self._name}: work", daemon=True)
        work.start()
        try:
            while work.is_alive() and not self._stop.is_set():
                self._beat(connection)
                work.join(BEAT_SECONDS)
        finally:
            end.set()
            work.join()
            close_old_connections()
        if self._error is not None:
            raise self._error

    def _work(self, end: Event) -> None:
        try:
            self._loop(end)
        except Exception as error:  # noqa: BLE001 - handed to the watching thread
            self._error = error
        finally:
            close_old_connections()

    def _beat(self, connection: psycopg.Connection) -> None:
        """Over the connection that holds the lock: it shows that this still lives, and takes none of the pool's."""
        connection.execute(
            """
            INSERT INTO platform_loop_heartbeat (name, beat_at, last_error, details) VALUES (%s, %s, '', '{}')
            ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at
            """,
            [self._name, clock.now()],
        )

    def _report(self, error: BaseException) -> None:
        now = clock.now()
        text = f"{type(error).__name__}: {error}"[:2000]
        try:
            LoopHeartbeat.objects.update_or_create(
                name=self._name,
                defaults={"last_error": text, "failed_at": now},
                create_defaults={"beat_at": now, "last_error": text, "failed_at": now},
            )
        except Exception:
            logger.exception("the failure of loop %s could not be recorded", self._name)
        finally:
            close_old_connections()
