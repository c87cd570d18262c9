"""The rows of a table at a state, in DuckDB's SQL: read from the lake's files by DuckDB itself, without DuckLake."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from huike.lake.catalogue import TableState

Statement = tuple[str, list[Any]]

UNFOLDED: Final = """SELECT unnest(from_json(?, '[["VARCHAR"]]')) AS r"""
"""Rows of texts that are given as JSON."""


@dataclass(frozen=True, slots=True)
class Rows:
    """`sql` gives the rows, once `setup` has made the `tables` it needs beside the files."""

    sql: str
    setup: tuple[Statement, ...]
    tables: tuple[str, ...]


def rows_of(state: TableState, paths: Mapping[str, str], *, within: str, name: str) -> Rows:
    """`paths` says where each file lies. The tables that are needed are made in the schema `within`, their names begin
    with `name`."""
    columns = ", ".join(f'"{column}"' for column, _ in state.columns)
    parts: list[str] = []
    setup: list[Statement] = []
    tables: list[str] = []

    def made(what: str, sql: str, values: list[Any]) -> str:
        table = f'{within}."{name}_{what}"'
        setup.append((f"CREATE TABLE {table} AS {sql}", values))
        tables.append(table)
        return table

    whole = [paths[file.path] for file in state.files if file.is_whole]
    if whole:
        parts.append(f"SELECT {columns} FROM read_parquet([{', '.join(map(_quoted, whole))}])")  # noqa: S608
    for number, file in enumerate(file for file in state.files if not file.is_whole):
        sql = "SELECT unnest(from_json(?, '[\"BIGINT\"]')) AS pos"
        if file.deletes is not None:
            sql += f" UNION SELECT pos FROM read_parquet({_quoted(paths[file.deletes])})"  # noqa: S608
        gone = made(f"gone_{number}", sql, [json.dumps(file.deleted)])
        parts.append(
            f"SELECT {columns} FROM read_parquet({_quoted(paths[file.path])}, file_row_number = true) AS f "  # noqa: S608
            f"ANTI JOIN {gone} AS g ON f.file_row_number = g.pos"
        )
    if state.rows or not parts:
        typed = ", ".join(
            f'CAST(r[{number}] AS {type}) AS "{column}"' for number, (column, type) in enumerate(state.columns, start=1)
        )
        sql = f"SELECT {typed} FROM ({UNFOLDED})"  # noqa: S608 - declared in code
        rows = made("rows", sql, [json.dumps(state.rows)])
        parts.append(f"SELECT {columns} FROM {rows}")  # noqa: S608 - our own names
    return Rows(" UNION ALL ".join(parts), tuple(setup), tuple(tables))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
