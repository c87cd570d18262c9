"""Rows as a file people open in a spreadsheet: CSV or XLSX, written row by row, safe against formulas."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any, Final
from xml.sax.saxutils import escape

CONTENT_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def sent(*formats: str) -> dict[str, Any]:
    """The `openapi_extra` of an operation that answers with a file of one of these formats."""
    content: dict[str, Any] = {CONTENT_TYPES[one].partition(";")[0]: {} for one in formats}
    return {"responses": {200: {"description": "The file", "content": content}}}


# A spreadsheet runs what begins like this (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# XLSX cannot hold more rows on one sheet (ECMA-376).
_SHEET_ROWS = 1_048_576

WriteRow = Callable[[Sequence[Any]], None]


def sheet(file: IO[bytes], *, file_format: str, name: str) -> AbstractContextManager[WriteRow]:
    """Gives what writes a row of values; `name` is what a workbook calls its sheets. Numbers are written as numbers,
    everything else as text."""
    return _xlsx_sheet(file, name) if file_format == "xlsx" else _csv_sheet(file)


def plain_text(value: Any) -> str:
    """A value as the text of a cell. Instants are UTC with their offset."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what would begin one."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


@contextmanager
def _csv_sheet(file: IO[bytes]) -> Iterator[WriteRow]:
    """UTF-8 with a byte-order mark, which is what Excel needs to read Chinese."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)

    def write_row(values: Sequence[Any]) -> None:
        writer.writerow(
            [v if isinstance(v, int | Decimal) and not isinstance(v, bool) else harmless(plain_text(v)) for v in values]
        )

    yield write_row
    text.flush()
    text.detach()


@contextmanager
def _xlsx_sheet(file: IO[bytes], name: str) -> Iterator[WriteRow]:
    """The smallest workbook Excel, WPS and LibreOffice open, written row by row (ECMA-376 part 1).

    Text is written as text cells, which are never calculated, so that `+86…` stays as it is. Rows past what one sheet
    holds go to further sheets.
    """
    sheets = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=1) as archive:
        book = _SheetWriter(archive)
        yield book.write_row
        sheets = book.close()
        archive.writestr("xl/workbook.xml", _workbook(sheets, name))
        archive.writestr("xl/_rels/workbook.xml.rels", _workbook_relations(sheets))
        archive.writestr("_rels/.rels", _ROOT_RELATIONS)
        archive.writestr("[Content_Types].xml", _content_types(sheets))


class _SheetWriter:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._sheet: IO[bytes] | None = None
        self._rows = 0
        self._sheets = 0

    def write_row(self, values: Sequence[Any]) -> None:
        if self._sheet is None or self._rows == _SHEET_ROWS:
            self._finish()
            self._sheets += 1
            self._rows = 0
            self._sheet = self._archive.open(f"xl/worksheets/sheet{self._sheets}.xml", "w", force_zip64=True)
            self._sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        self._sheet.write(f"<row>{''.join(map(_xml_cell, values))}</row>".encode())
        self._rows += 1

    def _finish(self) -> None:
        if self._sheet is not None:
            self._sheet.write(b"</sheetData></worksheet>")
            self._sheet.close()

    def close(self) -> int:
        self._finish()
        return self._sheets


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ROOT_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)


# XML 1.0 cannot carry these, escaped or not.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _xml_cell(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    if value is None:
        return "<c/>"
    text = _CONTROLS.sub("", plain_text(value))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _workbook(sheets: int, name: str) -> str:
    listed = "".join(f'<sheet name="{escape(name)} {n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, sheets + 1))
    return f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'


def _workbook_relations(sheets: int) -> str:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, sheets + 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    listed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
        for n in range(1, sheets + 1)
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{listed}</Types>'
    )
