"""DuckDB loads what it needs from installed packages, and only what DuckDB's makers signed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from huike.lake import connection


def test_an_extension_that_was_changed_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection._verified.cache_clear()
    good = connection._verified("ducklake")
    spoilt = tmp_path / "extensions" / f"v{duckdb.__version__}" / good.name
    spoilt.parent.mkdir(parents=True)
    content = bytearray(good.read_bytes())
    content[len(content) // 2] ^= 1
    spoilt.write_bytes(content)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    connection._verified.cache_clear()
    with pytest.raises(duckdb.IOException, match="signature"):
        connection.open_duckdb(threads=1, memory_limit="100MB", overflow=tmp_path)
    connection._verified.cache_clear()
