"""The lake's own catalogue: of which files and rows a table is made at one state.

DuckLake keeps it in PostgreSQL, in tables that its specification describes. A state is a number; a row of the
catalogue holds from its `begin_snapshot` to before its `end_snapshot`. A table at a state is
- the rows of its Parquet files,
- without those at the positions that delete files and the table of inlined deletes tell,
- and the rows that were too few for a file and stand in the catalogue itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
from psycopg import sql

from huike.lake.connection import SCHEMA, lake_exists, postgres_dsn
from huike.lake.errors import LakeEmpty, LakeUnavailable
from huike.lake.registry import TableSpec
from huike.platform.config import get_config


def _live(rows: str) -> str:
    return f"{rows}.begin_snapshot <= %(state)s AND ({rows}.end_snapshot IS NULL OR {rows}.end_snapshot > %(state)s)"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file, and which of its rows are gone: those at the positions in `deletes` (a Parquet file with a column
    `pos`) and at `deleted`, counted from 0."""

    path: str
    deletes: str | None
    deleted: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether none of its rows are gone."""
        return self.deletes is None and not self.deleted


@dataclass(frozen=True, slots=True)
class TableState:
    """A table at one state. Two that are equal have the same rows. `field_ids` are the columns' numbers in the files;
    `rows` those without a file, as text, in the order of the columns."""

    name: str
    columns: tuple[tuple[str, str], ...]
    field_ids: tuple[int, ...]
    files: tuple[DataFile, ...]
    rows: tuple[tuple[str | None, ...], ...]

    @property
    def is_whole(self) -> bool:
        """Whether of no file any rows are gone."""
        return all(file.is_whole for file in self.files)

    @property
    def paths(self) -> list[str]:
        """Every file that has to do with it."""
        return [path for file in self.files for path in (file.path, file.deletes) if path is not None]

    def inlined(self) -> pa.Table:
        """The rows without a file, with their types."""
        texts = pa.table(
            [pa.array(column, pa.string()) for column in zip(*self.rows, strict=True)],
            names=[name for name, _ in self.columns],
        )
        typed = ", ".join(f'CAST("{name}" AS {type}) AS "{name}"' for name, type in self.columns)
        # DuckDB wrote the text and reads it.
        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'UTC'")
            database.register("texts", texts)
            return database.execute(f"SELECT {typed} FROM texts").to_arrow_table()


class Catalogue:
    """The catalogue at its latest state, read in one transaction of a connection that is `connected`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @cached_property
    def snapshot_id(self) -> int:
        return int(self._all("SELECT max(snapshot_id) FROM {lake}.ducklake_snapshot")[0][0])

    def table(self, spec: TableSpec) -> TableState:
        """Raises LakeUnavailable while the table is not there, or not as declared: a rebuild is under way."""
        found = self._all(
            f"""
            SELECT t.table_id, s.path, s.path_is_relative, t.path, t.path_is_relative
              FROM {{lake}}.ducklake_table t
              JOIN {{lake}}.ducklake_schema s ON s.schema_id = t.schema_id
             WHERE t.table_name = %(name)s AND {_live("t")}
            """,
            name=spec.name,
        )
        columns = self._all(
            f"""
            SELECT column_name, column_id FROM {{lake}}.ducklake_column c
             WHERE table_id = %(table)s AND parent_column IS NULL AND {_live("c")} ORDER BY column_order
            """,
            table=found[0][0] if found else None,
        )
        if [name for name, _ in columns] != list(spec.columns):
            raise LakeUnavailable(f"the lake's table {spec.name} is being made anew")
        table_id, *folders = found[0]
        return TableState(
            name=spec.name,
            columns=tuple(spec.columns.items()),
            field_ids=tuple(number for _, number in columns),
            files=self._files(table_id, _folder(folders)),
            rows=self._rows(table_id, spec),
        )

    def _files(self, table_id: int, folder: str) -> tuple[DataFile, ...]:
        deletes = {
            data_file_id: _joined(folder, path, is_relative)
            for data_file_id, path, is_relative in self._all(
                f"""
                SELECT data_file_id, path, path_is_relative FROM {{lake}}.ducklake_delete_file d
                 WHERE table_id = %(table)s AND {_live("d")}
                """,
                table=table_id,
            )
        }
        deleted: dict[int, list[int]] = {}
        inlined_deletes = f"ducklake_inlined_delete_{table_id}"
        if self._is_there(inlined_deletes):
            for data_file_id, position in self._all(
                f"""
                SELECT file_id, row_id FROM {{lake}}.{inlined_deletes}
                 WHERE begin_snapshot <= %(state)s ORDER BY file_id, row_id
                """
            ):
                deleted.setdefault(data_file_id, []).append(position)
        return tuple(
            DataFile(_joined(folder, path, is_relative), deletes.get(id), tuple(deleted.get(id, ())))
            for id, path, is_relative in self._all(
                f"""
                SELECT data_file_id, path, path_is_relative FROM {{lake}}.ducklake_data_file f
                 WHERE table_id = %(table)s AND {_live("f")} ORDER BY data_file_id
                """,
                table=table_id,
            )
        )

    def _rows(self, table_id: int, spec: TableSpec) -> tuple[tuple[str | None, ...], ...]:
        """As text that DuckDB reads: it keeps its text as bytes, and what PostgreSQL has no type for as text."""
        texts = ", ".join(
            f"convert_from(\"{name}\", 'UTF8')" if type == "VARCHAR" else f'"{name}"::text'
            for name, type in spec.columns.items()
        )
        found: list[tuple[str | None, ...]] = []
        for (name,) in self._all(
            "SELECT table_name FROM {lake}.ducklake_inlined_data_tables WHERE table_id = %(table)s ORDER BY 1",
            table=table_id,
        ):
            found += self._all(f'SELECT {texts} FROM {{lake}}."{name}" r WHERE {_live("r")} ORDER BY row_id')
        return tuple(found)

    def _is_there(self, table: str) -> bool:
        return bool(self._all("SELECT to_regclass(%(table)s) IS NOT NULL", table=f"{SCHEMA}.{table}")[0][0])

    def _all(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        if "%(state)s" in query:
            values["state"] = self.snapshot_id
        composed = sql.SQL(query).format(lake=sql.Identifier(SCHEMA))
        return self._connection.execute(composed, values).fetchall()


def connected() -> psycopg.Connection[Any]:
    """A connection each of whose transactions sees one snapshot of PostgreSQL. Raises psycopg.Error."""
    connection = psycopg.connect(postgres_dsn())
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


@contextmanager
def open_catalogue() -> Iterator[Catalogue]:
    """Raises LakeEmpty, LakeUnavailable."""
    if not lake_exists():
        raise LakeEmpty
    try:
        with connected() as connection:
            yield Catalogue(connection)
    except psycopg.Error as error:  # away, or a state so old that what it refers to was put away
        raise LakeUnavailable(str(error)[:300]) from error


def _folder(parts: list[Any]) -> str:
    location = get_config().lake_location
    folder = location if "://" in location else f"file://{Path(location).resolve()}"
    for path, is_relative in zip(parts[::2], parts[1::2], strict=True):
        folder = _joined(folder, path, is_relative)
    return folder


def _joined(folder: str, path: str, is_relative: bool) -> str:
    if is_relative:
        return f"{folder.rstrip('/')}/{path}"
    return path if "://" in path else f"file://{path}"
