"""Bodies onto disk, many waiting requests by one insert and one commit, and who may speak by which write key."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread

from django.db import close_old_connections, connection

from huike.platform import clock

# How old the knowledge of keys may be: a new key is known, and an expired one unknown, within this time.
_KEYS_KEPT_SECONDS = 2.0
_MOST_AT_ONCE = 200
_MOST_BYTES_AT_ONCE = 8 * 1024**2
_MOST_WAITING = 2_000
# Bodies nobody has digested yet. Beyond it clients are told to come back: a day without a worker must not fill the
# disk.
MOST_UNDIGESTED = 200_000


class InboxFull(Exception):
    """More waits than the house takes in; come back later."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whom a write key speaks for. An empty set of origins lets every page speak."""

    source_id: int
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class Body:
    """One body to keep, as JSON in UTF-8."""

    source_id: int
    kind: str
    content: bytes
    received_at: datetime


class KeyRing:
    """Who speaks by which key, read from the database at most every so often. Safe in several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._speakers: Mapping[str, Speaker] = {}
        self._read_at = float("-inf")

    def known(self, key: str) -> Speaker | None:
        """The speaker if fresh knowledge has one; asks nobody."""
        fresh = time.monotonic() - self._read_at < _KEYS_KEPT_SECONDS
        return self._speakers.get(key) if fresh else None

    def find(self, key: str, *, asked_at: float) -> Speaker | None:
        """The speaker as of `asked_at` (monotonic) or later; many who ask at once share one question to the database.
        Raises django.db.Error."""
        with self._lock:
            if self._read_at < asked_at:
                read_at = time.monotonic()
                self._speakers = _read_speakers(clock.now())
                self._read_at = read_at
            return self._speakers.get(key)


def _read_speakers(now: datetime) -> dict[str, Speaker]:
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT k.key, k.source_id, t.allowed_origins
                  FROM behaviour_write_key k JOIN behaviour_tracked_source t ON t.source_id = k.source_id
                 WHERE k.expires_at IS NULL OR k.expires_at > %s
                """,
                [now],
            )
            return {key: Speaker(source_id, frozenset(json.loads(told))) for key, source_id, told in cursor.fetchall()}
    finally:
        connection.close()


class Inbox:
    """The one writer of bodies in this process. While it commits, the next ones gather."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[Body, Future[None]]] = queue.Queue(_MOST_WAITING)
        self._lock = Lock()
        self._writer: Thread | None = None

    def put(self, body: Body) -> Future[None]:
        """A promise that is kept once the body is committed. Raises InboxFull."""
        kept: Future[None] = Future()
        try:
            self._waiting.put_nowait((body, kept))
        except queue.Full as error:
            raise InboxFull from error
        self._start()
        return kept

    def _start(self) -> None:
        with self._lock:
            if self._writer is None or not self._writer.is_alive():
                self._writer = Thread(target=self._write_forever, name="inbox", daemon=True)
                self._writer.start()

    def _write_forever(self) -> None:
        while True:
            batch = [self._waiting.get()]
            size = len(batch[0][0].content)
            while len(batch) < _MOST_AT_ONCE and size < _MOST_BYTES_AT_ONCE:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
                size += len(batch[-1][0].content)
            self._keep(batch)

    @staticmethod
    def _keep(batch: list[tuple[Body, Future[None]]]) -> None:
        # Who hung up meanwhile was answered nothing, and sends again.
        batch = [(body, kept) for body, kept in batch if kept.set_running_or_notify_cancel()]
        if not batch:
            return
        try:
            keep([body for body, _ in batch])
        except Exception as error:  # noqa: BLE001 - told to everyone who waits
            for _, kept in batch:
                kept.set_exception(error)
        else:
            for _, kept in batch:
                kept.set_result(None)


def keep(bodies: list[Body]) -> None:
    """Insert bodies in one statement, which is its own transaction, on a connection that is closed then. Raises
    InboxFull, django.db.Error."""
    close_old_connections()
    try:
        insert(bodies)
    finally:
        connection.close()


def insert(bodies: list[Body]) -> None:
    """Insert bodies in one statement, in the caller's transaction where there is one. Raises InboxFull,
    django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO behaviour_delivery (source_id, kind, body, received_at)
            SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::timestamptz[])
             WHERE (SELECT COALESCE(max(id) - min(id), 0) FROM behaviour_delivery WHERE fault IS NULL) < %s
            """,
            [
                [body.source_id for body in bodies],
                [body.kind for body in bodies],
                [body.content for body in bodies],
                [body.received_at for body in bodies],
                MOST_UNDIGESTED,
            ],
        )
        if cursor.rowcount != len(bodies):
            raise InboxFull
