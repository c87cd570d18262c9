"""Migrations make what the models say, and every package makes its tables in the same two steps (docs/adr/0018)."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

import huike


@pytest.mark.django_db
def test_models_and_migrations_do_not_drift() -> None:
    told = StringIO()
    call_command("makemigrations", dry_run=True, stdout=told)
    assert told.getvalue() == "No changes detected\n"


def test_every_package_makes_its_tables_first() -> None:
    first = {path.parent.parent.name: path.name for path in _migrations("0001")}
    assert set(first.values()) == {"0001_tables.py"}
    assert {path.name for path in _migrations("0002")} == {"0002_kept_by_the_database.py"}


def _migrations(number: str) -> list[Path]:
    return list(Path(huike.__file__).parent.glob(f"*/migrations/{number}_*.py"))
