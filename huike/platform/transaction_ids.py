"""Transaction ids of another server, which rows bring along when a database is restored from a dump.

Readers of changes (outbox, lake) compare the ids kept with rows to those of the server that runs. On a new server those
begin anew: rows of the old one would seem to come from the future, and new events to be older than what was told.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

CHANGE_COLUMN = "change_xid"


def make_past(connection: psycopg.Connection[Any]) -> None:
    """Make every kept transaction id older than all to come, keeping the order of events and who was told what.

    `connection` is that of the tables' owner, in a transaction, while nothing else works. Does nothing where the ids
    are in the past already.
    """
    now = _number(connection, sql.SQL("SELECT pg_current_xact_id()::text::bigint"))
    for table in _followed_tables(connection):
        name = sql.Identifier(table)
        column = sql.Identifier(CHANGE_COLUMN)
        # The trigger would note this very change as one for the readers.
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        connection.execute(
            sql.SQL("UPDATE {name} SET {column} = 0 WHERE {column} >= %s").format(name=name, column=column), [now]
        )
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    newest = _number(
        connection,
        sql.SQL(
            "SELECT greatest((SELECT max(xid) FROM platform_outbox_event), (SELECT max(xid) FROM "
            "platform_outbox_cursor), 0)"
        ),
    )
    if newest >= now:
        # All by the same amount, to below zero: order and positions stay.
        for table in ("platform_outbox_event", "platform_outbox_cursor"):
            connection.execute(sql.SQL("UPDATE {} SET xid = xid - %s - 1").format(sql.Identifier(table)), [newest])


def _followed_tables(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        """
        SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema,
        table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = %s ORDER BY
        table_name """,
        [CHANGE_COLUMN],
    )
    return [row[0] for row in rows]


def _number(connection: psycopg.Connection[Any], query: sql.SQL) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
