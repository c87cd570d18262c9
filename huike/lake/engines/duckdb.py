"""DuckDB, in this process: answers on one machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from pyroaring import BitMap64

from huike.lake.connection import attach_lake, open_duckdb, postgres_dsn
from huike.lake.engine import LONGEST_QUESTION_SECONDS
from huike.lake.engines.answers import counted, ids_of
from huike.lake.errors import LakeEmpty, LakeUnavailable, QueryCancelled, QueryTooLarge, QueryTooSlow
from huike.lake.freshness import fresh_at as current_fresh_at
from huike.lake.storage import trouble_with_files
from huike.platform.config import get_config


class DuckDBEngine:
    """One DuckDB in this process, read-only, a cursor for each reading. Bounded in memory and threads by the
    settings."""

    name = "duckdb"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._opened_for: tuple[str, str] | None = None

    @contextmanager
    def reading(self, *, timeout_seconds: float = LONGEST_QUESTION_SECONDS) -> Iterator[DuckDBReading]:
        # Before the state is chosen: what is fresh now is in any later state.
        fresh_at = current_fresh_at()
        if fresh_at is None:
            raise LakeEmpty
        cursor = self._begin()
        reading = DuckDBReading(cursor, fresh_at)
        alarm = threading.Timer(timeout_seconds, reading.time_out)
        alarm.daemon = True
        alarm.start()
        try:
            yield reading
        except duckdb.Error as error:
            raise reading.explain(error) from error
        finally:
            alarm.cancel()
            reading.close()

    def _begin(self) -> duckdb.DuckDBPyConnection:
        """A cursor in a transaction. A database that lost PostgreSQL is thrown away and opened anew, once."""
        for attempt in (1, 2):
            database = self._open()
            cursor = database.cursor()
            try:
                cursor.execute("USE lake")
                # How far a question is can be asked only where it is kept; nothing is printed.
                cursor.execute("SET enable_progress_bar = true")
                cursor.execute("SET enable_progress_bar_print = false")
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                # The state is chosen by the first look at it.
                cursor.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
                return cursor
            except duckdb.Error as error:
                cursor.close()
                self._forget(database)
                if attempt == 2:
                    raise LakeUnavailable(str(error)[:300]) from error
        raise AssertionError("unreachable")

    def _open(self) -> duckdb.DuckDBPyConnection:
        config = get_config()
        wanted = (postgres_dsn(), config.lake_location)
        with self._lock:
            if self._database is None or self._opened_for != wanted:
                database = open_duckdb(
                    threads=config.duckdb_threads,
                    memory_limit=config.duckdb_memory_limit,
                    temp_dir=Path(config.data_dir).resolve() / "duckdb-temp",
                )
                attach_lake(database, read_only=True)
                self._database, self._opened_for = database, wanted
            return self._database

    def _forget(self, database: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            if self._database is database:
                self._database = self._opened_for = None

    def close(self) -> None:
        """Let go of PostgreSQL and memory; the next reading opens again."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = self._opened_for = None


class DuckDBReading:
    """See Reading."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, fresh_at: datetime | None) -> None:
        self._cursor = cursor
        self._fresh_at = fresh_at
        self._ended_by: type[QueryCancelled | QueryTooSlow] | None = None

    @property
    def fresh_at(self) -> datetime | None:
        return self._fresh_at

    @property
    def snapshot_id(self) -> int:
        return int(self._one("SELECT id FROM ducklake_current_snapshot('lake')"))

    def count(self, expression: Any) -> int:
        return int(self._one(compile_sql(counted(expression))))

    def ids(self, expression: Any) -> BitMap64:
        return ids_of(self._execute(compile_sql(expression)).to_arrow_reader(1_000_000))

    def table(self, expression: Any) -> pa.Table:
        # By place: of two equal subqueries DuckDB calls both columns by the name of the second.
        return self._execute(compile_sql(expression)).to_arrow_table().rename_columns(expression.as_table().columns)

    def progress(self) -> float | None:
        percent = self._cursor.query_progress()
        return percent / 100 if 0 <= percent <= 100 else None

    def cancel(self) -> None:
        self._end(QueryCancelled)

    def time_out(self) -> None:
        self._end(QueryTooSlow)

    def _end(self, reason: type[QueryCancelled | QueryTooSlow]) -> None:
        if self._ended_by is None:
            self._ended_by = reason
        self._cursor.interrupt()

    def _one(self, sql: str) -> Any:
        row = self._execute(sql).fetchone()
        return row[0] if row else 0

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        if self._ended_by is not None:
            raise self._ended_by
        return self._cursor.execute(sql)

    def explain(self, error: duckdb.Error) -> Exception:
        """What a failure means to whoever asked."""
        if isinstance(error, duckdb.InterruptException):
            return (self._ended_by or QueryCancelled)()
        if isinstance(error, duckdb.OutOfMemoryException):
            return QueryTooLarge()
        if isinstance(error, (duckdb.IOException, duckdb.ConnectionException)):
            return trouble_with_files(error) or LakeUnavailable(str(error)[:300])
        return error

    def close(self) -> None:
        with contextlib.suppress(duckdb.Error):
            self._cursor.execute("ROLLBACK")
        self._cursor.close()


def compile_sql(expression: Any) -> str:
    """DuckDB's SQL of an expression."""
    return str(ibis.to_sql(expression, dialect="duckdb"))
