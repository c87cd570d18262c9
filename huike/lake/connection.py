"""DuckDB with the lake attached: extensions from their packages, the catalogue in this process's PostgreSQL."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection as django_connection
from django.db import transaction

from huike.lake.errors import LakeEmpty, LakeUnavailable
from huike.platform import locks
from huike.platform.config import Config, get_config

SCHEMA = "lake"
_EXTENSIONS = ("ducklake", "postgres_scanner")
_NOTHING_FROM_ELSEWHERE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def open_duckdb(*, threads: int, memory_limit: str, overflow: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that loads what it needs from installed packages and nothing from the network. What does not
    fit into `memory_limit` goes to the folder `overflow`, which must be nobody else's."""
    database = duckdb.connect(
        config={
            **_NOTHING_FROM_ELSEWHERE,
            # Nothing is loaded but what `_verified` looked at.
            "allow_unsigned_extensions": "true",
            "threads": str(threads),
            "memory_limit": memory_limit,
            "temp_directory": str(overflow),
            "preserve_insertion_order": "false",
        }
    )
    for name in _EXTENSIONS:
        _load(database, name)
    database.execute("SET TimeZone = 'UTC'")
    # One process asks a few questions at a time; PostgreSQL's connections are shared with everything else.
    database.execute("SET pg_connection_limit = 8")
    return database


def attach_lake(database: duckdb.DuckDBPyConnection, *, read_only: bool) -> None:
    """Attach the lake as `lake`. With `read_only` it must exist: raises LakeEmpty while it does not; else it is made.
    Raises LakeUnavailable."""
    if read_only:
        if not lake_exists():
            raise LakeEmpty
        _attach_lake(database, read_only=True)
        return
    with alone():
        _make_schema()
    # Of two that make the lake, or set its options, at the same moment, one would be refused.
    with alone():
        _attach_lake(database, read_only=False)
        for option, value in file_options().items():
            database.execute(f"CALL lake.set_option({_quoted(option)}, {_quoted(value)})")


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else writes to the lake meanwhile. (Two would do no harm: the second to commit is refused and starts
    over.)"""
    with transaction.atomic():
        locks.hold("lake writer")
        yield


def _make_schema() -> None:
    with django_connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [SCHEMA])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE SCHEMA {SCHEMA}")


def _attach_lake(database: duckdb.DuckDBPyConnection, *, read_only: bool) -> None:
    config = get_config()
    reach_files(database, config)
    options = [
        f"DATA_PATH {_quoted(config.lake_location)}",
        f"METADATA_SCHEMA {_quoted(SCHEMA)}",
        "OVERRIDE_DATA_PATH true",
    ]
    if read_only:
        options.append("READ_ONLY")
    _attach(database, "ducklake:postgres:", f"AS lake ({', '.join(options)})")


def reach_files(database: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Let `database` read and write where the lake's files lie: a folder is made where there is none, object storage is
    shown its key."""
    if not config.lake_in_object_storage:
        Path(config.lake_location).mkdir(parents=True, exist_ok=True)
        return
    _load(database, "httpfs")
    told = {
        "KEY_ID": config.lake_s3_key_id,
        "SECRET": config.lake_s3_secret.get_secret_value() if config.lake_s3_secret else None,
        "REGION": config.lake_s3_region,
        "ENDPOINT": config.lake_s3_endpoint,
        "URL_STYLE": config.lake_s3_url_style,
        "USE_SSL": config.lake_s3_use_ssl,
        "SCOPE": config.lake_location,
    }
    known = {name: value for name, value in told.items() if value is not None}
    # As parameters: no error and no log that quotes a statement quotes the key.
    options = ", ".join(f"{name} ?" for name in known)
    database.execute(f"CREATE OR REPLACE TEMPORARY SECRET lake (TYPE s3, {options})", list(known.values()))


def file_options() -> dict[str, str]:
    """How the lake's files are written."""
    # LZ4 and version 2 are a fifth smaller than DuckDB's default (Snappy, version 1) and a twentieth quicker to read at
    # 10 million customers. Spark reads LZ4_RAW since 3.5, but not how version 2 writes doubles (BYTE_STREAM_SPLIT).
    version = "1" if get_config().engine == "spark" else "2"
    return {"parquet_compression": "lz4_raw", "parquet_version": version}


def attach_postgres(database: duckdb.DuckDBPyConnection) -> None:
    """Attach the truth as `pg`, to read from only: in a DuckDB transaction it is one repeatable-read snapshot."""
    _attach(database, "", "AS pg (TYPE postgres, READ_ONLY)")


def _attach(database: duckdb.DuckDBPyConnection, kind: str, options: str) -> None:
    dsn = postgres_dsn()
    try:
        database.execute(f"ATTACH {_quoted(kind + dsn)} {options}")
    except duckdb.Error as error:
        # DuckDB tells the whole address, password and all.
        raise LakeUnavailable(str(error).replace(dsn, "PostgreSQL")[:300]) from None


def lake_exists() -> bool:
    """Whether a catalogue was made in this database."""
    with django_connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.ducklake_snapshot"])
        return bool(cursor.fetchone()[0])


def postgres_dsn() -> str:
    """The database Django works on, as libpq's keywords and values."""
    parameters: dict[str, Any] = django_connection.get_connection_params()
    known = {key: value for key, value in parameters.items() if isinstance(value, (str, int)) and value != ""}
    for foreign in ("prepare_threshold", "client_encoding"):
        known.pop(foreign, None)
    return " ".join(f"{key}={_libpq_quoted(str(value))}" for key, value in sorted(known.items()))


def _libpq_quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _load(database: duckdb.DuckDBPyConnection, extension: str) -> None:
    database.execute(f"LOAD {_quoted(str(_verified(extension)))}")


@cache
def _verified(extension: str) -> Path:
    """Where an extension lies whose signature DuckDB has found good: asked once in a process, for each time it hashes
    the forty megabytes of the file. Raises ModuleNotFoundError, duckdb.Error."""
    spec = importlib.util.find_spec(f"duckdb_extension_{extension}")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package duckdb-extension-{extension} is not installed")
    path = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
    with duckdb.connect(config=dict(_NOTHING_FROM_ELSEWHERE)) as strict:
        strict.execute(f"LOAD {_quoted(str(path))}")
    return path
