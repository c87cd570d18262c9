"""Tables that DuckDB reads from the lake's files by itself.

DuckLake asks PostgreSQL for a table's files, their statistics, deletions and rows without a file each time the table is
read: of a million customers that takes as long as reading what a question is about. A state of the lake never changes,
so what a table is made of is kept until the next state. Left to DuckLake are tables of whose files some rows are gone
(it passes over them while it decodes, which SQL cannot), lakes in object storage (it knows of each file what would have
to be asked), and states that the lake has left behind.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import psycopg

from huike.lake.catalogue import Catalogue, TableState, connected
from huike.lake.errors import LakeUnavailable
from huike.lake.registry import TableSpec
from huike.lake.rows import Rows, rows_of
from huike.platform.config import get_config


@dataclass(eq=False, slots=True)
class Table:
    """A table at a state; `rows` is None where DuckLake is to be asked for it."""

    name: str
    state: TableState
    rows: Rows | None
    readers: int = 0

    @property
    def sql(self) -> str:
        """Its rows, in DuckDB's SQL."""
        assert self.rows is not None  # noqa: S101 - nobody holds another
        return self.rows.sql


class Files:
    """What tables of the lake are made of, for one DuckDB. Safe to use from several threads."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._cursor = database.cursor()
        self._lock = threading.Lock()
        self._postgres: psycopg.Connection[Any] | None = None
        self._state = -1
        # Those known to be so at the state; those that were so before it, files alone, for most tables do not change
        # with each; and those with rows in memory that somebody may still read.
        self._tables: dict[str, Table] = {}
        self._before: dict[str, Table] = {}
        self._left: list[Table] = []
        self._numbers = itertools.count()

    @property
    def state(self) -> int:
        """The last state of the lake that tables were looked up at."""
        return self._state

    def hold(self, state: int, specs: Sequence[TableSpec]) -> list[Table] | None:
        """These tables at a state of the lake, readable until they are released. None where DuckLake is to be asked."""
        if get_config().lake_in_object_storage:
            return None
        with self._lock:
            if not self._are_known(state, specs):
                return None
            tables = [self._tables[spec.name] for spec in specs]
            if any(table.rows is None for table in tables):
                return None
            for table in tables:
                table.readers += 1
            return tables

    def release(self, tables: Iterable[Table]) -> None:
        with self._lock:
            for table in tables:
                table.readers -= 1
            self._forget_left()

    def disconnect(self) -> None:
        """Let go of PostgreSQL until it is asked again."""
        with self._lock:
            if self._postgres is not None:
                self._postgres.close()

    def close(self) -> None:
        self.disconnect()
        with self._lock:
            self._cursor.close()

    def follow(self, state: int) -> None:
        """The lake is at this state: rows that are in memory of one before it go as soon as nobody reads them, for they
        may be of somebody who was erased."""
        with self._lock:
            self._follow(state)

    def _follow(self, state: int) -> None:
        if state <= self._state:
            return
        self._state = state
        for table in self._tables.values():
            if table.rows is not None and table.rows.tables:
                self._left.append(table)
            else:
                self._before[table.name] = table
        self._tables = {}
        self._forget_left()

    def _are_known(self, state: int, specs: Sequence[TableSpec]) -> bool:
        self._follow(state)
        unknown = [spec for spec in specs if spec.name not in self._tables]
        return state == self._state and (not unknown or self._look_up(unknown))

    def _look_up(self, specs: Sequence[TableSpec]) -> bool:
        """False where the lake has gone on, or cannot be asked: DuckLake says what is the matter."""
        try:
            if self._postgres is None or self._postgres.closed:
                self._postgres = connected()
            with self._postgres.transaction():
                catalogue = Catalogue(self._postgres)
                if catalogue.snapshot_id != self._state:
                    return False
                found = [catalogue.table(spec) for spec in specs]
        except (psycopg.Error, LakeUnavailable):
            return False
        for state in found:
            before = self._before.pop(state.name, None)
            self._tables[state.name] = before if before is not None and before.state == state else self._made(state)
        return True

    def _made(self, state: TableState) -> Table:
        if not state.is_whole:
            return Table(state.name, state, None)
        paths = {path: path.removeprefix("file://") for path in state.paths}
        rows = rows_of(state, paths, within="memory.main", name=f"{state.name}_{next(self._numbers)}")
        for sql, values in rows.setup:
            self._cursor.execute(sql, values)
        return Table(state.name, state, rows)

    def _forget_left(self) -> None:
        for table in [table for table in self._left if not table.readers]:
            self._left.remove(table)
            for name in table.rows.tables if table.rows else ():
                self._cursor.execute(f"DROP TABLE {name}")
