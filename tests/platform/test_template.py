"""The tables that tests stand on are those that migrating makes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests import database

pytestmark = pytest.mark.slow


def _dump(file: Path, url: str) -> str:
    """Without the instants at which rows were written, and without casts and brackets: PostgreSQL writes the cast of an
    array as that of its elements once it read it."""
    database.keep_template(file, url=url)
    told = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\+00", "then", file.read_text())
    return re.sub(r"::(character varying|text)(\[\])?|[()]", "", told)


def test_the_kept_sql_makes_what_migrating_makes(empty_database: str, tmp_path: Path) -> None:
    kept = tmp_path / "migrated.sql"
    database.migrate(empty_database)
    made = _dump(kept, empty_database)
    assert made.count("CREATE TABLE") > 100
    name = f"read_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    try:
        again = database.create_empty_database(name)
        database.read_template(kept, url=again)
        assert _dump(tmp_path / "again.sql", again) == made
        # And what this run read is not of an older state of the code.
        database.create_database(name)
        assert _dump(tmp_path / "run.sql", again) == made
    finally:
        database.drop_database(name)
