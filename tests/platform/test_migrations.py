"""Migrations make what the models say, and every package makes its tables in the same two steps (docs/adr/0018)."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

import huike


def test_models_and_migrations_do_not_drift() -> None:
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    assert {label: [str(one) for each in found for one in each.operations] for label, found in changes.items()} == {}


def test_every_package_makes_its_tables_first() -> None:
    first = {path.parent.parent.name: path.name for path in _migrations("0001")}
    assert set(first.values()) == {"0001_tables.py"}
    assert {path.name for path in _migrations("0002")} == {"0002_kept_by_the_database.py"}


def _migrations(number: str) -> list[Path]:
    return list(Path(huike.__file__).parent.glob(f"*/migrations/{number}_*.py"))
