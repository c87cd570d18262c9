"""The DuckDB in which a file is read and checked, and the folder it lies in."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import duckdb

from huike.imports.errors import FileUnreadable
from huike.imports.watching import Watched
from huike.platform.config import get_config

# Half of what the process may use in all: Arrow batches, COPY files and Python take the rest.
MEMORY_LIMIT = "600MB"


def folder(import_id: int) -> Path:
    """Where an import's files lie. Web servers and workers share the data folder."""
    return get_config().data_dir.resolve() / "imports" / str(import_id)


def source_file(import_id: int) -> Path:
    return folder(import_id) / "source"


def checked_file(import_id: int) -> Path:
    """The checked rows: there only when a check has finished."""
    return folder(import_id) / "checked.duckdb"


def refused_file(import_id: int) -> Path:
    """The refused rows, kept after the import."""
    return folder(import_id) / "refused.parquet"


def every_folder() -> Iterator[Path]:
    """The folders of all imports, by the imports' ids."""
    places = (get_config().data_dir.resolve() / "imports").glob("*")
    yield from sorted((place for place in places if place.name.isdigit()), key=lambda place: int(place.name))


def kept_files() -> Iterator[tuple[int, Path]]:
    """What lies here and cannot be computed again, with the import it belongs to: the uploaded files and the refused
    rows."""
    for place in every_folder():
        for path in (source_file(int(place.name)), refused_file(int(place.name))):
            if path.is_file():
                yield int(place.name), path


def is_kept_file(name: str) -> bool:
    """Whether `kept_files` can have given the file of this name, such as `12/source`."""
    return re.fullmatch(r"[1-9][0-9]{0,18}/(source|refused\.parquet)", name) is not None


def keep_again(name: str, content: IO[bytes]) -> None:
    """Put a kept file back under its name. Raises ValueError for a name that is not of one."""
    if not is_kept_file(name):
        raise ValueError(f"{name} is no file of an import")
    path = get_config().data_dir.resolve() / "imports" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        path.chmod(0o600)
        shutil.copyfileobj(content, out)


def connect(database: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB that loads nothing over the network."""
    config = get_config()
    connection = duckdb.connect(
        database,
        config={
            "threads": config.duckdb_threads,
            "memory_limit": MEMORY_LIMIT,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.load_extension(_excel_extension())
    return connection


def _excel_extension() -> str:
    package = importlib.util.find_spec("duckdb_extension_excel")
    if package is None or package.origin is None:
        raise FileUnreadable("The package duckdb_extension_excel is not installed", reason="xlsx")
    return str(Path(package.origin).parent / "extensions" / f"v{duckdb.__version__}" / "excel.duckdb_extension")


@contextmanager
def fresh(import_id: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database for a check. It becomes `checked_file` when the block ends well, and vanishes otherwise."""
    place = folder(import_id)
    unfinished = place / "checking.duckdb"
    _remove(unfinished)
    _remove(checked_file(import_id))
    connection = connect(str(unfinished))
    try:
        connection.execute(f"SET temp_directory = '{_quoted(place / 'spill')}'")
        yield connection
        connection.execute("CHECKPOINT")
    except BaseException:
        connection.close()
        _remove(unfinished)
        raise
    connection.close()
    unfinished.rename(checked_file(import_id))
    shutil.rmtree(place / "spill", ignore_errors=True)


@contextmanager
def checked(import_id: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """The checked rows, to read."""
    connection = connect(str(checked_file(import_id)))
    try:
        connection.execute(f"SET temp_directory = '{_quoted(folder(import_id) / 'spill')}'")
        yield connection
    finally:
        connection.close()


def forget_file(import_id: int) -> None:
    """Delete the file and the working copy; the refused rows stay."""
    for path in (source_file(import_id), checked_file(import_id), folder(import_id) / "checking.duckdb"):
        _remove(path)
    shutil.rmtree(folder(import_id) / "spill", ignore_errors=True)


def forget_all(import_id: int) -> None:
    shutil.rmtree(folder(import_id), ignore_errors=True)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def rows_of(
    connection: duckdb.DuckDBPyConnection | Watched, sql: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    found = connection.execute(sql, parameters or [])
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
