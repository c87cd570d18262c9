"""Who may ask now: one question of each person at a time, and so many of everybody. Held by advisory locks, over all
processes together; a process that dies holds none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from huike.insights.sql.errors import SqlAllBusy, SqlAlreadyAsking
from huike.lake.connection import postgres_dsn
from huike.platform.config import get_config
from huike.platform.locks import lock_number

# Files are written one after the other, beside what people wait for.
FILE_PLACE = lock_number("sql.file")


class Turn:
    """A connection of its own that holds the locks, and tells whether the question is to be cancelled."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def try_lock(self, number: int) -> bool:
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
        return bool(row and row[0])

    def is_cancelled(self, question_id: int) -> bool:
        row = self._connection.execute(
            "SELECT cancel_requested FROM insights_question WHERE id = %s", [question_id]
        ).fetchone()
        return row is None or bool(row[0])


@contextmanager
def waiting() -> Iterator[Turn]:
    """A turn with no lock yet."""
    with psycopg.connect(postgres_dsn(), autocommit=True) as connection:
        try:
            yield Turn(connection)
        finally:
            # A server lets go of a closed connection's locks a little later: her next question would be the second.
            if not connection.broken:
                connection.execute("SELECT pg_advisory_unlock_all()")


@contextmanager
def turn_of(principal: str) -> Iterator[Turn]:
    """Raises SqlAlreadyAsking, SqlAllBusy."""
    with waiting() as turn:
        if not turn.try_lock(lock_number("sql.of", principal)):
            raise SqlAlreadyAsking
        if not any(turn.try_lock(lock_number("sql.place", place)) for place in range(get_config().sql_at_once)):
            raise SqlAllBusy
        yield turn
