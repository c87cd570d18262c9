"""`huike up` starts everything, keeps it running whatever is killed, and leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from huike.platform.postgres import EmbeddedPostgres
from tests.cli.product import Product, huike, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running() -> Iterator[Product]:
    """One product for the tests that leave it running."""
    folder = Path(tempfile.mkdtemp(prefix="huike-up-"))
    product = Product(folder / "data").start()
    yield product
    product.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """For the tests that end the product, one after the other: making its database anew for each would prove no more
    and take as long as all the rest of a start."""
    folder = Path(tempfile.mkdtemp(prefix="huike-up-"))
    yield folder / "data"
    shutil.rmtree(folder)


def heartbeat_is_fresh(product: Product, since: str) -> bool:
    with psycopg.connect(EmbeddedPostgres(product.data_dir).app_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM platform_loop_heartbeat WHERE beat_at > %s::timestamptz", [since]
        ).fetchone()
        return bool(row and row[0])


def database_now(product: Product) -> str:
    with psycopg.connect(EmbeddedPostgres(product.data_dir).app_url) as connection:
        row = connection.execute("SELECT now()::text").fetchone()
        assert row is not None
        return str(row[0])


def test_owner_can_sign_in_when_the_product_started_for_the_first_time(running: Product) -> None:
    email, password = running.first_sign_in()
    assert email == "owner@huike.local"
    assert running.signs_in()
    assert running.said.count(password) == 1
    assert stat.S_IMODE((running.data_dir / "first-sign-in.txt").stat().st_mode) == 0o600


def test_second_start_is_refused_with_a_reason_when_the_first_runs(running: Product) -> None:
    refused = huike("up", env=running.env)
    assert refused.returncode == 1
    assert refused.stderr.startswith("huike: Huike already runs on the data folder")
    assert f"process {running.pid}" in refused.stderr
    assert running.signs_in()


def test_start_is_refused_with_a_reason_when_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = huike("up", env=Product(tmp_path / "data", port=port).env)
    assert refused.returncode == 1
    assert f"127.0.0.1:{port} cannot be listened on" in refused.stderr
    assert "HUIKE_PORT" in refused.stderr
    assert not (tmp_path / "data" / "postgres" / "cluster").exists()


def test_start_is_refused_by_name_when_a_setting_is_odd(tmp_path: Path) -> None:
    refused = huike("up", env=Product(tmp_path / "data", HUIKE_CURRENCY="YUAN").env)
    assert refused.returncode == 2
    assert refused.stderr.startswith("huike: HUIKE_CURRENCY: ")
    assert not (tmp_path / "data").exists()


def test_command_uses_the_running_database_when_the_product_runs(running: Product) -> None:
    created = huike("createuser", "clerk@example.com", "--role", "clerk", env=running.env)
    assert created.returncode == 0, created.stderr
    with psycopg.connect(EmbeddedPostgres(running.data_dir).app_url) as connection:
        row = connection.execute("SELECT role FROM staff_user WHERE email = 'clerk@example.com'").fetchone()
    assert row == ("clerk",)
    assert len(created.stdout.strip()) >= 12


@pytest.mark.parametrize("name", ["serve", "work", "postgres"])
def test_product_recovers_by_itself_when_a_part_is_killed(running: Product, name: str) -> None:
    before = database_now(running)
    part = running.part(name)
    part.kill()

    def is_back() -> bool:
        try:
            return running.part(name).pid != part.pid
        except LookupError:
            return False

    until(is_back, f"{name} is started again")
    until(running.signs_in, "people can sign in again")
    until(lambda: heartbeat_is_fresh(running, before), "the worker's loops run again")
    assert running.process is not None
    assert running.process.poll() is None


def test_nothing_is_left_when_the_product_is_told_to_stop(data_dir: Path) -> None:
    product = Product(data_dir).start()
    family = product.family()
    assert product.stop(signal.SIGTERM) == 0
    assert [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    assert not (data_dir / "postgres" / "cluster" / "postmaster.pid").exists()


def test_product_starts_again_when_its_supervisor_was_killed(data_dir: Path) -> None:
    product = Product(data_dir).start()
    family = product.family()
    product.stop(signal.SIGKILL)
    again = Product(data_dir, port=product.port).start()
    try:
        assert again.signs_in()
        until(
            lambda: not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE],
            "every process of the killed product ends",
        )
        assert again.signs_in()
        assert "password" not in again.said
    finally:
        again.stop()


def test_product_stops_when_the_process_it_is_tied_to_is_killed(data_dir: Path) -> None:
    product = Product(data_dir)
    script = (
        "import os, subprocess, sys; "
        "subprocess.run([sys.executable, '-m', 'huike', 'up', f'--stop-with-parent={os.getpid()}'])"
    )
    parent = psutil.Popen([sys.executable, "-c", script], env=product.env, stderr=product.log.open("wb"))
    until(lambda: "is ready after" in product.said, "the product is ready")
    family = parent.children(recursive=True)
    parent.kill()
    parent.wait()
    until(
        lambda: not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE],
        "the product stops with its parent",
    )
