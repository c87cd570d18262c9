"""DuckDB with the lake attached: extensions from their packages, the catalogue in this process's PostgreSQL."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection as django_connection

from huike.lake.errors import LakeEmpty
from huike.platform.config import get_config

SCHEMA = "lake"
_EXTENSIONS = ("ducklake", "postgres_scanner")


def open_duckdb(*, threads: int, memory_limit: str, temp_dir: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that loads what it needs from installed packages and nothing from the network."""
    temp_dir.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": str(threads),
            "memory_limit": memory_limit,
            "temp_directory": str(temp_dir),
            "preserve_insertion_order": "false",
        }
    )
    for name in _EXTENSIONS:
        database.execute(f"LOAD {_quoted(str(_extension_path(name)))}")
    database.execute("SET TimeZone = 'UTC'")
    # One process asks a few questions at a time; PostgreSQL's connections are shared with everything else.
    database.execute("SET pg_connection_limit = 8")
    return database


def attach_lake(database: duckdb.DuckDBPyConnection, *, read_only: bool) -> None:
    """Attach the lake as `lake`. With `read_only` it must exist: raises LakeEmpty while it does not."""
    if not lake_exists():
        if read_only:
            raise LakeEmpty
        with django_connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [SCHEMA])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE SCHEMA {SCHEMA}")
    location = get_config().lake_location
    if "://" not in location:
        Path(location).mkdir(parents=True, exist_ok=True)
    options = [f"DATA_PATH {_quoted(location)}", f"METADATA_SCHEMA {_quoted(SCHEMA)}", "OVERRIDE_DATA_PATH true"]
    if read_only:
        options.append("READ_ONLY")
    database.execute(f"ATTACH {_quoted('ducklake:postgres:' + postgres_dsn())} AS lake ({', '.join(options)})")
    if not read_only:
        for option, value in file_options().items():
            database.execute(f"CALL lake.set_option({_quoted(option)}, {_quoted(value)})")


def file_options() -> dict[str, str]:
    """How the lake's files are written."""
    # LZ4 and version 2 are a fifth smaller than DuckDB's default (Snappy, version 1) and a twentieth quicker to read at
    # 10 million customers. Spark reads LZ4_RAW since 3.5, but not how version 2 writes doubles (BYTE_STREAM_SPLIT).
    version = "1" if get_config().engine == "spark" else "2"
    return {"parquet_compression": "lz4_raw", "parquet_version": version}


def attach_postgres(database: duckdb.DuckDBPyConnection) -> None:
    """Attach the truth as `pg`, to read from only: in a DuckDB transaction it is one repeatable-read snapshot."""
    database.execute(f"ATTACH {_quoted(postgres_dsn())} AS pg (TYPE postgres, READ_ONLY)")


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


def _extension_path(name: str) -> Path:
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package duckdb-extension-{name} is not installed")
    return Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
