"""Finding a person's values in files on disk."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.customers.privacy import files
from huike.customers.privacy.files import Search, holds, search_of
from huike.customers.privacy.rules import Values, bytes_pattern_of, values_of
from huike.imports import workbench

PHONE = "+8613899887766"
EMAIL = "qilin.ouyang@erase-me.example"
ADDRESS = "麒麟巷七号院三单元"
NAME = "欧阳麒麟儿"
VALUES = values_of(phones=[PHONE], emails=[EMAIL], texts=[ADDRESS], names=[NAME, "Li Na"])
ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
COLUMNS = {
    "text": "'138 9988 7766'",
    "number": "13899887766",
    "nested": "{'phone': ['13899887766']}",
    "packed": "CASE WHEN n = 70000 THEN '13899887766' ELSE 'some other person, ' || n END",
}


def searching(values: Values = VALUES, *, names: bool = False) -> Search:
    search = search_of(values, names=names)
    assert search is not None
    return search


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip"])
@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_value_in_a_compressed_parquet_file_is_found(tmp_path: Path, column: str, compression: str) -> None:
    path = tmp_path / "source"
    rows = f"SELECT {column} AS c, n FROM range(100000) t (n)"
    duckdb.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION {compression})")
    assert holds(path, searching())


def test_a_parquet_file_without_her_is_not_given_up(tmp_path: Path) -> None:
    path = tmp_path / "source"
    # Two cells that would be her number if nothing stood between them.
    rows = "SELECT unnest(['1389988', '7766', NULL]) AS phone, NULL AS empty"
    duckdb.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    assert not holds(path, searching())


def test_a_damaged_parquet_file_is_looked_at_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(b"PAR1 half written 13899887766")
    assert holds(path, searching())
    path.write_bytes(b"PAR1 half written")
    assert not holds(path, searching())


@pytest.mark.parametrize("value", ["13899887766", "138-9988-7766", EMAIL.upper(), ADDRESS])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_value_is_found_in_every_encoding_and_packing(tmp_path: Path, encoding: str, value: str) -> None:
    text = f"姓名,说明\n张三,没有\n某人,见{value}一栏\n"
    told, other = text.encode(encoding), text.replace(value, "13500000001").encode(encoding)
    path = tmp_path / "source"
    for pack in (bytes, gzip.compress, zipped):
        path.write_bytes(pack(told))
        assert holds(path, searching())
        path.write_bytes(pack(other))
        assert not holds(path, searching())


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"nothing")
        archive.writestr("b.txt", content)
    return buffer.getvalue()


def test_a_value_in_a_spreadsheet_is_found(tmp_path: Path) -> None:
    path = tmp_path / "source"
    with workbench.connect(":memory:") as duck:
        duck.execute(f"COPY (SELECT '张三' AS name, 13899887766 AS phone) TO '{path}' (FORMAT xlsx)")
    assert holds(path, searching())


def test_a_value_deep_in_a_large_utf_16_file_of_plain_letters_is_found(tmp_path: Path) -> None:
    """Beyond the first piece nothing says that it is UTF-16: no mark, and every byte of it is ASCII."""
    path = tmp_path / "source"
    path.write_bytes(("plain words\n" * 200_000 + "13899887766\n" + "plain words\n" * 200_000).encode("utf-16"))
    assert path.stat().st_size > 2 * files._PIECE_BYTES
    assert holds(path, searching())


def test_a_name_counts_as_a_word_of_its_own_and_only_where_names_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("name\nLi Na\n")
    assert holds(path, searching(names=True))
    assert not holds(path, searching(names=False))
    path.write_text("name\nLi Nali\n")
    assert not holds(path, searching(names=True))


def test_a_file_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert not holds(tmp_path / "never", searching())


def test_nobody_known_by_anything_is_searched_for_nowhere() -> None:
    assert search_of(Values(), names=True) is None
    assert search_of(Values(names=("欧阳",)), names=False) is None


# The two looks against the exact one alone, over the whole content at once.

SMALL_PIECE, SMALL_OVERLAP = 512, 128
hers = st.sampled_from([*VALUES.strong, *(value.upper() for value in VALUES.strong)])
others = st.text(
    st.sampled_from("0123456789abcQLN @.-+,\n\"'麒麟巷七号院三单元张王李é€𠀀😀") | st.characters(codec="utf-8"),
    max_size=60,
)


def exactly(content: bytes, values: Values, *, names: bool) -> bool:
    pattern = bytes_pattern_of(values, names=names)
    assert pattern is not None
    forms = [content] + [
        content.decode(name, "ignore").encode("utf-8", "ignore") for name in ("gb18030", "utf-16-le", "utf-16-be")
    ]
    return any(pattern.search(form) for form in forms)


@given(parts=st.lists(others | hers, max_size=40), encoding=st.sampled_from(ENCODINGS), names=st.booleans())
def test_the_fast_search_finds_what_the_exact_one_finds(parts: list[str], encoding: str, names: bool) -> None:
    content = "".join(parts).encode(encoding)
    with patch.multiple(files, _PIECE_BYTES=SMALL_PIECE, _OVERLAP_BYTES=SMALL_OVERLAP):
        found = files._is_in(io.BytesIO(content), searching(names=names))
    assert found == exactly(content, VALUES, names=names)


@given(
    value=st.sampled_from(VALUES.strong),
    encoding=st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-16-be"]),
    begins_at=st.integers(0, 3 * SMALL_PIECE),
    filling=st.sampled_from(["麒", "a", "中文,", "𠀀麟"]),
    seed=st.integers(0, 9),
)
def test_a_value_is_found_wherever_pieces_end(
    value: str, encoding: str, begins_at: int, filling: str, seed: int
) -> None:
    before = filling * begins_at
    after = filling * random.Random(seed).randrange(2 * SMALL_PIECE)
    content = (before[:begins_at] + value + after).encode(encoding)
    without = (before[:begins_at] + after).encode(encoding)
    with patch.multiple(files, _PIECE_BYTES=SMALL_PIECE, _OVERLAP_BYTES=SMALL_OVERLAP):
        assert files._is_in(io.BytesIO(content), searching())
        assert not files._is_in(io.BytesIO(without), searching())
