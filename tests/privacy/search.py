"""Looking for a person's values everywhere: in every table as text, in every file, packed or not."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import psycopg

from huike.platform.config import get_config
from tests.database import as_superuser


def in_database(values: Iterable[str]) -> list[str]:
    """`table: value` for each table of every schema whose text holds one, JSON and bytes read as text."""
    wanted = sorted(values)
    found = []
    with psycopg.connect(as_superuser(os.environ["HUIKE_DATABASE_URL"])) as connection:
        tables = connection.execute(
            """
            SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
             ORDER BY 1
            """
        ).fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                text = b"".join(bytes(piece) for piece in copy)
            found += [f"{table}: {value}" for value in wanted if _holds(text, value)]
    return found


def _holds(copied: bytes, value: str) -> bool:
    """COPY writes bytea as hex."""
    plain = copied.decode().casefold()
    return value.casefold() in plain or value.encode().hex() in plain or value.lower().encode().hex() in plain


def in_files(values: Iterable[str]) -> list[str]:
    """`file: value` for every file of the data folder; Parquet is read as rows too, gzip and ZIP are opened."""
    wanted = [(value, value.casefold().encode()) for value in sorted(values)]
    found = []
    for path in sorted(get_config().data_dir.resolve().rglob("*")):
        if path.is_file():
            contents = [content.lower() for content in _contents(path)]
            found += [f"{path.name}: {value}" for value, raw in wanted if any(raw in content for content in contents)]
    return found


def _contents(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if path.suffix == ".parquet":
        with duckdb.connect() as duck:
            yield "\n".join(
                str(row) for row in duck.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
            ).encode()
