"""Finding a person's values in files on disk, whatever they are packed in."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from re import Pattern
from typing import Protocol

import duckdb

_PIECE_BYTES = 4 * 1024**2
# Longer than any value searched for: what lies across two pieces is found in the second.
_OVERLAP_BYTES = 4 * 1024


_PARQUET = b"PAR1"
_ROWS_AT_ONCE = 10_000


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def holds(path: Path, pattern: Pattern[bytes]) -> bool:
    """Whether the file holds a match: as it lies there, in UTF-16 or GB 18030 turned to UTF-8, inside ZIP (XLSX) or
    gzip, or in the values of Parquet. A file that vanished meanwhile holds nothing."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return any(_matches(archive.open(name), pattern) for name in archive.namelist())
        with path.open("rb") as file:
            head = file.read(4)
        if head == _PARQUET and _cell_matches(path, pattern):
            return True
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as file:
                return _matches(file, pattern)
        with path.open("rb") as file:
            return _matches(file, pattern)
    except FileNotFoundError:
        return False
    except (zipfile.BadZipFile, EOFError, zlib.error, gzip.BadGzipFile):
        # Half written or damaged: nobody can read it either, but its bytes may hold her.
        with path.open("rb") as file:
            return _matches(file, pattern)


def _cell_matches(path: Path, pattern: Pattern[bytes]) -> bool:
    """Whether a value of a Parquet file matches: its pages are compressed, and its texts may be in a dictionary. What
    cannot be read has no values; its raw bytes are looked at by the caller."""
    with closing(duckdb.connect(config={"autoinstall_known_extensions": "false"})) as duck:
        try:
            rows = duck.execute("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet(?)", [str(path)])
            while batch := rows.fetchmany(_ROWS_AT_ONCE):
                text = "\n".join(cell for row in batch for cell in row if cell is not None)
                if pattern.search(text.encode("utf-8", "ignore")):
                    return True
        except duckdb.Error:
            return False
    return False


def _matches(file: Readable, pattern: Pattern[bytes]) -> bool:
    return any(pattern.search(form) for piece in _pieces(file) for form in _forms(piece))


def _pieces(file: Readable) -> Iterator[bytes]:
    end = b""
    while piece := file.read(_PIECE_BYTES):
        yield end + piece
        end = piece[-_OVERLAP_BYTES:]


def _forms(piece: bytes) -> Iterator[bytes]:
    yield piece
    if piece.isascii():
        return
    for encoding in ("gb18030", "utf-16-le", "utf-16-be"):
        yield piece.decode(encoding, "ignore").encode("utf-8", "ignore")
