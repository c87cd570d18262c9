"""Locks taken in one order by one helper, so that two transactions never wait for each other in a ring."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import TypeVar

from django.db import OperationalError, models
from psycopg.errors import DeadlockDetected

from huike.platform import sql

M = TypeVar("M", bound=models.Model)
T = TypeVar("T")


def lock_number(*parts: object) -> int:
    """A signed 64-bit number for PostgreSQL's advisory locks, stable over processes."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def lock_rows(queryset: models.QuerySet[M], ids: Iterable[int]) -> dict[int, M]:
    """Lock the rows with these primary keys in key order and give them by key; missing ones are absent.

    Must run in a transaction; the locks are held until it ends.
    """
    rows = queryset.filter(pk__in=sorted(set(ids))).order_by("pk").select_for_update(of=("self",))
    return {int(row.pk): row for row in rows}


def hold(*parts: object) -> None:
    """Wait for the advisory lock of this name; it is released with the transaction."""
    sql.rows("SELECT FROM pg_advisory_xact_lock(%s)", [lock_number(*parts)])


def try_hold(*parts: object) -> bool:
    """Take the advisory lock of this name for the transaction if nobody else has it."""
    taken = sql.row("SELECT pg_try_advisory_xact_lock(%s)", [lock_number(*parts)])
    return bool(taken and taken[0])


def is_deadlock(error: OperationalError) -> bool:
    """Whether the transaction was ended to free others that waited for it in a ring. It did nothing; try it again."""
    return isinstance(error.__cause__, DeadlockDetected)


_TRIES_AGAINST_DEADLOCK = 3


def again_after_deadlock(action: Callable[[], T]) -> T:
    """Run `action`, a transaction of its own; again, twice at most, where the database ended it to break a ring."""
    for _ in range(_TRIES_AGAINST_DEADLOCK - 1):
        try:
            return action()
        except OperationalError as error:
            if not is_deadlock(error):
                raise
    return action()
