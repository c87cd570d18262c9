"""Rows that were not taken: counted for the report, kept for the file she mends and sends again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from huike.imports import workbench
from huike.imports.errors import NotNow
from huike.imports.models import Import
from huike.imports.sentences import sentence
from huike.imports.watching import Watched

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_PLAIN_NUMBER: Final = re.compile(r"[+-]?[\d.,]+")
_VALUE_SHOWN: Final = 120
_ROWS_AT_A_TIME: Final = 1_000


def reasons(duck: Watched, names: list[str], column_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each reason with how often and where first; the most frequent first."""
    found = duck.execute(
        """
        SELECT fault, count(*) AS count, min(row) AS example_row
          FROM (SELECT row, unnest(string_split(faults, '|')) AS fault FROM refused)
         GROUP BY fault ORDER BY count DESC, example_row, fault
        """
    ).fetchall()
    return [
        {
            "code": fault.partition(":")[2],
            "params": _params(duck, fault.partition(":")[0], row, names, column_of),
            "count": count,
            "example_row": row,
        }
        for fault, count, row in found
    ]


def _params(duck: Watched, key: str, row: int, names: list[str], column_of: Mapping[str, str]) -> dict[str, Any]:
    cell = column_of.get(key, key)
    if not key or not cell[1:].isdigit():
        (shape,) = duck.execute("SELECT expected, actual FROM unreadable WHERE row = ?", [row]).fetchall() or [(0, 0)]
        return {"field": key, "column": "", "value": "", "expected": shape[0], "actual": shape[1]}
    (value,) = duck.execute(f"SELECT {cell} FROM raw WHERE row = ?", [row]).fetchall()[0]
    return {"field": key, "column": names[int(cell[1:])], "value": _shown(value), "expected": 0, "actual": 0}


def _shown(value: str | None) -> str:
    return (value or "").replace("\x00", "\ufffd")[:_VALUE_SHOWN]


def keep(duck: Watched, names: list[str], path: Path) -> None:
    """Write the refused rows with their cells as they were."""
    cells = ", ".join(f"raw.c{index}" for index in range(len(names)))
    duck.execute(
        f"""
        COPY (SELECT refused.row, refused.faults, unreadable.text, unreadable.expected, unreadable.actual, {cells}
                FROM refused LEFT JOIN raw ON raw.row = refused.row LEFT JOIN unreadable ON unreadable.row = refused.row
               ORDER BY refused.row)
          TO '{str(path).replace("'", "''")}' (FORMAT parquet)
        """
    )


def as_csv(record: Import, *, language: str) -> Iterator[bytes]:
    """The refused rows: row number, codes, sentences, then the columns of the file. Raises NotNow before a check.

    Begins with a byte order mark, without which spreadsheets take UTF-8 for something else. A cell that they would run
    as a formula gets a leading `'`.
    """
    path = workbench.refused_file(record.pk)
    if not record.check_report or not path.exists():
        raise NotNow(state=record.state)
    return _csv_chunks(record, path, language)


def _csv_chunks(record: Import, path: Path, language: str) -> Iterator[bytes]:
    names = [column["name"] for column in record.columns]
    mapping = record.answers.get("mapping", {})
    column_of = {key: name for key, name in mapping.items() if name is not None}
    column_of |= {f"c{index}": name for index, name in enumerate(names)}
    duck = workbench.connect(":memory:")
    try:
        found = duck.execute("SELECT * FROM read_parquet(?)", [str(path)])
        yield "\ufeff".encode() + _lines([["row", "reason_code", "reason", *names]])
        while rows := found.fetchmany(_ROWS_AT_A_TIME):
            yield _lines([_line(row, record.format, column_of, language) for row in rows])
    finally:
        duck.close()


def _line(row: tuple[Any, ...], form: Mapping[str, Any], column_of: Mapping[str, str], language: str) -> list[str]:
    number, faults, text, expected, actual, *cells = row
    told = [fault.partition(":") for fault in faults.split("|")]
    codes = "; ".join(code for _, _, code in told)
    words = "; ".join(
        sentence(code, language=language, column=column_of.get(key, key), expected=expected or 0, actual=actual or 0)
        for key, _, code in told
    )
    if text is not None:
        cells = cells_of(text, form.get("delimiter")) if form["type"] == "csv" else [text]
    return [str(number), codes, words, *(_harmless(cell) for cell in cells)]


def cells_of(text: str, delimiter: str | None) -> list[str]:
    """The cells of a row that has the wrong number of them; the row as one cell where even that cannot be told."""
    try:
        return next(csv.reader([text], delimiter=delimiter or ","), [])
    except csv.Error:
        return [text]


def _harmless(cell: str | None) -> str:
    cell = (cell or "").replace("\x00", "\ufffd")
    if cell.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def _lines(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
