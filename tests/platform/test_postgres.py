"""The embedded server keeps its promises: see the charter of huike.platform.postgres."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from huike.platform.postgres import (
    DataFolderInUse,
    DataFolderUnusable,
    EmbeddedPostgres,
    PostgresNotStarted,
    launch,
    throwaway,
)
from huike.platform.postgres.layout import LONGEST_SOCKET_FOLDER_BYTES
from huike.platform.postgres.processes import server_processes

pytestmark = pytest.mark.slow

ROOT = os.geteuid() == 0
PATIENCE_SECONDS = 60.0

only_root = pytest.mark.skipif(not ROOT, reason="about what root may and may not do; this run is a plain user's")


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:g} s: {what}"
        time.sleep(0.02)


def quick(data_dir: Path) -> EmbeddedPostgres:
    """Without waiting for the disk; not for tests of crashes."""
    return EmbeddedPostgres(data_dir, durable=False)


def processes_of(server: EmbeddedPostgres) -> list[int]:
    return server_processes(cluster=server.layout.cluster, cluster_name=server.cluster_name)


def supervisor_process(data_dir: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [options.get("executable", sys.executable), "-m", "tests.platform.postgres_process", str(data_dir), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder every user may pass, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="huike-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with quick(tmp_path / "data") as running:
        yield running


# -- who may do what --


def test_sign_in_is_refused_when_the_password_is_wrong(server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.app_url, password="wrong")


@pytest.mark.parametrize("role", ["huike_superuser", "huike_owner", "huike_app"])
def test_sign_in_is_refused_when_no_password_is_given(server: EmbeddedPostgres, role: str) -> None:
    folder = server.layout.socket_folder()
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=str(folder), user=role, dbname="huike")


def test_neither_role_is_superuser_when_the_product_works(server: EmbeddedPostgres) -> None:
    for url in (server.app_url, server.owner_url):
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles "
                "WHERE rolname = current_user"
            ).fetchone()
            assert row == (False, False, False, False, False)


def test_application_reads_and_writes_rows_but_changes_no_table_when_the_owner_makes_one(
    server: EmbeddedPostgres,
) -> None:
    with psycopg.connect(server.owner_url) as owner:
        owner.execute("CREATE TABLE till (id bigint GENERATED ALWAYS AS IDENTITY, takings_minor bigint)")
    with psycopg.connect(server.app_url, autocommit=True) as app:
        app.execute("INSERT INTO till (takings_minor) VALUES (1), (2)")
        app.execute("UPDATE till SET takings_minor = 3 WHERE takings_minor = 2")
        app.execute("DELETE FROM till WHERE takings_minor = 1")
        assert app.execute("SELECT takings_minor FROM till").fetchall() == [(3,)]
        for refused in ("CREATE TABLE mine (id int)", "ALTER TABLE till ADD x int", "DROP TABLE till", "TRUNCATE till"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(refused)


def test_application_makes_tables_of_its_own_when_they_are_the_lakes(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.app_url) as app:
        app.execute("CREATE TABLE lake.catalogue (id int)")
        app.execute("DROP TABLE lake.catalogue")


def test_no_port_is_open_when_the_server_runs(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.superuser_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_data_is_checked_and_text_is_utf8_when_the_cluster_is_made(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.app_url) as connection:
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        # Letters outside ASCII are letters: upper and lower case, and words for searching.
        assert connection.execute("SELECT upper('é'), lower('Ä'), '中' ~ '\\w'").fetchone() == ("É", "ä", True)


def test_passwords_are_readable_by_their_user_alone_when_kept(server: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(server.layout.passwords_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.layout.cluster.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.layout.socket_folder().stat().st_mode) == 0o700


def test_start_is_refused_with_a_reason_when_the_passwords_are_gone(tmp_path: Path) -> None:
    with quick(tmp_path / "data") as server:
        passwords_file = server.layout.passwords_file
    passwords_file.unlink()
    with pytest.raises(DataFolderUnusable, match=r"passwords\.json is missing"):
        quick(tmp_path / "data").start()


# -- folders --


def test_server_starts_when_the_path_is_too_long_for_a_socket(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 40)
    with quick(data_dir) as server:
        folder = server.layout.socket_folder()
        assert len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER_BYTES
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert server.answers()
    with quick(data_dir) as again:
        assert again.layout.socket_folder() == folder
        assert again.answers()
    shutil.rmtree(folder)


def test_socket_folder_is_left_alone_when_somebody_opened_it_to_others(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 40)
    with quick(data_dir) as server:
        opened = server.layout.socket_folder()
    opened.chmod(0o777)
    with quick(data_dir) as again:
        closed = again.layout.socket_folder()
        assert closed != opened
        assert again.answers()
    shutil.rmtree(opened)
    shutil.rmtree(closed)


@pytest.mark.parametrize(
    "name", ["with blank", "quote's", 'double"quote', "comma,comma", "100%", "中文", "back\\slash"]
)
def test_server_starts_when_the_path_has_odd_characters(tmp_path: Path, name: str) -> None:
    with quick(tmp_path / name) as server:
        assert server.answers()


def test_folders_above_keep_their_permissions_when_they_are_closed(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    data_dir = closed / "data"
    data_dir.mkdir(mode=0o700)
    above = [data_dir, closed, tmp_path, *tmp_path.parents]
    before = [(path, path.stat().st_mode, path.stat().st_uid) for path in above]
    with quick(data_dir) as server:
        assert server.answers()
        assert [(path, path.stat().st_mode, path.stat().st_uid) for path in above] == before
    assert [(path, path.stat().st_mode, path.stat().st_uid) for path in above] == before


@only_root
def test_server_keeps_only_the_right_to_pass_when_a_folder_is_closed_to_it(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    with quick(tmp_path / "home" / "data") as server:
        status = process_status(server.pid)
        assert status["Uid"].split()[0] != "0"
        assert int(status["CapEff"], 16) in (1 << launch.CAP_DAC_READ_SEARCH, 1 << launch.CAP_DAC_OVERRIDE)


@only_root
def test_server_keeps_no_right_of_root_when_it_needs_none(open_folder: Path) -> None:
    if not reachable_by_others(Path(sys.prefix)):
        pytest.skip(f"{sys.prefix} itself is closed to other users, so the right to pass is needed")
    with quick(open_folder / "data") as server:
        status = process_status(server.pid)
        assert status["Uid"].split()[0] != "0"
        assert {status[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}


@only_root
def test_start_is_refused_with_a_way_out_when_the_right_to_pass_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    with_less = ["setpriv", "--bounding-set=-dac_read_search,-dac_override", "--inh-caps=-all"]
    command = [
        *with_less,
        sys.executable,
        "-m",
        "tests.platform.postgres_process",
        str(tmp_path / "home" / "data"),
        "ask",
    ]
    # Root without these rights passes its own folders still, the server's user does not.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("postgres.data_folder_unreachable")
    assert "HUIKE_DATA_DIR" in done.stdout


def process_status(pid: int | None) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture
def plain_user() -> dict[str, object]:
    """How to start a process as a user without rights, with an interpreter that user can reach."""
    who: dict[str, object] = {"user": 65534, "group": 65534, "extra_groups": []}
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "HOME": "/nonexistent",
    }
    for python in (sys.executable, "/usr/bin/python3"):
        command = [python, "-c", "import huike.platform.postgres.server"]
        try:
            subprocess.run(command, check=True, env=environment, capture_output=True, **who)  # type: ignore[call-overload]
        except (OSError, subprocess.CalledProcessError):
            continue
        return {**who, "executable": python, "env": environment}
    pytest.skip("no interpreter, or not this checkout, can be reached by a plain user of this machine")


def reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (path, *path.parents))


@only_root
def test_server_runs_as_the_caller_when_that_is_a_plain_user(open_folder: Path, plain_user: dict[str, object]) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    for _ in ("first", "second"):
        process = supervisor_process(home / "data", "ask", **plain_user)
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, out.split()) == (0, ["huike_app", "huike"])
    assert {path.stat().st_uid for path in home.rglob("*")} == {65534}


@only_root
def test_server_runs_as_the_owner_of_the_data_when_root_starts_a_plain_users_folder(
    open_folder: Path, plain_user: dict[str, object]
) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    supervisor_process(home / "data", "ask", **plain_user).communicate(timeout=PATIENCE_SECONDS)
    with EmbeddedPostgres(home / "data") as server:
        assert process_status(server.pid)["Uid"].split()[0] == "65534"
        assert server.answers()


@only_root
def test_start_is_refused_with_the_owners_name_when_the_data_is_anothers(
    open_folder: Path, plain_user: dict[str, object]
) -> None:
    with quick(open_folder / "data"):
        pass
    process = supervisor_process(open_folder / "data", "ask", **plain_user)
    out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert out.startswith("postgres.data_folder_unusable")


def test_start_succeeds_when_an_earlier_one_was_interrupted_while_creating(tmp_path: Path) -> None:
    leftover = tmp_path / "data" / "postgres" / "cluster.new"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("18\n")
    with quick(tmp_path / "data") as server:
        assert server.answers()
        assert not leftover.exists()


def test_nothing_is_left_when_a_throwaway_server_ends() -> None:
    with throwaway() as server:
        data_dir, pid = server.layout.data_dir, server.pid
        with psycopg.connect(server.owner_url, autocommit=True) as owner:
            owner.execute("CREATE DATABASE another")
    assert not data_dir.exists()
    assert not Path(f"/proc/{pid}/cmdline").exists()


# -- one supervisor, and short commands --


def test_second_supervisor_is_refused_when_one_runs(server: EmbeddedPostgres) -> None:
    pid = server.pid
    with pytest.raises(DataFolderInUse, match=rf"huike up \(process {os.getpid()}\)"):
        quick(server.layout.data_dir).start()
    assert server.pid == pid
    assert server.answers()


def test_command_uses_the_server_that_runs_when_there_is_one(server: EmbeddedPostgres) -> None:
    other = quick(server.layout.data_dir)
    with other.ensure_running(what="huike import") as used:
        assert used.pid is None
        assert used.answers()
    assert server.answers()


def test_command_starts_and_stops_a_server_when_none_runs(tmp_path: Path) -> None:
    server = quick(tmp_path / "data")
    with server.ensure_running(what="huike import"):
        assert server.pid is not None
        holder = server.holder
        assert holder is not None
        assert (holder.what, holder.short) == ("huike import", True)
    assert server.pid is None
    assert processes_of(server) == []


def test_server_stays_until_the_last_command_ends_when_two_share_it(tmp_path: Path) -> None:
    first, second = quick(tmp_path / "data"), quick(tmp_path / "data")
    starter = first.ensure_running(what="first")
    user = second.ensure_running(what="second")
    starter.__enter__()
    user.__enter__()
    stopping = Thread(target=starter.__exit__, args=(None, None, None))
    stopping.start()
    assert second.answers()
    user.__exit__(None, None, None)
    stopping.join(PATIENCE_SECONDS)
    assert not stopping.is_alive()
    assert processes_of(first) == []


# -- crashes --


def test_no_server_is_left_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    process = supervisor_process(data_dir)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready ")
    server = EmbeddedPostgres(data_dir)
    with psycopg.connect(server.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    process.kill()
    process.communicate()
    until(lambda: not processes_of(server), "the server of a killed supervisor ends")
    # It stopped in order: no recovery, and its own note of running is gone.
    assert not (server.layout.cluster / "postmaster.pid").exists()
    with server, psycopg.connect(server.owner_url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_committed_rows_are_there_when_the_server_was_killed(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "data") as server:
        with psycopg.connect(server.owner_url, autocommit=True) as owner:
            owner.execute("CREATE TABLE ledger (id bigint)")
        writing = psycopg.connect(server.app_url)
        writing.execute("INSERT INTO ledger SELECT generate_series(1, 1000)")
        writing.commit()
        writing.execute("INSERT INTO ledger VALUES (1001)")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        assert server.pid is None
        server.start()
        with psycopg.connect(server.app_url) as reading:
            assert reading.execute("SELECT count(*), max(id) FROM ledger").fetchone() == (1000, 1000)
        with pytest.raises(psycopg.OperationalError):
            writing.execute("SELECT 1")
        writing.close()


def test_start_succeeds_when_an_earlier_server_was_left_behind(tmp_path: Path) -> None:
    said: list[str] = []
    server = EmbeddedPostgres(tmp_path / "data", report=said.append)
    with server:
        pass
    # Started by hand and tied to nobody, as after a kill in a container where the kernel's tie does not hold.
    user = server.layout.user
    left = subprocess.Popen(
        [str(server.binaries.path("postgres")), "-D", str(server.layout.cluster)],
        stderr=subprocess.DEVNULL,
        **({"preexec_fn": lambda: launch.drop_to(user.uid, user.gid, launch.CAP_DAC_OVERRIDE)} if user.changes else {}),
    )
    until(server.answers, "the server started by hand answers")
    Thread(target=left.wait, daemon=True).start()
    with server:
        assert server.pid not in (None, left.pid)
        assert server.answers()
    assert "stopping the database server that an earlier run left behind" in said


def test_start_succeeds_when_the_old_process_id_belongs_to_somebody_else_now(tmp_path: Path) -> None:
    server = quick(tmp_path / "data")
    with server:
        pass
    (server.layout.cluster / "postmaster.pid").write_text(
        f"{os.getpid()}\n{server.layout.cluster}\n0\n5432\n\n\n  0 0\n"
    )
    with server:
        assert server.answers()


def test_start_fails_with_the_servers_own_words_when_its_settings_are_wrong(tmp_path: Path) -> None:
    server = quick(tmp_path / "data")
    with server:
        pass
    with (server.layout.cluster / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = 'plenty'\n")
    with pytest.raises(PostgresNotStarted, match="shared_buffers"):
        server.start()
    assert server.holder is None
