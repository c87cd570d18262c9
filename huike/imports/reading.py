"""The whole file into one table of text: `raw(row, c0, c1, …)`; rows that are no rows into `unreadable`.

Memory stays bounded: batches stream from the file into the table, which lies on disk.
"""

from __future__ import annotations

import codecs
import io
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv

from huike.imports.errors import FileEmpty, FileUnreadable, QuoteNeverCloses
from huike.imports.formats import Format, opened
from huike.imports.refusals import cells_of
from huike.kernel.errors import HuikeError

BLOCK_BYTES: Final = 8 << 20
_TEXT_KEPT = 10_000
_BATCHES_BETWEEN_RELEASES: Final = 8

Report = Callable[[int], None]
"""Told how many bytes of the file were read so far."""


def read_all(
    duck: duckdb.DuckDBPyConnection,
    path: Path,
    form: Format,
    *,
    names: list[str],
    unpack_limit_bytes: int,
    report: Report,
    key_column: int | None = None,
) -> None:
    """Fill `raw` and `unreadable(row, code, expected, actual, text, order_id)` from the file.

    `names` are the columns as `read_head` gave them, in order. `raw.row` counts from 1, header included; the header
    itself is not in it. `unreadable.order_id` is what stands in the column at `key_column`, where that can be told.
    Raises FileEmpty, FileUnreadable, GzipBomb, QuoteNeverCloses, and whatever `report` raises.
    """
    duck.execute(
        "CREATE TABLE unreadable "
        "(row BIGINT, code VARCHAR, expected BIGINT, actual BIGINT, text VARCHAR, order_id VARCHAR)"
    )
    try:
        if form.type == "csv":
            _read_csv(duck, path, form, len(names), unpack_limit_bytes, report, key_column)
        elif form.type == "jsonl":
            _read_jsonl(duck, path, form, names, unpack_limit_bytes, report)
        elif form.type == "xlsx":
            _read_xlsx(duck, path, form)
        else:
            _read_parquet(duck, path)
    except duckdb.Error as error:
        raise FileUnreadable(reason=form.type) from error
    if not duck.execute("SELECT count(*) FROM raw").fetchall()[0][0]:
        raise FileEmpty


class _AsUtf8(io.RawIOBase):
    """The file's text as UTF-8 whatever its encoding; bytes that do not fit become U+FFFD."""

    def __init__(self, stream: BinaryIO, encoding: str, report: Report) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._report = report
        self._read_bytes = 0
        self._at_start = True
        # What stopped the reading. Whoever reads through C sees only its words.
        self.failure: HuikeError | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._read(size)
        except HuikeError as error:
            self.failure = error
            raise

    def _read(self, size: int) -> bytes:
        while True:
            chunk = self._stream.read(BLOCK_BYTES if size < 0 else size)
            self._read_bytes += len(chunk)
            self._report(self._read_bytes)
            text = self._decoder.decode(chunk, final=not chunk)
            if self._at_start and text:
                text, self._at_start = text.removeprefix("\ufeff"), False
            if text or not chunk:
                return text.encode("utf-8", "replace")


def _read_csv(
    duck: duckdb.DuckDBPyConnection,
    path: Path,
    form: Format,
    width: int,
    unpack_limit_bytes: int,
    report: Report,
    key_column: int | None,
) -> None:
    names = [f"c{index}" for index in range(width)]
    ragged = _Ragged(form.delimiter or ",", key_column)
    with opened(path, form.compression, unpack_limit_bytes=unpack_limit_bytes) as stream:
        source = _AsUtf8(stream, form.encoding or "utf-8", report)
        try:
            batches = pyarrow.csv.open_csv(
                pa.PythonFile(source, "r"),
                read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names, block_size=BLOCK_BYTES),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=form.delimiter or ",",
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=ragged.take,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                    quoted_strings_can_be_null=True,
                ),
            )
            numbered = pa.RecordBatchReader.from_batches(
                pa.schema([("row", pa.int64()), *((name, pa.string()) for name in names)]),
                _numbered(batches, ragged),
            )
            first = 2 if form.has_header else 1
            duck.register("batches", numbered)
            duck.execute(f"CREATE TABLE raw AS SELECT * FROM batches WHERE row >= {first}")
            duck.unregister("batches")
        except (pa.ArrowException, duckdb.Error, HuikeError) as error:
            _raise_known(error, source)
    pa.default_memory_pool().release_unused()
    ragged.write_to(duck)


def _raise_known(error: Exception, source: _AsUtf8) -> NoReturn:
    if source.failure is not None:
        raise source.failure from error
    words = str(error)
    if "straddling" in words:
        raise QuoteNeverCloses from error
    raise FileUnreadable(reason="csv", words=words[:300]) from error


class _Ragged:
    """The rows the parser left out, with what it said of them."""

    def __init__(self, delimiter: str, key_column: int | None) -> None:
        self._delimiter = delimiter
        self._key_column = key_column
        self.numbers = array("q")
        self._expected = array("q")
        self._actual = array("q")
        self._texts: list[str] = []

    def take(self, row: Any) -> str:
        self.numbers.append(row.number)
        self._expected.append(row.expected_columns)
        self._actual.append(row.actual_columns)
        self._texts.append(row.text[:_TEXT_KEPT])
        return "skip"

    def write_to(self, duck: duckdb.DuckDBPyConnection) -> None:
        if not self._texts:
            return
        left_out = pa.table(
            {
                "row": np.array(self.numbers),
                "expected": np.array(self._expected),
                "actual": np.array(self._actual),
                "text": self._texts,
                "order_id": pa.array([self._key(text) for text in self._texts], pa.string()),
            }
        )
        duck.register("left_out", left_out)
        duck.execute("INSERT INTO unreadable SELECT row, 'row.ragged', expected, actual, text, order_id FROM left_out")
        duck.unregister("left_out")

    def _key(self, text: str) -> str | None:
        cells = cells_of(text, self._delimiter)
        if self._key_column is None or self._key_column >= len(cells):
            return None
        return cells[self._key_column].strip() or None


def _numbered(batches: Any, ragged: _Ragged) -> Iterator[pa.RecordBatch]:
    """Each batch with the number its rows have in the file: those left out count as well."""
    given = 0
    pool = pa.default_memory_pool()
    for count, batch in enumerate(batches, start=1):
        if count % _BATCHES_BETWEEN_RELEASES == 0:
            # Read in one thread and freed in another, most of a file would stay with the pool.
            pool.release_unused()
        ordinals = np.arange(given + 1, given + 1 + batch.num_rows, dtype=np.int64)
        given += batch.num_rows
        left_out = np.array(ragged.numbers, dtype=np.int64)
        # The i-th row left out stands before the kept row `ordinal` when number - i <= ordinal.
        before = np.searchsorted(left_out - np.arange(len(left_out)), ordinals, side="right")
        yield pa.RecordBatch.from_arrays([pa.array(ordinals + before), *batch.columns], ["row", *batch.schema.names])


def _read_jsonl(
    duck: duckdb.DuckDBPyConnection, path: Path, form: Format, names: list[str], unpack_limit_bytes: int, report: Report
) -> None:
    with opened(path, form.compression, unpack_limit_bytes=unpack_limit_bytes) as stream:
        source = _AsUtf8(stream, form.encoding or "utf-8", report)
        lines = pa.RecordBatchReader.from_batches(
            pa.schema([("row", pa.int64()), ("line", pa.string())]), _line_batches(source)
        )
        try:
            duck.register("lines", lines)
            duck.execute(
                """
                CREATE TEMP TABLE objects AS
                SELECT row, line, json_valid(line) AND TRY(json_type(line)) = 'OBJECT' AS is_object
                  FROM lines WHERE trim(line) <> ''
                """
            )
        except (pa.ArrowException, duckdb.Error, HuikeError) as error:
            _raise_known(error, source)
        duck.unregister("lines")
    cells = ", ".join(f"line ->> '$.{_json_key(name)}' AS c{index}" for index, name in enumerate(names))
    duck.execute(f"CREATE TABLE raw AS SELECT row, {cells} FROM objects WHERE is_object")
    duck.execute(
        "INSERT INTO unreadable SELECT row, 'row.not_an_object', 0, 0, line, NULL FROM objects WHERE NOT is_object"
    )
    duck.execute("DROP TABLE objects")


def _json_key(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("'", "''")
    return f'"{escaped}"'


def _line_batches(source: io.RawIOBase) -> Iterator[pa.RecordBatch]:
    row, rest = 0, b""
    while True:
        chunk = source.read(BLOCK_BYTES) or b""
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop() if chunk else b""
        if lines:
            numbers = np.arange(row + 1, row + 1 + len(lines), dtype=np.int64)
            row += len(lines)
            texts = pa.array([line.decode() for line in lines], pa.string())
            yield pa.RecordBatch.from_arrays([pa.array(numbers), texts], ["row", "line"])
        if not chunk:
            return


def _read_xlsx(duck: duckdb.DuckDBPyConnection, path: Path, form: Format) -> None:
    rows = "read_xlsx(?, all_varchar = true, header = false, stop_at_empty = false)"
    described = duck.execute(f"DESCRIBE SELECT * FROM {rows}", [str(path)]).fetchall()
    cells = ", ".join(f'"{column[0]}" AS c{index}' for index, column in enumerate(described))
    first = 2 if form.has_header else 1
    duck.execute(
        f"CREATE TABLE raw AS SELECT * FROM (SELECT row_number() OVER () AS row, {cells} FROM {rows}) "
        f"WHERE row >= {first}",
        [str(path)],
    )


def _read_parquet(duck: duckdb.DuckDBPyConnection, path: Path) -> None:
    described = duck.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    cells = ", ".join(
        '"{}"::VARCHAR AS c{}'.format(column[0].replace('"', '""'), index) for index, column in enumerate(described)
    )
    duck.execute(f"CREATE TABLE raw AS SELECT row_number() OVER () AS row, {cells} FROM read_parquet(?)", [str(path)])
