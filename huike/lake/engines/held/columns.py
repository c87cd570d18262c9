"""The columns themselves: each customer's value as a small number, with what the numbers stand for beside it.

What a condition means is said by DuckDB, of the few different values that there are; which customers have them is
looked up in the codes. A column is loaded from the lake when it is first asked for, and brought to the next state by
reading again the rows of the customers that the sync noted as changed.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import duckdb
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
from django.db import connection as django_connection
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from numpy.typing import NDArray
from pyroaring import BitMap64

from huike.lake import changes
from huike.lake.engines.compiling import Compiler
from huike.lake.engines.held import masks
from huike.lake.engines.held.selection import EVERYBODY, VALUES, Holds, Selection, Source
from huike.lake.registry import WATERMARK

logger = logging.getLogger(__name__)

# A column with more different values (names, instants) is asked of the lake.
VALUES_AT_MOST: Final = 2_000_000
# Columns of fewer customers are loaded while the question waits, of more beside it: that one is asked in SQL.
AT_ONCE_UP_TO: Final = 300_000
# More that changed is not read again customer by customer.
CHANGED_AT_MOST: Final = 100_000
# Ids are given in order and seldom left out; where they are not, bits by id would be mostly empty.
_SPARSE_AT_MOST, _SPARSE_TIMES = 1_000_000, 4
# The note of a round is written just after the round can be read. What is not led to for so long is loaded anew.
_UNLED_SECONDS = 5.0
_ENTRY_BYTES = 24

_compiler = Compiler(DuckDBCompiler)


class Asked(Protocol):
    """A reading, as columns are loaded from: `named` is a table of the lake at the reading's state, in the SQL that
    `sql` answers, with tables that are given."""

    @property
    def snapshot_id(self) -> int: ...

    def named(self, table: str) -> str: ...

    def sql(self, sql: str, **given: pa.Table) -> duckdb.DuckDBPyConnection: ...

    def cancel(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class _Column:
    """`codes` of all customers; what they stand for is the table `entries`: `code`, `value`. Where rows of one customer
    are many, a value is the list of theirs."""

    source: Source
    codes: masks.Codes
    entries: str
    known: int
    is_many: bool
    state: int
    mark: str
    unled_since: float | None = None
    used_at: float = field(default_factory=time.monotonic)

    @property
    def bytes(self) -> int:
        return self.codes.nbytes + self.known * _ENTRY_BYTES


class HeldColumns:
    """The columns of one DuckDB. Safe to ask from several threads, one at a time."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        *,
        bytes_at_most: int,
        reading: Callable[[], AbstractContextManager[Asked]],
    ) -> None:
        self._database = database
        self._cursor = database.cursor()
        self._cursor.execute("USE memory")
        self._bytes_at_most = bytes_at_most
        self._reading = reading
        self._lock = threading.Lock()
        self._columns: dict[Source, _Column] = {}
        self._unfit: set[Source] = set()
        self._numbers = itertools.count()
        self._mark: tuple[int, str] = (-1, "")
        self._wanted: set[Source] = set()
        self._loader: threading.Thread | None = None
        self._loading: Asked | None = None
        self._closed = False

    @property
    def state(self) -> int:
        """The last state of the lake that was answered from."""
        return self._mark[0]

    def look_up(self, leaves: Collection[Holds], reading: Asked) -> dict[Selection, masks.Mask] | None:
        """Who is in each of these, and `Holds(EVERYBODY)`, at the reading's state; None where a column is not to be had
        of that state. All masks are equally long."""
        asked = {*leaves, Holds(EVERYBODY)}
        with self._lock:
            columns = self._ready({leaf.source for leaf in asked}, reading)
            if columns is None:
                return None
            room = max(len(column.codes) for column in columns.values())
            return {leaf: self._mask(leaf, columns[leaf.source], room) for leaf in asked}

    def close(self) -> None:
        self._closed = True
        loading = self._loading
        if loading is not None:
            loading.cancel()
        self.settle()
        with self._lock:
            self._cursor.close()

    def settle(self) -> None:
        """Wait until what was asked for is loaded."""
        loader = self._loader
        if loader is not None:
            loader.join()

    # -- a question --------------------------------------------------------------------------------------------------

    def _mask(self, leaf: Holds, column: _Column, room: int) -> masks.Mask:
        if len(column.codes) < room:
            column.codes = np.pad(column.codes, (0, room - len(column.codes)))
        wanted = np.ones(column.known + 1, dtype=np.bool_)
        wanted[0] = False
        if leaf.condition is not None:
            wanted[1:] = False
            wanted[self._codes_that_hold(leaf.condition, column)] = True
        return masks.of_codes(column.codes, wanted)

    def _codes_that_hold(self, condition: Any, column: _Column) -> NDArray[Any]:
        value = "unnest(value) AS value" if column.is_many else "value"
        meaning = f"SELECT code, {value} FROM {column.entries}"  # noqa: S608 - our own names
        asked = f"WITH {VALUES} AS ({meaning}) SELECT code FROM ({_compiled(condition)})"  # noqa: S608
        return _numbers(self._cursor.execute(asked).to_arrow_table().column(0))

    def _ready(self, sources: set[Source], reading: Asked) -> dict[Source, _Column] | None:
        if self._closed or sources & self._unfit:
            return None
        mark = self._mark_at(reading)
        missing = sources - self._columns.keys()
        if missing:
            if not self._is_small(reading):
                self._load_beside(missing)
                return None
            for source in missing:
                self._keep(source, self._loaded(source, reading, mark))
        columns = {source: self._columns[source] for source in sources if source in self._columns}
        if len(columns) < len(sources) or not self._lead(columns.values(), reading, mark):
            return None
        for column in columns.values():
            column.used_at = time.monotonic()
        return columns

    def _mark_at(self, reading: Asked) -> str:
        """Which moment of PostgreSQL the state is of: the care of the lake makes states of the same."""
        if self._mark[0] != reading.snapshot_id:
            mark = _mark(reading)
            if reading.snapshot_id < self._mark[0]:
                return mark
            self._mark = (reading.snapshot_id, mark)
        return self._mark[1]

    # -- from one state to the next ----------------------------------------------------------------------------------

    def _lead(self, columns: Iterable[_Column], reading: Asked, mark: str) -> bool:
        """Bring the columns to the reading's state. False where they cannot be."""
        behind = [column for column in columns if column.mark != mark]
        if any(column.state > reading.snapshot_id for column in behind):
            return False
        # Of one table read together: the lake's own rows are looked through once.
        groups: dict[tuple[Any, ...], list[_Column]] = {}
        for column in behind:
            groups.setdefault((column.mark, column.source.table, column.source.where), []).append(column)
        for (since, table, _), group in groups.items():
            changed = changes.changed_between(since, mark)
            if changed is None:
                self._note_unled(group)
                return False
            customers = changed.get(table, BitMap64())
            if customers is None or len(customers) > CHANGED_AT_MOST:
                self._forget(group)
                return False
            if customers and not self._read_again(group, customers, reading):
                return False
            for column in group:
                column.state, column.mark, column.unled_since = reading.snapshot_id, mark, None
        return True

    def _note_unled(self, columns: Iterable[_Column]) -> None:
        now = time.monotonic()
        for column in columns:
            column.unled_since = column.unled_since or now
            if now - column.unled_since > _UNLED_SECONDS:
                self._forget([column])

    def _read_again(self, columns: list[_Column], customers: BitMap64, reading: Asked) -> bool:
        """Give these customers the codes of what the lake has of them now. False where a column is no longer what it
        was, and is to be loaded anew."""
        source, ids = columns[0].source, np.fromiter(customers, dtype=np.int64, count=len(customers))
        rows = (
            f"{_rows_sql([column.source for column in columns], reading)} "  # noqa: S608 - our own names
            f"AND {_key(source)} BETWEEN {ids[0]} AND {ids[-1]} AND {_key(source)} IN (SELECT id FROM held_changed)"
        )
        found = reading.sql(rows, held_changed=pa.table({"id": ids})).to_arrow_table()
        self._cursor.register("held_found", found)
        try:
            gone = [column for n, column in enumerate(columns) if not self._take(column, n, ids, found.num_rows)]
        except BaseException:
            # Half a step is no state.
            gone = columns
            raise
        finally:
            self._cursor.unregister("held_found")
            self._forget(gone)
        return not gone

    def _take(self, column: _Column, number: int, ids: NDArray[Any], rows: int) -> bool:
        given = f"SELECT id, v{number} AS value FROM held_found"  # noqa: S608 - our own names
        given = _lists_sql(given) if column.is_many else given
        new = self._cursor.execute(
            f"INSERT INTO {column.entries} SELECT {column.known} + row_number() OVER (), value "  # noqa: S608
            f"FROM (SELECT DISTINCT g.value FROM ({given}) g ANTI JOIN {column.entries} e "
            "ON e.value IS NOT DISTINCT FROM g.value)"
        ).fetchone()
        column.known += new[0] if new else 0
        coded = self._cursor.execute(
            f"SELECT g.id, e.code FROM ({given}) g JOIN {column.entries} e ON e.value IS NOT DISTINCT FROM g.value"  # noqa: S608
        ).to_arrow_table()
        found = _numbers(coded.column(0))
        if column.known > VALUES_AT_MOST or (not column.is_many and len(np.unique(found)) < rows):
            return False
        room = max(len(column.codes), masks.room_for(int(ids[-1])))
        codes = np.pad(column.codes.astype(_narrowest(column.known), copy=False), (0, room - len(column.codes)))
        codes[ids] = 0
        codes[found] = _numbers(coded.column(1))
        column.codes = codes
        if len(found) < len(ids):
            self._forget_values(column)
        return True

    def _forget_values(self, column: _Column) -> None:
        """Of those who are gone, be it that they were erased, no value stays that is nobody else's."""
        unused = np.flatnonzero(np.bincount(column.codes, minlength=column.known + 1) == 0)
        self._cursor.register("held_unused", pa.table({"code": unused}))
        try:
            self._cursor.execute(f"DELETE FROM {column.entries} WHERE code IN (SELECT code FROM held_unused)")  # noqa: S608
        finally:
            self._cursor.unregister("held_unused")

    # -- loading -----------------------------------------------------------------------------------------------------

    def _is_small(self, reading: Asked) -> bool:
        return bool(_one(reading.sql(f"SELECT count(*) FROM {reading.named(EVERYBODY.table)}"))[0] <= AT_ONCE_UP_TO)  # noqa: S608

    def _load_beside(self, sources: set[Source]) -> None:
        self._wanted |= sources
        if self._loader is None or not self._loader.is_alive():
            self._loader = threading.Thread(target=self._load_wanted, name="held columns", daemon=True)
            self._loader.start()

    def _load_wanted(self) -> None:
        try:
            while not self._closed:
                with self._lock:
                    if not self._wanted:
                        self._loader = None
                        return
                    source = self._wanted.pop()
                with self._reading() as reading:
                    self._loading = reading
                    loaded = self._loaded(source, reading, _mark(reading))
                with self._lock:
                    self._keep(source, loaded)
        except Exception:
            # Whoever asks goes on asking the lake.
            if not self._closed:
                logger.warning("a column could not be held", exc_info=True)
        finally:
            self._loading = None
            django_connection.close()

    def _loaded(self, source: Source, reading: Asked, mark: str) -> _Column | None:
        """The column at the reading's state; None where it does not lend itself to being held."""
        rows = f"SELECT id, v0 AS value FROM ({_rows_sql([source], reading)})"  # noqa: S608
        count, greatest, different = _one(
            reading.sql(f"SELECT count(*), coalesce(max(id), 0), approx_count_distinct(value) FROM ({rows})")  # noqa: S608
        )
        is_sparse = source == EVERYBODY and greatest > max(_SPARSE_AT_MOST, _SPARSE_TIMES * count)
        if is_sparse or different > VALUES_AT_MOST:
            return None
        is_many = False
        values, codes = _coded(reading, rows, greatest)
        if np.count_nonzero(codes) < count:
            is_many = True
            values, codes = _coded(reading, _lists_sql(rows), greatest)
        if values.num_rows > VALUES_AT_MOST:
            return None
        return _Column(
            source=source,
            codes=codes,
            entries=self._table_of(values),
            known=values.num_rows,
            is_many=is_many,
            state=reading.snapshot_id,
            mark=mark,
        )

    def _table_of(self, values: pa.Table) -> str:
        name = f"held_{next(self._numbers)}"
        with self._database.cursor() as cursor:
            cursor.execute("USE memory")
            cursor.register("held_values", values)
            cursor.execute(f"CREATE TABLE {name} AS SELECT code, value FROM held_values")  # noqa: S608
        return name

    def _keep(self, source: Source, column: _Column | None) -> None:
        if column is None:
            self._unfit.add(source)
        else:
            self._columns[source] = column
            self._make_room()

    def _make_room(self) -> None:
        """Forget what was not asked for the longest, until the rest fits."""
        by_use = sorted(self._columns.values(), key=lambda column: column.used_at)
        while len(by_use) > 1 and sum(column.bytes for column in by_use) > self._bytes_at_most:
            self._forget([by_use.pop(0)])

    def _forget(self, columns: Iterable[_Column]) -> None:
        for column in columns:
            if self._columns.pop(column.source, None) is not None:
                self._cursor.execute(f"DROP TABLE {column.entries}")


def _compiled(condition: Any) -> str:
    """The rows of `VALUES` of which the condition is true, in DuckDB's SQL."""
    (table,) = condition.find(ops.UnboundTable)
    return _compiler.sql(ops.Filter(table, (condition,)).to_expr())


def _mark(reading: Asked) -> str:
    row = reading.sql(f"SELECT snapshot FROM {reading.named(WATERMARK.name)}").fetchone()  # noqa: S608
    return changes.mark_of(row[0]) if row else ""


def _rows_sql(sources: Sequence[Source], reading: Asked) -> str:
    """The rows of sources that differ in their column only: `id` of the customer, `v0`, `v1` …"""
    source = sources[0]
    columns = ["true" if told.column is None else f'"{told.column}"' for told in sources]
    values = ", ".join(f"{column} AS v{number}" for number, column in enumerate(columns))
    wanted = [f"{_key(source)} IS NOT NULL", *(f'"{column}" = {_literal(value)}' for column, value in source.where)]
    named = reading.named(source.table)
    return f"SELECT {_key(source)} AS id, {values} FROM {named} WHERE {' AND '.join(wanted)}"  # noqa: S608


def _lists_sql(rows: str) -> str:
    """Of several rows of a customer one, whose value is a list."""
    return f"SELECT id, list_sort(list(value)) AS value FROM ({rows}) GROUP BY id"  # noqa: S608


def _key(source: Source) -> str:
    return f'"{source.spec.customer}"'


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _coded(reading: Asked, rows: str, greatest: int) -> tuple[pa.Table, masks.Codes]:
    """The different values of rows with their codes, in order of value; and the codes by id."""
    values = reading.sql(
        f"SELECT (row_number() OVER (ORDER BY value NULLS FIRST))::UINTEGER AS code, value FROM (SELECT DISTINCT value FROM ({rows}))"  # noqa: E501, S608
    ).to_arrow_table()
    codes = np.zeros(masks.room_for(greatest), dtype=_narrowest(values.num_rows))
    given = reading.sql(
        f"SELECT r.id, v.code FROM ({rows}) r JOIN held_values v ON v.value IS NOT DISTINCT FROM r.value",  # noqa: S608
        held_values=values,
    ).to_arrow_reader(1_000_000)
    for batch in given:
        codes[_numbers(batch.column(0))] = _numbers(batch.column(1))
    return values, codes


def _narrowest(greatest: int) -> type[np.unsignedinteger[Any]]:
    return next(kind for kind in (np.uint8, np.uint16, np.uint32) if greatest <= np.iinfo(kind).max)


def _numbers(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    return np.asarray(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())


def _one(answer: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    row = answer.fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return row
