"""What every test stands on: a real PostgreSQL of this run (see tests/database.py)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.test import TransactionTestCase

from tests import database, thoroughness

thoroughness.load_profile()


def _emptied(_: TransactionTestCase) -> None:
    database.empty()


# What pytest-django calls after each transactional test.
TransactionTestCase._fixture_teardown = _emptied  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-randomly takes its seed."""
    if getattr(config.option, "randomly_seed", None) == "default" and not thoroughness.THOROUGH:
        config.option.randomly_seed = thoroughness.REPEATED_SEED


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After pytest-randomly has put them in its order: files with tests that take long first, so that no process
    begins the longest when the others have nothing left to do. Within a file, and among the others, its order stays."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """In place of Django's own test databases: a copy of the migrated template, used as the application's role."""
    from django.db import connections

    name = f"huike_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():
        database.create_database(name)
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()
            connection.close_pool()
    database.drop_database(name)


@pytest.fixture
def owner_connection(db: None) -> Iterator[psycopg.Connection]:
    """This test's database as the role that owns the tables, apart from the test's own transaction."""
    with psycopg.connect(os.environ["HUIKE_OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser_connection(db: None) -> Iterator[psycopg.Connection]:
    """This test's database as the server's administrator, for what happens to connections and locks."""
    with psycopg.connect(database.as_superuser(os.environ["HUIKE_DATABASE_URL"]), autocommit=True) as connection:
        yield connection


@pytest.fixture
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without tables, on the server of this run; its address as the owner."""
    name = f"empty_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    yield database.create_empty_database(name)
    database.drop_database(name)
