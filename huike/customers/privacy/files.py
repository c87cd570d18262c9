"""Finding a person's values in files on disk, whatever they are packed in."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import duckdb
import pyarrow as pa
import re2

from huike.customers.privacy.rules import Values, bytes_pattern_of

# Both even, so that two bytes of one UTF-16 character stay together.
_PIECE_BYTES = 4 * 1024**2
# Longer than any value searched for: what lies across two pieces is found in the second.
_OVERLAP_BYTES = 4 * 1024

_PARQUET: Final = b"PAR1"
_ROWS_AT_ONCE: Final = 50_000
_ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
# GB 18030 has characters of up to four bytes, and a piece may begin inside of one.
_LONGEST_CHARACTER_BYTES: Final = 4
# Room for the automaton of some thousand values; more of them are found too, only slower.
_AUTOMATON_BYTES: Final = 64 * 1024**2


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Search:
    """Two looks for the same values. The first, an automaton over bytes, misses none in any encoding but takes more for
    one, and reads some hundreds of megabytes a second; the second is exact, at a tenth of that, and is for what the
    first let through."""

    first_look: Any
    exact: re.Pattern[bytes]

    def finds(self, piece: bytes) -> bool:
        """Whether a value stands in the bytes: as they are, or in UTF-16 or GB 18030."""
        return self.first_look.search(piece) is not None and any(self.exact.search(form) for form in _forms(piece))


def search_of(values: Values, *, names: bool) -> Search | None:
    """The search for these values, as `pattern_of` finds them; None where there is nothing to find."""
    exact = bytes_pattern_of(values, names=names)
    if exact is None:
        return None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes are bytes
    options.case_sensitive = False
    options.never_capture = True
    options.max_mem = _AUTOMATON_BYTES
    written = {value.encode(encoding, "ignore") for value in values.all(names=names) for encoding in _ENCODINGS}
    literals = sorted("".join(f"\\x{byte:02x}" for byte in word) for word in _shortest(written))
    return Search(re2.compile("|".join(literals).encode(), options), exact)


def _shortest(words: Iterable[bytes]) -> list[bytes]:
    """Those that hold no other: whoever finds these finds the others."""
    kept: list[bytes] = []
    for word in sorted(filter(None, words), key=len):
        if not any(shorter in word for shorter in kept):
            kept.append(word)
    return kept


def holds(path: Path, search: Search) -> bool:
    """Whether one of the values is in the file: as it lies there, in UTF-16 or GB 18030, inside ZIP (XLSX) or gzip, or
    in the values of Parquet. A file that vanished meanwhile holds nothing."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return any(_is_in(archive.open(name), search) for name in archive.namelist())
        with path.open("rb") as file:
            head = file.read(4)
        if head == _PARQUET and _is_in_a_cell(path, search):
            return True
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as file:
                return _is_in(file, search)
        with path.open("rb") as file:
            return _is_in(file, search)
    except FileNotFoundError:
        return False
    except (zipfile.BadZipFile, EOFError, zlib.error, gzip.BadGzipFile):
        # Half written or damaged: nobody can read it either, but its bytes may hold her.
        with path.open("rb") as file:
            return _is_in(file, search)


def _is_in_a_cell(path: Path, search: Search) -> bool:
    """Whether a value of a Parquet file is one of them: its pages are compressed, and its texts may be in a dictionary.
    What cannot be read has no values; its raw bytes are looked at by the caller."""
    with closing(duckdb.connect(config={"autoinstall_known_extensions": "false"})) as duck:
        try:
            found = duck.execute("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet(?)", [str(path)])
            batches = found.to_arrow_reader(_ROWS_AT_ONCE)
            return any(_column_holds(column, search) for batch in batches for column in batch.columns)
        except duckdb.Error:
            return False


def _column_holds(column: pa.Array, search: Search) -> bool:
    """The cells of a text column lie in one buffer, one after another: looked at as it is, and cell by cell only where
    that finds something."""
    texts = column.buffers()[-1]
    if texts is None or search.first_look.search(texts.to_pybytes()) is None:
        return False
    return search.finds("\n".join(cell for cell in column.to_pylist() if cell is not None).encode("utf-8", "ignore"))


def _is_in(file: Readable, search: Search) -> bool:
    return any(search.finds(piece) for piece in _pieces(file))


def _pieces(file: Readable) -> Iterator[bytes]:
    end = b""
    while piece := file.read(_PIECE_BYTES):
        yield end + piece
        end = piece[-_OVERLAP_BYTES:]


def _forms(piece: bytes) -> Iterator[bytes]:
    yield piece
    for encoding in ("utf-16-le", "utf-16-be"):
        yield piece.decode(encoding, "ignore").encode("utf-8", "ignore")
    for begins_at in range(_LONGEST_CHARACTER_BYTES):
        yield piece[begins_at:].decode("gb18030", "ignore").encode("utf-8", "ignore")
