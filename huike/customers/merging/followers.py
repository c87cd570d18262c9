"""What follows a person when two files become one: each capability registers its tables here (`ready` of its
AppConfig), as it registers what it shows on the timeline.

A row that has to stay with the absorbed file (`stays`) is not lost: it is read through the file's heir.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """One table whose rows belong to a customer.

    `stays` is a condition, in SQL on the row as `t`, under which a row does not move; %(survivor)s names the file it
    would move to. `named_by` is the column, if any, with the id of the identity that named the customer: rows that
    came after a merge go back to whom it names. `settle` is called with both files' ids after rows moved, either way.
    """

    name: str
    table: str
    key: str = "id"
    stays: str = "false"
    named_by: str | None = None
    settle: Callable[[Sequence[int]], None] | None = None


_followers: dict[str, Follower] = {}


def register_follower(follower: Follower) -> None:
    """Let these rows follow. Registering a name twice with different rows is a mistake and raises ValueError."""
    if _followers.get(follower.name, follower) != follower:
        raise ValueError(f"{follower.name} follow already")
    _followers[follower.name] = follower


def followers() -> list[Follower]:
    return [_followers[name] for name in sorted(_followers)]


def count(customer_id: int) -> dict[str, int]:
    """How many rows of each kind belong to this file; kinds without any are absent."""
    counts = {}
    with connection.cursor() as cursor:
        for follower in followers():
            cursor.execute(f"SELECT count(*) FROM {follower.table} WHERE customer_id = %s", [customer_id])  # noqa: S608
            (found,) = cursor.fetchone()
            if found:
                counts[follower.name] = found
    return counts


def move(follower: Follower, *, absorbed_id: int, survivor_id: int) -> list[int]:
    """Give the survivor the absorbed file's rows; the keys of those that moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {follower.table} t SET customer_id = %(survivor)s
             WHERE t.customer_id = %(absorbed)s AND NOT ({follower.stays})
            RETURNING t.{follower.key}
            """,  # noqa: S608 - names and conditions come from the capabilities
            {"survivor": survivor_id, "absorbed": absorbed_id},
        )
        return sorted(row[0] for row in cursor.fetchall())


def give_back(
    follower: Follower,
    row_ids: Sequence[int],
    *,
    absorbed_id: int,
    survivor_id: int,
    identity_ids: Sequence[int] = (),
) -> int:
    """Take these rows back to the absorbed file, and with them those that came since and were named by one of its
    identities; how many."""
    since = f"OR t.{follower.named_by} = ANY(%(identities)s::bigint[])" if follower.named_by else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {follower.table} t SET customer_id = %(absorbed)s
             WHERE t.customer_id = %(survivor)s AND (t.{follower.key} = ANY(%(rows)s::bigint[]) {since})
            """,  # noqa: S608 - names come from the capabilities
            {
                "absorbed": absorbed_id,
                "survivor": survivor_id,
                "rows": list(row_ids),
                "identities": list(identity_ids),
            },
        )
        return int(cursor.rowcount)
