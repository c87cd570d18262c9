"""The copy follows the truth. The algorithm, with its proof, is `docs/algorithms/lake-sync.md`."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import duckdb
from django.db import connection, transaction
from pyroaring import BitMap64

from huike.lake import changes, freshness
from huike.lake.connection import alone, attach_lake, attach_postgres, file_options, open_duckdb
from huike.lake.registry import TableSpec, fingerprint, tables
from huike.lake.storage import trouble_with_files
from huike.platform.config import get_config
from huike.platform.scratch import Scratch

logger = logging.getLogger(__name__)

# A reader's state stays whole for this long: the longest question, many times over.
READERS_GRACE = timedelta(minutes=10)
ORPHANS_AFTER = timedelta(days=1)
# Only small files are put together; larger ones are rewritten when much of them is deleted.
MERGED_UP_TO_BYTES = 64 * 1024**2
REWRITTEN_WHEN_DELETED = 0.1
# Of a round with more, it is not noted whose rows they are: whoever asks what changed asks about everybody then.
NOTED_UP_TO_KEYS = 50_000

Report = Callable[[str, int, int], None]
"""Told during a rebuild: the table, how many tables are done, of how many."""


_WATERMARK_TABLE = (
    "CREATE TABLE IF NOT EXISTS lake._watermark "
    "(snapshot VARCHAR, system_id VARCHAR, timeline INTEGER, fingerprint VARCHAR)"
)


_SET_BOUNDS = """
UPDATE lake.ducklake_table_column_stats s SET min_value = %(low)s, max_value = %(high)s
  FROM lake.ducklake_table t
  JOIN lake.ducklake_column c ON c.table_id = t.table_id AND c.end_snapshot IS NULL
 WHERE t.table_name = %(table)s AND t.end_snapshot IS NULL AND c.column_name = %(column)s
   AND s.table_id = t.table_id AND s.column_id = c.column_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did. `rows` were written for `keys` changed driving rows, of the customers in `changed`."""

    fresh_at: datetime
    rebuilt: bool = False
    keys: int = 0
    rows: int = 0
    changed: changes.Changed = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One table on both sides."""

    table: str
    rows_in_postgres: int
    rows_in_lake: int
    equal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watermark:
    """A moment of PostgreSQL: which transactions had ended, and of which database."""

    snapshot: str
    system_id: str
    timeline: int
    fingerprint: str

    @property
    def xmin(self) -> int:
        return int(self.snapshot.split(":")[0])

    @property
    def xmax(self) -> int:
        return int(self.snapshot.split(":")[1])

    def leads_to(self, later: _Watermark) -> bool:
        """Whether a lake of this moment can be brought to `later`; else it is a copy of something else."""
        return (self.system_id, self.timeline, self.fingerprint) == (
            later.system_id,
            later.timeline,
            later.fingerprint,
        ) and self.xmax <= later.xmax


class LakeWriter:
    """The one who writes to the lake: a DuckDB of its own beside the engine's. Use as a context manager."""

    def __init__(self) -> None:
        config = get_config()
        self._overflow = Scratch("writer")
        self._database = open_duckdb(
            threads=config.duckdb_threads,
            memory_limit=config.duckdb_memory_limit,
            overflow=self._overflow.path,
        )
        try:
            attach_lake(self._database, read_only=False)
            attach_postgres(self._database)
            self._database.execute("USE lake")
            # Files of a rebuild are sorted; the order must survive being written.
            self._database.execute("SET preserve_insertion_order = true")
            self._files_are_there = False
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        self._database.close()
        self._overflow.release()

    def round(self, *, report: Report | None = None) -> Round:
        """Bring the lake to this moment; from nothing where it is not a copy of this database, or not where the
        settings say."""
        with self._telling(), alone(), self._transaction():
            now, fresh_at = self._moment()
            before = self._watermark()
            if before is None or not before.leads_to(now) or not self._is_whole() or not self._note_changes(before):
                rows = self._copy_all(report)
                done = Round(fresh_at=fresh_at, rebuilt=True, rows=rows)
            else:
                done = self._apply(before, fresh_at)
            if done.rebuilt or done.keys:
                self._set_watermark(now)
        self._settle(now, done, before)
        return done

    def rebuild(self, *, report: Report | None = None) -> Round:
        """Copy everything anew. Readers see the old copy until it is done."""
        with self._telling(), alone(), self._transaction():
            now, fresh_at = self._moment()
            done = Round(fresh_at=fresh_at, rebuilt=True, rows=self._copy_all(report))
            self._set_watermark(now)
        self._settle(now, done, None)
        return done

    def check(self) -> list[Difference]:
        """Compare each table with PostgreSQL, row for row by checksum, after bringing the lake to the same moment.
        Nothing of it is kept."""
        with self._telling(), alone(), self._transaction(keep=False):
            now, fresh_at = self._moment()
            before = self._watermark()
            if before is not None and before.leads_to(now) and self._note_changes(before):
                self._apply(before, fresh_at)
            return [self._compare(spec) for spec in tables()]

    def care(self) -> None:
        """Put small files together, rewrite what is mostly deleted, forget what no reader needs."""
        with alone():
            for spec in tables():
                self._quietly(f"CALL ducklake_flush_inlined_data('lake', table_name => '{spec.name}')")
                self._quietly(
                    f"CALL ducklake_merge_adjacent_files('lake', '{spec.name}', max_file_size => {MERGED_UP_TO_BYTES})"
                )
                self._quietly(
                    f"CALL ducklake_rewrite_data_files('lake', '{spec.name}', "
                    f"delete_threshold => {REWRITTEN_WHEN_DELETED})"
                )
            grace = _interval(READERS_GRACE)
            self._quietly(f"CALL ducklake_expire_snapshots('lake', older_than => now() - {grace})")
            self._quietly(f"CALL ducklake_cleanup_old_files('lake', older_than => now() - {grace})")
            self._quietly(
                f"CALL ducklake_delete_orphaned_files('lake', older_than => now() - {_interval(ORPHANS_AFTER)})"
            )

    def forget_deleted(self) -> int:
        """Bring the lake to this moment and leave nothing of what was deleted: neither in files, nor in older states,
        nor as the smallest or largest value of a column; how many files went.

        Readers of an older state are not waited for: their question fails and may be asked again.
        """
        self.round()
        with self._telling(), alone():
            for spec in tables():
                self._database.execute(f"CALL ducklake_flush_inlined_data('lake', table_name => '{spec.name}')")
                # Of a file with anything deleted, what is left is written anew.
                self._database.execute(
                    f"CALL ducklake_rewrite_data_files('lake', '{spec.name}', delete_threshold => 0)"
                )
            self._database.execute("CALL ducklake_expire_snapshots('lake', older_than => now())")
            gone = self._database.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)").fetchall()
            orphans = self._database.execute(
                "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)"
            ).fetchall()
            self._measure_again()
        return len(gone) + len(orphans)

    def _measure_again(self) -> None:
        """The bounds of text columns in the catalogue, which only ever widen, as they are now."""
        for spec in tables():
            for name, type in spec.columns.items():
                if not type.startswith("VARCHAR"):
                    continue
                lowest, highest = (
                    (None, None)
                    if type.endswith("[]")
                    else self._one(
                        f'SELECT min("{name}"), max("{name}") FROM lake.{spec.name}'  # noqa: S608 - declared in code
                    )
                )
                with connection.cursor() as cursor:
                    cursor.execute(_SET_BOUNDS, {"table": spec.name, "column": name, "low": lowest, "high": highest})

    @contextmanager
    def _transaction(self, *, keep: bool = True) -> Iterator[None]:
        """One DuckDB transaction: one snapshot of PostgreSQL, one commit of the lake."""
        self._database.execute("BEGIN")
        try:
            yield
            self._database.execute("COMMIT" if keep else "ROLLBACK")
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self._database.execute("ROLLBACK")
            raise

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Raises LakeFilesUnavailable for what object storage refused."""
        try:
            yield
        except duckdb.Error as error:
            trouble = trouble_with_files(error)
            if trouble is None:
                raise
            raise trouble from error

    def _moment(self) -> tuple[_Watermark, datetime]:
        # The transaction's time is older than its snapshot: all that was committed by then is in the snapshot.
        row = self._one(
            _from_postgres(
                """
                SELECT transaction_timestamp(), pg_current_snapshot()::text,
                       (SELECT system_identifier FROM pg_control_system())::text
                           || ':' || (SELECT oid FROM pg_database WHERE datname = current_database()),
                       (SELECT timeline_id FROM pg_control_checkpoint())
                """
            )
        )
        declared = fingerprint(tables(), file_options())
        return _Watermark(snapshot=row[1], system_id=row[2], timeline=row[3], fingerprint=declared), row[0]

    def _watermark(self) -> _Watermark | None:
        self._database.execute(_WATERMARK_TABLE)
        row = self._database.execute(
            "SELECT snapshot, system_id, timeline, fingerprint FROM lake._watermark"
        ).fetchone()
        if row is None:
            return None
        return _Watermark(snapshot=row[0], system_id=row[1], timeline=row[2], fingerprint=row[3])

    def _is_whole(self) -> bool:
        """Whether every file of the lake is where the settings say. Looked up once: the lake may have been moved or
        deleted before this writer came; whoever deletes files under its hands is told by its failing."""
        if not self._files_are_there:
            named = " UNION ALL ".join(
                f"SELECT unnest([data_file, delete_file]) AS file FROM ducklake_list_files('lake', '{spec.name}')"  # noqa: S608
                for spec in tables()
            )
            place = get_config().lake_location.replace("'", "''")
            lost = self._one(
                f"SELECT count(*) FROM ({named}) WHERE parse_filename(file) NOT IN "  # noqa: S608 - our own SQL
                f"(SELECT parse_filename(file) FROM glob('{place}/**/*.parquet'))"
            )[0]
            if lost:
                logger.warning("%s files of the lake are not in %s; it is made anew", lost, place)
            self._files_are_there = lost == 0
        return self._files_are_there

    def _set_watermark(self, now: _Watermark) -> None:
        self._database.execute(_WATERMARK_TABLE)
        self._database.execute("DELETE FROM lake._watermark")
        self._database.execute(
            "INSERT INTO lake._watermark VALUES (?, ?, ?, ?)",
            [now.snapshot, now.system_id, now.timeline, now.fingerprint],
        )

    def _note_changes(self, before: _Watermark) -> bool:
        """List the changed keys of each driving table in `_changed`. False when one was truncated."""
        driving = sorted({spec.driving for spec in tables()})
        touched = [
            f"SELECT '{table}'::text AS driving, d.id AS key FROM {table} d WHERE {_since('d', before)}"  # noqa: S608
            for table in driving
        ]
        buried = f"SELECT t.table_name::text, t.key FROM lake_tombstone t WHERE {_since('t', before)}"  # noqa: S608
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE _changed AS SELECT DISTINCT driving, key FROM "  # noqa: S608
            + _postgres_rows(" UNION ALL ".join([*touched, buried]))
        )
        return int(self._one("SELECT count(*) FROM _changed WHERE key IS NULL")[0]) == 0

    def _apply(self, before: _Watermark, fresh_at: datetime) -> Round:
        keys = rows = 0
        changed: dict[str, BitMap64 | None] = {}
        for spec in tables():
            count, lowest, highest = self._one(
                f"SELECT count(*), min(key), max(key) FROM _changed WHERE driving = '{spec.driving}'"  # noqa: S608
            )
            if not count:
                continue
            # The bounds stand as constants, so that files beyond them are not opened.
            old = (
                f"FROM lake.{spec.name} WHERE {spec.key} BETWEEN {lowest} AND {highest} "  # noqa: S608
                f"AND {spec.key} IN (SELECT key FROM _changed WHERE driving = '{spec.driving}')"
            )
            noted = spec.is_about_customers and count <= NOTED_UP_TO_KEYS
            before_it = self._customers(spec, old) if noted else None
            self._database.execute(f"DELETE {old}")
            self._database.execute(
                f"CREATE OR REPLACE TEMP TABLE _new AS SELECT * FROM "  # noqa: S608 - our own SQL
                f"{_postgres_rows(spec.rows_sql(_since('d', before)))}"
            )
            rows += self._insert(spec, "_new")
            changed[spec.name] = None if before_it is None else before_it | self._customers(spec, "FROM _new")
            keys += count
        return Round(fresh_at=fresh_at, keys=keys, rows=rows, changed=changed)

    def _customers(self, spec: TableSpec, rows: str) -> BitMap64:
        found = self._database.execute(f'SELECT DISTINCT "{spec.customer}" {rows}').fetchall()
        return BitMap64(id for (id,) in found if id is not None)

    def _copy_all(self, report: Report | None) -> int:
        rows = 0
        specs = tables()
        for done, spec in enumerate(specs):
            if report is not None:
                report(spec.name, done, len(specs))
            columns = ", ".join(f'"{name}" {type}' for name, type in spec.columns.items())
            self._database.execute(f"DROP TABLE IF EXISTS lake.{spec.name}")
            self._database.execute(f"CREATE TABLE lake.{spec.name} ({columns})")
            rows += self._insert(spec, _postgres_rows(spec.rows_sql()))
        if report is not None:
            report("", len(specs), len(specs))
        return rows

    def _insert(self, spec: TableSpec, rows: str) -> int:
        order = ", ".join(f'"{name}"' for name in spec.order_by)
        inserted = self._one(f"INSERT INTO lake.{spec.name} SELECT * FROM {rows} ORDER BY {order}")  # noqa: S608
        return int(inserted[0])

    def _compare(self, spec: TableSpec) -> Difference:
        names = ", ".join(f'"{name}"' for name in spec.columns)

        def digest(rows: str) -> tuple[Any, ...]:
            return self._one(f"SELECT count(*), sum(hash(r)::HUGEINT) FROM (SELECT {names} FROM {rows}) AS r")  # noqa: S608

        in_lake, in_postgres = digest(f"lake.{spec.name}"), digest(_postgres_rows(spec.rows_sql()))
        return Difference(
            table=spec.name,
            rows_in_postgres=in_postgres[0],
            rows_in_lake=in_lake[0],
            equal=in_postgres == in_lake,
        )

    def _settle(self, now: _Watermark, done: Round, before: _Watermark | None) -> None:
        """Afterwards, in PostgreSQL: the freshness, whose rows changed, and tombstones that have served."""
        with transaction.atomic(), connection.cursor() as cursor:
            if done.rebuilt or done.keys:
                cursor.execute(
                    "DELETE FROM lake_tombstone WHERE pg_visible_in_snapshot(change_xid::text::xid8, %s::pg_snapshot)",
                    [now.snapshot],
                )
            if done.keys and before is not None:
                changes.note(before.snapshot, now.snapshot, done.changed)
            freshness.move(done.fresh_at, watermark=now.snapshot, changed=bool(done.rebuilt or done.keys))
            moved = [spec.name for spec in tables()] if done.rebuilt else list(done.changed)
            if moved:
                freshness.note_moved(done.fresh_at, moved)

    def _one(self, sql: str) -> tuple[Any, ...]:
        row = self._database.execute(sql).fetchone()
        assert row is not None  # noqa: S101 - each of these questions has one row for an answer
        return row

    def _quietly(self, sql: str) -> None:
        """One step of care. What fails is tried again next time: nothing depends on it."""
        try:
            self._database.execute(sql)
        except duckdb.Error:
            logger.warning("care of the lake: %s", sql, exc_info=True)


def _since(alias: str, before: _Watermark) -> str:
    """What was written by transactions that the watermark did not see."""
    return (
        f"{alias}.change_xid >= {before.xmin} "
        f"AND NOT pg_visible_in_snapshot({alias}.change_xid::text::xid8, '{before.snapshot}'::pg_snapshot)"
    )


def _postgres_rows(sql: str) -> str:
    """A PostgreSQL query as a table for DuckDB."""
    return "postgres_query('pg', '" + sql.replace("'", "''") + "')"


def _from_postgres(sql: str) -> str:
    return f"SELECT * FROM {_postgres_rows(sql)}"  # noqa: S608 - our own SQL


def _interval(length: timedelta) -> str:
    return f"INTERVAL {int(length.total_seconds())} SECONDS"
