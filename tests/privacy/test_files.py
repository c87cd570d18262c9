"""Finding a person's values in files on disk."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from huike.customers.privacy.files import holds

PHONE = re.compile(rb"138\D?9988\D?7766")
COLUMNS = {
    "text": "'138 9988 7766'",
    "number": "13899887766",
    "nested": "{'phone': ['13899887766']}",
    "packed": "CASE WHEN n = 70000 THEN '13899887766' ELSE 'some other person, ' || n END",
}


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip"])
@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_value_in_a_compressed_parquet_file_is_found(tmp_path: Path, column: str, compression: str) -> None:
    path = tmp_path / "source"
    rows = f"SELECT {column} AS c, n FROM range(100000) t (n)"
    duckdb.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION {compression})")
    assert holds(path, PHONE)


def test_a_parquet_file_without_her_is_not_given_up(tmp_path: Path) -> None:
    path = tmp_path / "source"
    duckdb.execute(f"COPY (SELECT '13500000001' AS phone, NULL AS empty) TO '{path}' (FORMAT parquet)")
    assert not holds(path, PHONE)


def test_a_damaged_parquet_file_is_looked_at_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(b"PAR1 half written 13899887766")
    assert holds(path, PHONE)
    path.write_bytes(b"PAR1 half written")
    assert not holds(path, PHONE)
