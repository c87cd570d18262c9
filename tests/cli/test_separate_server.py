"""Huike on a PostgreSQL that somebody else runs, down to version 15."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from huike.platform.postgres import EmbeddedPostgres
from tests.cli.product import Product, environment, huike
from tests.cli.separate_server import SeparateServer, binaries_of, separate_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["15", "16"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeparateServer]:
    binaries = binaries_of(request.param)
    if binaries is None:
        pytest.skip(f"PostgreSQL {request.param} is not installed (see scripts/setup-postgres)")
    with separate_server(tmp_path_factory.mktemp("separate"), binaries) as running:
        yield running


@pytest.fixture
def env(server: SeparateServer, tmp_path: Path) -> dict[str, str]:
    """Two roles: one that owns the tables, one that works with them."""
    server.make_database()
    return environment(
        tmp_path / "data", 1, HUIKE_DATABASE_URL=server.app_url, HUIKE_OWNER_DATABASE_URL=server.owner_url
    )


def test_application_works_with_rows_only_when_the_owner_migrated(server: SeparateServer, env: dict[str, str]) -> None:
    for _ in ("first", "again"):
        migrated = huike("migrate", env=env)
        assert migrated.returncode == 0, migrated.stderr
    with psycopg.connect(server.app_url, autocommit=True) as app:
        app.execute(
            "INSERT INTO platform_loop_heartbeat (name, beat_at, last_error, details) VALUES ('x', now(), '', '{}')"
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DROP TABLE platform_loop_heartbeat")
        app.execute("CREATE TABLE lake.mine (id int)")


def test_product_starts_and_stops_when_one_role_does_everything(server: SeparateServer, tmp_path: Path) -> None:
    server.make_database()
    product = Product(tmp_path / "data", HUIKE_DATABASE_URL=server.owner_url).start()
    try:
        assert product.signs_in()
        assert not (tmp_path / "data" / "postgres").exists()
    finally:
        assert product.stop() == 0
    with psycopg.connect(server.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM staff_user").fetchone() == (1,)


def test_doctor_says_what_is_wrong_when_the_database_is_empty(env: dict[str, str]) -> None:
    checked = huike("check", env=env)
    assert checked.returncode == 1
    assert "Run: huike migrate" in checked.stdout


def test_doctor_names_the_address_when_no_server_answers(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:9/none"
    checked = huike("check", env=environment(tmp_path / "data", 1, HUIKE_DATABASE_URL=url))
    assert checked.returncode == 1
    assert "127.0.0.1" in checked.stdout
    assert "secret" not in checked.stdout + checked.stderr


def test_rows_and_key_are_the_same_when_a_backup_moves_to_another_server(
    server: SeparateServer, env: dict[str, str], tmp_path: Path
) -> None:
    here = environment(tmp_path / "here", 1)
    assert huike("migrate", env=here).returncode == 0
    assert huike("createuser", "first@example.com", "--name", "店主 'O''Brien'", env=here).returncode == 0
    made = huike("backup", str(tmp_path / "backup.tar"), env=here)
    assert made.returncode == 0, made.stderr

    restored = huike("restore", str(tmp_path / "backup.tar"), env=env)
    assert restored.returncode == 0, restored.stderr
    with psycopg.connect(server.app_url) as connection:
        assert connection.execute("SELECT email, name FROM staff_user").fetchall() == [
            ("first@example.com", "店主 'O''Brien'")
        ]
    assert (tmp_path / "data" / "secret.key").read_text() == (tmp_path / "here" / "secret.key").read_text()

    # And back into an embedded one.
    back = environment(tmp_path / "back", 1)
    assert huike("backup", str(tmp_path / "second.tar"), env=env).returncode == 0
    assert huike("restore", str(tmp_path / "second.tar"), env=back).returncode == 0
    with EmbeddedPostgres(tmp_path / "back") as embedded, psycopg.connect(embedded.app_url) as connection:
        assert connection.execute("SELECT email FROM staff_user").fetchall() == [("first@example.com",)]
