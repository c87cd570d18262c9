"""DuckDB, in this process: answers on one machine. What it holds of the customers in memory answers without it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
from django.db import connection as django_connection
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from pyroaring import BitMap64

from huike.lake.connection import SCHEMA, attach_lake, open_duckdb, postgres_dsn
from huike.lake.engine import LONGEST_QUESTION_SECONDS
from huike.lake.engines.answers import counted, ids_of, tables_of, with_tables
from huike.lake.engines.compiling import Compiler
from huike.lake.engines.files import Files, Table
from huike.lake.engines.groups import (
    COUNTS,
    STREAMED_AT_ONCE,
    Groups,
    Kind,
    Measure,
    NotMeasurable,
    measure_shown_by,
    measures_in,
)
from huike.lake.engines.held import masks
from huike.lake.engines.held.columns import HeldColumns
from huike.lake.engines.held.selection import (
    EVERYBODY,
    Among,
    Every,
    Exactly,
    Holds,
    Others,
    Selection,
    Some,
    counts_of,
    leaves_of,
    selection_of,
    shows_ids,
)
from huike.lake.errors import LakeEmpty, LakeUnavailable, QueryCancelled, QueryTooLarge, QueryTooSlow
from huike.lake.storage import trouble_with_files
from huike.platform.config import get_config
from huike.platform.memory import give_back
from huike.platform.scratch import Scratch

# Large enough to be given back when it is let go of: in smaller ones 10 million customers' lines left 380 MB behind.
_ROWS_IN_A_BATCH = 1_000_000
# Of the memory, for an array with a place for each id: mostly empty where ids are amounts or other large numbers.
_PART = 8
# Of the memory, for rows that are measured. DuckDB, which does nothing but read them, needs little of it meanwhile.
_PART_AT_ONCE = 2
# Of fewer rows the memory is left with the process, for the next question.
_BYTES_TO_GIVE_BACK = 64_000_000


class _Opened:
    """A DuckDB with the lake attached, `of` a database and a place of files; and what is held of it."""

    def __init__(self, of: tuple[str, str]) -> None:
        config = get_config()
        self.of = of
        self._overflow = Scratch("engine")
        self.database = open_duckdb(
            threads=config.duckdb_threads,
            memory_limit=f"{config.duckdb_memory_bytes * 5 // 8}B",
            overflow=self._overflow.path,
        )
        try:
            # A file of the lake never changes; what it says of its row groups is read and understood once.
            self.database.execute("SET parquet_metadata_cache = true")
            attach_lake(self.database, read_only=True)
        except BaseException:
            self.database.close()
            self._overflow.release()
            raise
        self.files = Files(self.database)
        self.held = HeldColumns(
            self.database,
            bytes_at_most=config.duckdb_memory_bytes // 4,
            reading=self._reading,
        )

    def cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self.database.cursor()
        # How far a question is can be asked only where it is kept; nothing is printed.
        cursor.execute("SET enable_progress_bar = true")
        cursor.execute("SET enable_progress_bar_print = false")
        return cursor

    @contextmanager
    def _reading(self) -> Iterator[DuckDBReading]:
        reading = DuckDBReading(self, *_latest())
        try:
            reading.begin()
            yield reading
        finally:
            reading.close()

    def close(self) -> None:
        self.held.close()
        self.files.close()
        self.database.close()
        self._overflow.release()


class DuckDBEngine:
    """One DuckDB in this process, read-only, a cursor for each reading. Bounded in memory and threads by the
    settings: a quarter of the memory is for columns that are held, five eighths are DuckDB's, the rest is for what
    neither of them counts."""

    name = "duckdb"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    @contextmanager
    def reading(self, *, timeout_seconds: float = LONGEST_QUESTION_SECONDS) -> Iterator[DuckDBReading]:
        reading = self._begin()
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

    def _begin(self) -> DuckDBReading:
        """A reading of the latest state. A database that lost PostgreSQL is thrown away and opened anew, once."""
        for attempt in (1, 2):
            # Before the state is chosen: what is fresh now is in any later state.
            state, fresh_at = _latest()
            opened = self._open()
            reading = DuckDBReading(opened, state, fresh_at)
            is_known = state in {opened.held.state, opened.files.state}
            opened.files.follow(state)
            if is_known:
                return reading
            try:
                reading.begin()
                return reading
            except duckdb.Error as error:
                reading.close()
                self._forget(opened)
                if attempt == 2:
                    raise LakeUnavailable(str(error)[:300]) from error
        raise AssertionError("unreachable")

    def _open(self) -> _Opened:
        wanted = (postgres_dsn(), get_config().lake_location)
        with self._lock:
            if self._opened is None or self._opened.of != wanted:
                self._opened = _Opened(wanted)
            return self._opened

    def _forget(self, opened: _Opened) -> None:
        with self._lock:
            if self._opened is opened:
                self._opened = None
        opened.files.disconnect()

    def close(self) -> None:
        """Let go of PostgreSQL and memory; the next reading opens again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def settle(self) -> None:
        """Wait until the columns that were asked for are held."""
        self._open().held.settle()


def _latest() -> tuple[int, datetime]:
    """The lake's latest state, and the moment up to which it is complete. Raises LakeEmpty."""
    # The moment first, so that the state is not older. The schema is there once anything was copied.
    with django_connection.cursor() as cursor:
        cursor.execute(
            f"SELECT fresh_at, to_regclass('{SCHEMA}.ducklake_snapshot') FROM lake_freshness WHERE id = 1"  # noqa: S608
        )
        fresh_at, snapshots = cursor.fetchone() or (None, None)
        if fresh_at is None or snapshots is None:
            raise LakeEmpty
        cursor.execute(f"SELECT max(snapshot_id) FROM {SCHEMA}.ducklake_snapshot")  # noqa: S608 - our own schema
        return int(cursor.fetchone()[0]), fresh_at


class DuckDBReading:
    """See Reading. DuckDB's transaction begins with the first question that needs it."""

    def __init__(self, opened: _Opened, state: int, fresh_at: datetime) -> None:
        self._opened = opened
        self._state = state
        self._fresh_at = fresh_at
        # Of its own, and in a transaction of the lake's: begun by the first question that needs it.
        self._own: duckdb.DuckDBPyConnection | None = None
        self._in_lake: duckdb.DuckDBPyConnection | None = None
        self._is_moved = False
        self._running: duckdb.DuckDBPyConnection | None = None
        self._tables: list[Table] = []
        self._left_to_sql: set[Any] = set()
        self._bytes_taken = 0
        self._ended_by: type[QueryCancelled | QueryTooSlow] | None = None

    def begin(self) -> None:
        """Choose the state now: the latest."""
        cursor = self._lake()
        self._state, self._is_moved = _state_of(cursor), False

    @property
    def fresh_at(self) -> datetime | None:
        return self._fresh_at

    @property
    def snapshot_id(self) -> int:
        return self._state

    def count(self, expression: Any) -> int:
        mask = self._mask(selection_of(expression))
        if mask is not None:
            return masks.count(mask)
        chosen = self._chosen_by_measure(expression.op())
        return int(self._one(counted(expression))) if chosen is None else masks.count(chosen)

    def ids(self, expression: Any) -> BitMap64:
        mask = self._mask(selection_of(expression)) if shows_ids(expression) else None
        if mask is not None:
            return masks.ids_of(mask)
        chosen = self._chosen_by_measure(expression.op())
        if chosen is not None:
            return masks.ids_of(chosen)
        return ids_of(self._execute(expression).to_arrow_reader(_ROWS_IN_A_BATCH))

    def table(self, expression: Any) -> pa.Table:
        counts = self._counts(expression)
        if counts is not None:
            return pa.Table.from_pylist([counts], schema=expression.schema().to_pyarrow())
        # By place: of two equal subqueries DuckDB calls both columns by the name of the second.
        return self._execute(expression).to_arrow_table().rename_columns(expression.as_table().columns)

    # -- from what is held -------------------------------------------------------------------------------------------

    def _mask(self, selection: Selection | None) -> masks.Mask | None:
        """Who is chosen; None where that is to be asked in SQL."""
        found = None if selection is None else self._found([selection])
        return None if found is None or selection is None else _Chooser(found).chosen(selection)

    def _counts(self, expression: Any) -> dict[str, int] | None:
        selections = counts_of(expression)
        found = None if not selections else self._found(selections.values())
        if found is None or selections is None:
            return None
        chooser = _Chooser(found)
        return {name: masks.count(chooser.chosen(selection)) for name, selection in selections.items()}

    def _found(self, selections: Iterable[Selection]) -> dict[Selection, masks.Mask] | None:
        """Who is in each leaf of the selections, each asked once."""
        leaves = {leaf for selection in selections for leaf in leaves_of(selection)}
        held = {leaf for leaf in leaves if isinstance(leaf, Holds)}
        if held <= {Holds(EVERYBODY)} < leaves:
            return None  # other tables alone: DuckDB has nothing to put together
        found = self._opened.held.look_up(held, self)
        if found is None:
            return None
        room = len(found[Holds(EVERYBODY)]) * masks.WORD_BITS
        for leaf in leaves - held:
            assert isinstance(leaf, Among)  # noqa: S101 - all others are held
            found[leaf] = self._among(leaf, room)
        return found

    def _among(self, leaf: Among, room: int) -> masks.Mask:
        chosen = self._chosen_by_measure(leaf.question)
        if chosen is not None:
            return masks.fitted(chosen, room)
        batches = self._execute(leaf.question.to_expr()).to_arrow_reader(_ROWS_IN_A_BATCH)
        return masks.of_ids((batch.column(0).drop_null().to_numpy() for batch in batches), room)

    # -- from the lake -----------------------------------------------------------------------------------------------

    def named(self, table: str) -> str:
        """A table of the lake at this reading's state, in the SQL of `sql`."""
        self._lake()
        # The lake may have gone on since this reading was opened.
        return f"lake.{table} AT (VERSION => {self._state})" if self._is_moved else f"lake.{table}"

    def sql(self, sql: str, **given: pa.Table) -> duckdb.DuckDBPyConnection:
        """The answer to a question in DuckDB's SQL, with tables of its own beside the lake's, as begun."""
        return self._run(self._lake(), sql, given)

    def _execute(self, expression: Any) -> duckdb.DuckDBPyConnection:
        """The answer to a question, as begun. What is measured of each customer is measured beforehand."""
        measured, given = {}, {}
        for number, measure in enumerate(measures_in(expression)):
            groups = self._groups(measure)
            if groups is not None:
                name = f"measured_{number}"
                given[name] = groups.table(measure)
                measured[measure.whole] = ibis.table(measure.whole.schema, name=name).op()
        return self._executed(expression.op().replace(measured).to_expr() if measured else expression, **given)

    def _groups(self, measure: Measure) -> Groups | None:
        if measure.whole in self._left_to_sql:
            return None
        config = get_config()
        try:
            groups = Groups.of(
                measure,
                self._rows_of(measure),
                bytes_at_most=config.duckdb_memory_bytes // _PART,
                threads=config.duckdb_threads,
            )
        except NotMeasurable:
            self._left_to_sql.add(measure.whole)
            return None
        if measure.wanted is None:
            return groups
        sql = with_tables(compile_sql(measure.wanted), {COUNTS: groups.counts(measure)})
        return groups.with_counts(self._run(self._cursor(), sql, {}).to_arrow_table().column(0).to_numpy())

    def _rows_of(self, measure: Measure) -> Iterator[pa.RecordBatch]:
        """What is measured: all of it at once, for then DuckDB reads with all threads, or as a stream where that would
        be too much. Raises NotMeasurable."""
        most = get_config().duckdb_memory_bytes // _PART_AT_ONCE // measure.row_bytes
        cursor, sql = self._prepared(measure.rows)
        batches = self._begun(cursor).sql(f"{sql} LIMIT {most + 1}").to_arrow_table(_ROWS_IN_A_BATCH).to_batches()
        rows = sum(map(len, batches))
        self._bytes_taken += rows * measure.row_bytes
        if rows <= most:
            return _taken_from(batches)
        if measure.kind is Kind.DIFFERENT:
            raise NotMeasurable
        cursor.execute(f"SET streaming_buffer_size = '{STREAMED_AT_ONCE}'")
        return iter(self._run(cursor, sql, {}).to_arrow_reader(_ROWS_IN_A_BATCH))

    def _chosen_by_measure(self, relation: Any) -> masks.Mask | None:
        """Whom a relation of ids shows, each once, where they are those of groups that can be measured here."""
        measure = measure_shown_by(relation)
        groups = None if measure is None else self._groups(measure)
        return None if groups is None else groups.there

    def _executed(self, expression: Any, **given: pa.Table) -> duckdb.DuckDBPyConnection:
        cursor, sql = self._prepared(expression)
        return self._run(cursor, sql, given)

    def _prepared(self, expression: Any) -> tuple[duckdb.DuckDBPyConnection, str]:
        """A question in DuckDB's SQL, and where it is to be asked."""
        sql, read = compile_sql(expression), tables_of(expression)
        tables = self._opened.files.hold(self._state, read)
        if tables is not None:
            self._tables += tables
            cursor, meanings = self._cursor(), {table.name: table.sql for table in tables}
        else:
            cursor = self._lake()
            meanings = {spec.name: f"FROM {self.named(spec.name)}" for spec in read} if self._is_moved else {}
        return cursor, with_tables(sql, meanings, materialized=False) if meanings else sql

    def _run(
        self, cursor: duckdb.DuckDBPyConnection, sql: str, given: Mapping[str, pa.Table]
    ) -> duckdb.DuckDBPyConnection:
        for name, table in given.items():
            cursor.register(name, table)
        return self._begun(cursor).execute(sql)

    def _begun(self, cursor: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """The one that is asked now, which `cancel` reaches."""
        self._running = cursor
        if self._ended_by is not None:
            raise self._ended_by
        return cursor

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if self._own is None:
            self._own = self._opened.cursor()
        return self._own

    def _lake(self) -> duckdb.DuckDBPyConnection:
        if self._in_lake is None:
            self._in_lake = self._opened.cursor()
            # First: each look at the lake outside of a transaction is a transaction of PostgreSQL's by itself.
            self._in_lake.execute("BEGIN TRANSACTION READ ONLY")
            self._in_lake.execute("USE lake")
            # The state is chosen by the first look at it.
            self._is_moved = _state_of(self._in_lake) != self._state
        return self._in_lake

    def progress(self) -> float | None:
        percent = -1.0 if self._running is None else self._running.query_progress()
        return percent / 100 if 0 <= percent <= 100 else None

    def cancel(self) -> None:
        self._end(QueryCancelled)

    def time_out(self) -> None:
        self._end(QueryTooSlow)

    def _end(self, reason: type[QueryCancelled | QueryTooSlow]) -> None:
        if self._ended_by is None:
            self._ended_by = reason
        if self._running is not None:
            self._running.interrupt()

    def _one(self, expression: Any) -> Any:
        row = self._execute(expression).fetchone()
        return row[0] if row else 0

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
        if self._in_lake is not None:
            with contextlib.suppress(duckdb.Error):
                self._in_lake.execute("ROLLBACK")
            self._in_lake.close()
        if self._own is not None:
            self._own.close()
        self._opened.files.release(self._tables)
        if self._bytes_taken > _BYTES_TO_GIVE_BACK:
            give_back()


def _taken_from(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each let go of before the next, for what is made of them takes as much again."""
    batches.reverse()
    while batches:
        yield batches.pop()


class _Chooser:
    """Puts the leaves of selections together; each part of several selections is put together once."""

    def __init__(self, found: Mapping[Selection, masks.Mask]) -> None:
        self._everybody = found[Holds(EVERYBODY)]
        self._known: dict[Selection, masks.Mask] = {leaf: self._everybody & mask for leaf, mask in found.items()}

    def chosen(self, selection: Selection) -> masks.Mask:
        """Of the customers there are, those the selection chooses."""
        if selection not in self._known:
            self._known[selection] = self._joined(selection)
        return self._known[selection]

    def _joined(self, selection: Selection) -> masks.Mask:
        match selection:
            case Every(parts):
                return reduce(and_, map(self.chosen, parts), self._everybody)
            case Some(parts):
                return reduce(or_, map(self.chosen, parts), np.zeros_like(self._everybody))
            case Others(part):
                return self._everybody & ~self.chosen(part)
            case Exactly(number, parts):
                return masks.exactly(number, map(self.chosen, parts), self._everybody)
        raise AssertionError("a leaf that was not looked up")


def _state_of(cursor: duckdb.DuckDBPyConnection) -> int:
    row = cursor.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
    assert row is not None  # noqa: S101 - it is a function
    return int(row[0])


compile_sql = Compiler(DuckDBCompiler).sql
"""DuckDB's SQL of an expression."""
