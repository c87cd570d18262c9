"""SQL of the paths a till or a visitor waits for: prepared once per connection, parameters bound by the server.

The ORM writes a statement anew each time and PostgreSQL plans it anew; for a row or two that costs more than the work
itself. Everything else goes through the ORM or `connection.cursor()`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Cursor
from psycopg.pq import ExecStatus
from psycopg.types.numeric import Int8

Row = tuple[Any, ...]


def rows(statement: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
    """Run one statement on this thread's connection, in its transaction if there is one; the rows it gives, if any.

    Parameters that are NULL, arrays or compared to more than one type need a cast in the statement, as
    `%(ids)s::bigint[]`: the server, not the client, finds out what they are. Raises Django's database errors.
    """
    # Looked up once: Django's proxy finds the thread's connection anew for each attribute.
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        cursor = Cursor(database.connection)
        cursor.execute(statement, _bound(params), prepare=True)
        gives_rows = cursor.pgresult is not None and cursor.pgresult.status == ExecStatus.TUPLES_OK
        return cursor.fetchall() if gives_rows else []


def row(statement: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> Row | None:
    """The first row, or None where there is none."""
    found = rows(statement, params)
    return found[0] if found else None


def _bound(params: Mapping[str, Any] | Sequence[Any]) -> Mapping[str, Any] | Sequence[Any]:
    if isinstance(params, Mapping):
        return {name: _sized(value) for name, value in params.items()}
    return [_sized(value) for value in params]


def _sized(value: Any) -> Any:
    """Integers as bigint whatever their size, else each mixture of sizes would be a statement of its own to prepare."""
    if type(value) is int:
        return Int8(value)
    if type(value) is list:
        return [_sized(item) for item in value]
    return value
