"""What a file is, is found out from the file; what it cannot be is said."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from huike.imports import formats, workbench
from huike.imports.errors import FileEmpty, FileTooLarge, FileUnreadable, GzipBomb
from huike.imports.fields import Column, propose
from huike.imports.models import Import
from huike.orders.models import Order
from huike.platform.config import get_config
from tests.imports.files import RETAIL, bring, check, text_of, whole

LIMIT = 1 << 34
LINE = ("1001", "A1", "Mug", "2", "2011-07-01 12:00:00", "2.50", "17850", "France")
IN_FILE = text_of(RETAIL, [LINE])


def inspected(tmp_path: Path, content: bytes) -> formats.Format:
    path = tmp_path / "file"
    path.write_bytes(content)
    return formats.inspect(path, unpack_limit_bytes=LIMIT)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_when_it_is_a_common_one(tmp_path: Path, delimiter: str) -> None:
    form = inspected(tmp_path, text_of(RETAIL, [LINE] * 3, delimiter=delimiter))

    assert (form.type, form.delimiter, form.has_header) == ("csv", delimiter, True)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "订单号,城市\n1,上海\n"),
        ("utf-8-sig", "订单号,城市\n1,上海\n"),
        ("utf-16", "订单号,城市\n1,上海\n"),
        ("utf-16-le", "id,city\n1,London\n"),
        ("utf-16-be", "id,city\n1,London\n"),
        ("gb18030", "订单号,城市\n1,上海\n"),
        ("latin-1", "id,city\n1,Málaga, España\n"),
    ],
)
def test_the_encoding_is_found_when_it_is_a_common_one(tmp_path: Path, encoding: str, text: str) -> None:
    form = inspected(tmp_path, text.encode(encoding))

    assert form.encoding == {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)


def test_there_is_no_header_when_the_first_row_holds_values(tmp_path: Path) -> None:
    assert not inspected(tmp_path, text_of(LINE, [LINE])).has_header


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"", FileEmpty, id="nothing"),
        pytest.param(b"  \n\n", FileEmpty, id="blanks"),
        pytest.param(b"%PDF-1.7 ...", FileUnreadable, id="pdf"),
        pytest.param(b"\xd0\xcf\x11\xe0 an old spreadsheet", FileUnreadable, id="xls"),
        pytest.param(b"PK\x03\x04 not really", FileUnreadable, id="no zip"),
        pytest.param(gzip.compress(b"a,b\n1,2\n" * 1000)[:-20], FileUnreadable, id="half a gzip"),
    ],
)
def test_the_file_is_refused_when_it_cannot_be_read(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        inspected(tmp_path, content)


def test_headers_are_understood_when_they_are_chinese() -> None:
    names = ("订单编号", "商品编码", "商品名称", "数量", "单价(元)", "下单时间", "会员手机号", "门店")
    mapping = propose("orders", [Column(name, ()) for name in names])

    assert {key: name for key, name in mapping.items() if name} == {
        "order_id": "订单编号",
        "sku": "商品编码",
        "description": "商品名称",
        "quantity": "数量",
        "unit_price": "单价(元)",
        "placed_at": "下单时间",
        "phone": "会员手机号",
        "store_code": "门店",
    }


def test_columns_are_proposed_by_what_is_in_them_when_their_names_say_nothing() -> None:
    columns = [Column("x", ("li@example.com",)), Column("y", ("13812345678",)), Column("z", ("blue",))]
    mapping = propose("customers", columns)

    assert (mapping["email"], mapping["phone"]) == ("x", "y")
    assert "z" not in mapping.values()


def test_columns_get_names_of_their_own_when_headers_repeat() -> None:
    assert formats.unique_names(["a", "", "a", "#2"]) == ["a", "#2", "a (2)", "#2 (2)"]


def xlsx(*rows: str) -> bytes:
    """The smallest spreadsheet whose cells are written out, so that a formula with its value can be in it."""
    sheet = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, start=1))
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()


def texts(row: int, *values: str) -> str:
    return "".join(
        f'<c r="{chr(65 + column)}{row}" t="inlineStr"><is><t>{value}</t></is></c>'
        for column, value in enumerate(values)
    )


@pytest.mark.django_db(transaction=True)
def test_the_value_is_taken_and_not_the_formula_when_a_spreadsheet_has_one() -> None:
    second = (
        texts(2, "1001", "A1")
        + '<c r="C2"><f>1+2</f><v>3</v></c><c r="D2"><v>1.1000000000000001</v></c><c r="E2"><v>40725.5</v></c>'
    )
    content = xlsx(texts(1, "order id", "sku", "quantity", "price", "date"), second)

    record = whole(content, filename="orders.xlsx")

    assert record.format["type"] == "xlsx"
    order = Order.objects.get()
    assert (order.net_minor, order.lines.get().unit_price_micros) == (330, 1_100_000)
    assert order.placed_at == datetime(2011, 7, 1, 11, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_the_orders_are_the_same_when_the_file_is_json_lines_or_parquet(tmp_path: Path) -> None:
    whole(IN_FILE)
    lines = "\n".join(json.dumps(dict(zip(RETAIL, LINE, strict=True))) for _ in range(1))

    from_json = whole(lines.encode() + b"\nnonsense\n[1]\n", filename="shop.jsonl")

    assert (from_json.result["unchanged"], from_json.result["created"]) == (1, 0)
    assert [reason["code"] for reason in from_json.check_report["reasons"]] == ["row.not_an_object"]
    path = tmp_path / "shop.parquet"
    cells = ", ".join(f"'{value}' AS {name}" for name, value in zip(RETAIL, LINE, strict=True))
    typed = "Quantity::INT AS Quantity, InvoiceDate::TIMESTAMP AS InvoiceDate"
    duckdb.sql(f"COPY (SELECT * REPLACE ({typed}) FROM (SELECT {cells})) TO '{path}'")

    from_parquet = whole(path.read_bytes(), filename="shop.parquet")

    assert from_parquet.result["unchanged"] == 1


@pytest.mark.django_db(transaction=True)
def test_row_numbers_are_those_of_the_file_when_rows_are_blank_or_ragged() -> None:
    bad = ("1009", "A1", "Mug", "x", "2011-07-01 12:00:00", "2.50", "17850", "France")
    content = IN_FILE + b"\r\n" + b"1,2\r\n" + b"\r\n" + text_of(bad, [])

    record = check(bring(content))

    rows = {reason["code"]: reason["example_row"] for reason in record.check_report["reasons"]}
    assert rows == {"row.ragged": 4, "number.unreadable": 6}
    assert record.check_report["blank_rows"] == 2
    assert record.check_report["rows"] == 5


@pytest.mark.django_db(transaction=True)
def test_the_check_fails_by_name_when_a_quote_is_never_closed() -> None:
    content = IN_FILE + b'1002,A1,"Mug,2,2011-07-01,2.50,17850,France\r\n' + b"x,y\r\n" * 4_000_000

    record = check(bring(content))

    assert (record.state, record.error_code) == ("failed", "file.quote_never_closes")
    assert not workbench.checked_file(record.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_when_the_upload_is_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIKE_UPLOAD_LIMIT_BYTES", "100")
    get_config.cache_clear()
    try:
        with pytest.raises(FileTooLarge):
            bring(IN_FILE)
    finally:
        monkeypatch.undo()
        get_config.cache_clear()

    assert not Import.objects.exists()
    assert not list((get_config().data_dir / "imports").glob("incoming-*"))


@pytest.mark.django_db(transaction=True)
def test_the_check_fails_by_name_when_a_packed_file_unpacks_without_end() -> None:
    bomb = IN_FILE + b"1002,A1,Mug,2,2011-07-01,2.50,17850,France\r\n" * 4_000_000

    record = check(bring(gzip.compress(bomb, compresslevel=9), filename="bomb.csv.gz"))

    assert (record.state, record.error_code) == ("failed", GzipBomb.code)
    assert not Order.objects.exists()
