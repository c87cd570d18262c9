"""What kind of file this is, and its first rows. Reads only the beginning; `reading.py` reads it all."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from huike.imports.errors import FileEmpty, FileUnreadable, GzipBomb
from huike.imports.fields import Column, type_of

HEAD_BYTES: Final = 1 << 20
SAMPLE_SIZE: Final = 5
HEAD_ROWS: Final = 1_000
_CHARACTERS_LOOKED_AT: Final = 20_000
DELIMITERS: Final = (",", ";", "\t", "|")
ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "latin-1")

# A gzip file of text rarely packs beyond 1 : 30; a bomb goes to 1 : 1,000.
RATIO_LIMIT: Final = 200
RATIO_FREE_BYTES: Final = 100_000_000
# A spreadsheet of a million rows is about 50 MB of XML; this is far beyond what such a programme can make.
XLSX_LIMIT_BYTES: Final = 4 << 30

# Never text: what people drop here by mistake, by its first bytes.
_FOREIGN: Final = {
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "XLS",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"SQLite format 3": "SQLite",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a file is read. `encoding` and `delimiter` are None where the type has none."""

    type: str
    compression: str = "none"
    encoding: str | None = None
    delimiter: str | None = None
    has_header: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file: its columns, and its first rows without the header."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


class _Unpacked(io.RawIOBase):
    """A gzip file unpacked while it is read, refused when it grows beyond reason."""

    def __init__(self, path: Path, *, limit_bytes: int) -> None:
        self._packed_bytes = path.stat().st_size
        self._limit_bytes = limit_bytes
        self._stream = gzip.open(path, "rb")  # noqa: SIM115 - closed with this object
        self._given_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._stream.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileUnreadable("The packed file is damaged or incomplete", reason="gzip") from error
        self._given_bytes += len(chunk)
        too_dense = self._given_bytes > RATIO_FREE_BYTES and self._given_bytes > RATIO_LIMIT * self._packed_bytes
        if too_dense or self._given_bytes > self._limit_bytes:
            raise GzipBomb(packed_bytes=self._packed_bytes, limit_bytes=self._limit_bytes)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def opened(path: Path, compression: str, *, unpack_limit_bytes: int) -> Iterator[BinaryIO]:
    """The bytes of the file, unpacked. Raises FileUnreadable and GzipBomb while being read."""
    if compression == "gzip":
        with _Unpacked(path, limit_bytes=unpack_limit_bytes) as unpacked:
            yield io.BufferedReader(unpacked, HEAD_BYTES)
    else:
        with path.open("rb") as plain:
            yield plain


def inspect(path: Path, *, unpack_limit_bytes: int) -> Format:
    """Find out how to read the file. Raises FileEmpty, FileUnreadable, GzipBomb."""
    with path.open("rb") as stream:
        magic = stream.read(16)
    if not magic:
        raise FileEmpty
    compression = "gzip" if magic[:2] == b"\x1f\x8b" else "none"
    with opened(path, compression, unpack_limit_bytes=unpack_limit_bytes) as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip():
        raise FileEmpty
    foreign = next((name for start, name in _FOREIGN.items() if head.startswith(start)), None)
    if foreign is not None:
        raise FileUnreadable(f"This is a {foreign} file; bring CSV, XLSX, Parquet or JSON Lines", reason=foreign)
    if head.startswith((b"PAR1", b"PK\x03\x04")):
        if compression != "none":
            raise FileUnreadable("Only CSV and JSON Lines may be packed", reason="gzip")
        return _inspect_binary(path, head)
    encoding = detect_encoding(head)
    text = decode_head(head, encoding)
    if text.lstrip().startswith("{"):
        return Format(type="jsonl", compression=compression, encoding=encoding)
    delimiter = detect_delimiter(text)
    rows = _csv_rows(text, delimiter, is_whole=len(head) < HEAD_BYTES)
    return Format(
        type="csv",
        compression=compression,
        encoding=encoding,
        delimiter=delimiter,
        has_header=looks_like_header(rows[0]) if rows else True,
    )


def _inspect_binary(path: Path, head: bytes) -> Format:
    if head.startswith(b"PAR1"):
        return Format(type="parquet")
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise FileUnreadable("This ZIP file is not a spreadsheet", reason="zip")
            if sum(member.file_size for member in archive.infolist()) > XLSX_LIMIT_BYTES:
                raise GzipBomb(packed_bytes=path.stat().st_size, limit_bytes=XLSX_LIMIT_BYTES)
    except zipfile.BadZipFile as error:
        raise FileUnreadable("The spreadsheet is damaged or incomplete", reason="zip") from error
    with reader() as duck:
        first = _first_xlsx_rows(duck, path, 1)
    return Format(type="xlsx", has_header=looks_like_header([str(cell or "") for cell in first[0]]) if first else True)


def detect_encoding(head: bytes) -> str:
    """One of ENCODINGS, decided as `docs/algorithms/imports.md` section 2 says."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 5 and even < len(head) // 20:
        return "utf-16-le"
    if even > len(head) // 5 and odd < len(head) // 20:
        return "utf-16-be"
    if _decodes(head, "utf-8"):
        return "utf-8"
    if _decodes(head, "gb18030") and _mostly_chinese(decode_head(head, "gb18030")):
        return "gb18030"
    # Bytes that are UTF-8 but for a few are a damaged UTF-8 file; its damaged rows are refused one by one.
    damage = decode_head(head, "utf-8").count("\ufffd")
    beyond_ascii = sum(1 for byte in head if byte >= 0x80)
    return "utf-8" if beyond_ascii > 8 * damage else "latin-1"


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_chinese(text: str) -> bool:
    """Whether the characters beyond ASCII are nearly all of GB 2312, the common ones. Latin-1 letters read as GB 18030
    give rare ones: their second byte is an ASCII letter, which no character of GB 2312 has."""
    foreign = [char for char in text if ord(char) >= 0x80][:_CHARACTERS_LOOKED_AT]
    common = sum(1 for char in foreign if _is_common_chinese(char))
    return common * 10 >= len(foreign) * 9


def _is_common_chinese(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def decode_head(head: bytes, encoding: str) -> str:
    """The text of the beginning; a character cut at the end is left out, damaged bytes become U+FFFD."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")


def detect_delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the same number of cells, more than one; comma where none does."""
    best, best_score = ",", (0.0, 0)
    sample = text[:65_536]
    for delimiter in DELIMITERS:
        widths = Counter(
            len(row) for row in _csv_rows(sample, delimiter, is_whole=len(sample) == len(text))[:100] if row
        )
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        score = (count / sum(widths.values()), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether a first row names columns: no cell of it is a number, an instant or an address."""
    return all(type_of([cell]) in {"text", "empty"} for cell in cells)


def _csv_rows(text: str, delimiter: str, *, is_whole: bool) -> list[list[str]]:
    csv.field_size_limit(HEAD_BYTES * 2)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > HEAD_ROWS:
                break
    except csv.Error:
        return rows
    # The head ends in the middle of a row, unless it is the whole file.
    return rows if is_whole or len(rows) > HEAD_ROWS else rows[:-1]


def read_head(path: Path, form: Format, *, unpack_limit_bytes: int) -> Head:
    """The columns and the first rows. Raises FileEmpty, FileUnreadable, GzipBomb."""
    if form.type == "csv":
        with opened(path, form.compression, unpack_limit_bytes=unpack_limit_bytes) as stream:
            head = stream.read(HEAD_BYTES)
        text = decode_head(head, form.encoding or "utf-8")
        rows = [row for row in _csv_rows(text, form.delimiter or ",", is_whole=len(head) < HEAD_BYTES) if any(row)]
        return _tabular(rows, has_header=form.has_header)
    if form.type == "jsonl":
        return _jsonl_head(path, form, unpack_limit_bytes=unpack_limit_bytes)
    try:
        with reader() as duck:
            if form.type == "xlsx":
                return _tabular(_first_xlsx_rows(duck, path, HEAD_ROWS), has_header=form.has_header)
            found = duck.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?) LIMIT ?", [str(path), HEAD_ROWS])
            names = [str(column[0]) for column in found.description or []]
            return _tabular([names, *found.fetchall()], has_header=True)
    except duckdb_errors() as error:
        raise FileUnreadable(reason=form.type) from error


def _tabular(rows: Sequence[Sequence[Any]], *, has_header: bool) -> Head:
    if not rows:
        raise FileEmpty
    width = len(rows[0])
    names = unique_names([_text(cell) for cell in rows[0]] if has_header else [""] * width)
    body = [tuple(_text(cell) for cell in row) for row in rows[1 if has_header else 0 :]]
    return _head(names, body)


def _head(names: Sequence[str], body: Sequence[tuple[str, ...]]) -> Head:
    columns = []
    for index, name in enumerate(names):
        values = [row[index] for row in body if index < len(row) and row[index]]
        columns.append(Column(name, tuple(dict.fromkeys(values))[:SAMPLE_SIZE]))
    return Head(tuple(columns), tuple(body))


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip().replace("\x00", "\ufffd")[:200]


def unique_names(names: Sequence[str]) -> list[str]:
    """Names for the columns, each once: an empty one is called by its position, a second `x` is `x (2)`."""
    given: list[str] = []
    for index, name in enumerate(names, start=1):
        wanted = name or f"#{index}"
        number = 2
        unique = wanted
        while unique in given:
            unique = f"{wanted} ({number})"
            number += 1
        given.append(unique)
    return given


def _jsonl_head(path: Path, form: Format, *, unpack_limit_bytes: int) -> Head:
    with opened(path, form.compression, unpack_limit_bytes=unpack_limit_bytes) as stream:
        head = stream.read(HEAD_BYTES)
    lines = decode_head(head, form.encoding or "utf-8").splitlines()
    if len(head) == HEAD_BYTES:
        lines = lines[:-1]
    objects: list[dict[str, Any]] = []
    for line in lines[:HEAD_ROWS]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            objects.append(value)
    names = list(dict.fromkeys(key for item in objects for key in item))
    if not names:
        raise FileUnreadable("No line is a JSON object", reason="jsonl")
    body = [tuple(_text(_json_text(item.get(name))) for name in names) for item in objects]
    return _head(names, body)


def _json_text(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _first_xlsx_rows(duck: Any, path: Path, count: int) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = duck.execute(
        "SELECT * FROM read_xlsx(?, all_varchar = true, header = false, stop_at_empty = false) LIMIT ?",
        [str(path), count],
    ).fetchall()
    return rows


def corrected(form: Format, *, encoding: str | None, delimiter: str | None, has_header: bool | None) -> Format:
    """The format with what a person knows better. Raises FileUnreadable for an encoding that is not one of
    ENCODINGS."""
    if encoding is not None and encoding not in ENCODINGS:
        raise FileUnreadable(f"The encoding must be one of {', '.join(ENCODINGS)}", reason="encoding")
    return replace(
        form,
        encoding=encoding if encoding is not None and form.encoding is not None else form.encoding,
        delimiter=delimiter if delimiter is not None and form.delimiter is not None else form.delimiter,
        has_header=form.has_header if has_header is None else has_header,
    )


@contextmanager
def reader() -> Iterator[Any]:
    """A DuckDB without state, with the spreadsheet extension from its package and no way to the network."""
    from huike.imports.workbench import connect

    duck = connect(":memory:")
    try:
        yield duck
    finally:
        duck.close()


def duckdb_errors() -> type[Exception]:
    import duckdb

    return duckdb.Error
