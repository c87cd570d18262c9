"""PostgreSQL, the truth itself: answers about one customer, now.

The question is the same Ibis expression; the lake's tables in it are the declared SELECTs, each limited to this
customer's rows, which PostgreSQL finds by index however many others there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import sqlglot as sg
import sqlglot.expressions as sge
from django.db import DatabaseError, connection, transaction
from ibis.backends.sql.compilers.postgres import PostgresCompiler
from pyroaring import BitMap64

from huike.lake.engines.answers import counted, ids_of, tables_of, with_tables
from huike.lake.engines.compiling import Compiler
from huike.lake.errors import LakeUnavailable, QueryCancelled, QueryTooSlow
from huike.platform import clock

LONGEST_QUESTION_SECONDS = 10.0


@contextmanager
def about_customer(customer_id: int, *, timeout_seconds: float = LONGEST_QUESTION_SECONDS) -> Iterator[PostgresReading]:
    """Answers of a world in which there is nobody but this customer. Asked on Django's own connection: what the
    transaction under way has written is in the answers."""
    connection.ensure_connection()
    reading = PostgresReading(customer_id, clock.now(), connection.connection)
    try:
        with transaction.atomic(), _bounded(timeout_seconds):
            yield reading
    except DatabaseError as error:
        raise reading.explain(error) from error


class PostgresReading:
    """See huike.lake.engine.Questions."""

    def __init__(self, customer_id: int, fresh_at: datetime, asked_on: psycopg.Connection[Any]) -> None:
        self._customer_id = customer_id
        self._fresh_at = fresh_at
        # Django's connection is another in each thread; whoever cancels needs that of the thread that asks.
        self._asked_on = asked_on
        self._cancelled = False

    @property
    def fresh_at(self) -> datetime | None:
        return self._fresh_at

    def count(self, expression: Any) -> int:
        row = self._rows(counted(expression))[0]
        return int(row[0] or 0)

    def ids(self, expression: Any) -> BitMap64:
        return ids_of([self.table(expression)])

    def table(self, expression: Any) -> pa.Table:
        rows = self._rows(expression)
        schema = expression.as_table().schema().to_pyarrow()
        columns = [
            pa.array([_exact(row[place], field.type) for row in rows], field.type) for place, field in enumerate(schema)
        ]
        return pa.Table.from_arrays(columns, schema=schema)

    def cancel(self) -> None:
        self._cancelled = True
        self._asked_on.cancel_safe()

    def _rows(self, expression: Any) -> list[tuple[Any, ...]]:
        if self._cancelled:
            raise QueryCancelled
        with connection.cursor() as cursor:
            cursor.execute(compile_sql(expression, self._customer_id))
            return list(cursor.fetchall())

    def explain(self, error: DatabaseError) -> Exception:
        """What a failure means to whoever asked."""
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            return QueryCancelled() if self._cancelled else QueryTooSlow()
        if isinstance(error.__cause__, (psycopg.errors.AdminShutdown, psycopg.errors.ConnectionException)):
            return LakeUnavailable(str(error)[:300])
        return error


def compile_sql(expression: Any, customer_id: int) -> str:
    """PostgreSQL's SQL of an expression about one customer."""
    meanings = {spec.name: spec.rows_now_sql(customer_id) for spec in tables_of(expression)}
    sql = _compiler.sql(expression)
    return with_tables(sql, meanings, materialized=False) if meanings else sql


def _looked_up(node: Any) -> Any:
    """In place of `NOT x IN (…)`, for which PostgreSQL makes the whole list, be it all products that there are: a look
    for `x` in it. The lists are of ids, which are known; an unknown `x` is in none, and not in none."""
    said = node.this.unnest() if isinstance(node, sge.Not) else None
    if not isinstance(said, sge.In) or said.args.get("query") is None:
        return node
    wanted, listed = said.this, said.args["query"].this
    name = listed.named_selects[0]
    found = sg.select("1").from_(listed.subquery("listed")).where(sg.column(name, "listed", quoted=True).eq(wanted))
    return sg.and_(wanted.copy().is_(sge.null()).not_(), sge.Exists(this=found).not_())


_compiler = Compiler(PostgresCompiler, finished=lambda tree: tree.transform(_looked_up, copy=False))


@contextmanager
def _bounded(timeout_seconds: float) -> Iterator[None]:
    """For this question: its time is bounded, and nothing is compiled to machine code, which takes longer than it
    saves."""
    wanted = {"statement_timeout": f"{int(timeout_seconds * 1000)}ms", "jit": "off"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in wanted))
        before = dict(zip(wanted, cursor.fetchone(), strict=True))
        _set(cursor, wanted)
        yield
        # A transaction around this one goes on with its own; where something failed, the rollback sees to it.
        _set(cursor, before)


def _set(cursor: Any, settings: dict[str, str]) -> None:
    calls = ", ".join("set_config(%s, %s, true)" for _ in settings)
    cursor.execute(f"SELECT {calls}", [part for setting in settings.items() for part in setting])


def _exact(value: Any, type: pa.DataType) -> Any:
    """PostgreSQL's sums of integers are decimals; the expression says what they are."""
    if isinstance(value, Decimal):
        return int(value) if pa.types.is_integer(type) else float(value) if pa.types.is_floating(type) else value
    return value
