"""Starting, watching and stopping the embedded server.

The server is a direct child of the supervisor, not a daemon started through pg_ctl: so its end is noticed at once, it
is waited for without a limit while it recovers from a crash, and the kernel stops it when the supervisor is killed. A
server left over all the same (the kernel's tie does not reach across every container) is stopped and started again
rather than adopted: of a process that is not its child a supervisor learns neither the end nor the exit code, and a
second `kill -9` would leave it behind once more. Being stopped, it writes its checkpoint; nothing is lost.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg

from huike.platform.postgres import launch
from huike.platform.postgres.binaries import find_binaries
from huike.platform.postgres.errors import DataFolderInUse, DataFolderUnreachable, PostgresNotStarted
from huike.platform.postgres.folder_lock import FolderLock, Holder
from huike.platform.postgres.layout import PORT, Layout
from huike.platform.postgres.processes import is_postmaster, server_processes
from huike.platform.postgres.roles import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    SUPERUSER_ROLE,
    ensure_grants,
    ensure_roles,
)
from huike.platform.postgres.tuning import render, server_settings, this_machine

# A stop writes every changed page to disk: seconds on a laptop, a minute on a slow disk after an import.
FAST_STOP_SECONDS = 120.0
IMMEDIATE_STOP_SECONDS = 15.0
RECOVERY_NOTICE_SECONDS = 2.0
POLL_SECONDS = 0.05
INCLUDED_SETTINGS = "huike.conf"

# For data that nobody will miss: tests.
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


def _silent(_: str) -> None:
    """Reports to nobody."""


class EmbeddedPostgres:
    """The server of one data folder.

    `report` is given lines for the person who waits ("recovering …"). Start it from a thread that lives as long as the
    process: the kernel stops the server when the thread that started it ends.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        report: Callable[[str], None] = _silent,
        durable: bool = True,
        owner_may_create_databases: bool = False,
    ) -> None:
        self.layout = Layout(data_dir)
        self.binaries = find_binaries()
        self._report = report
        self._durable = durable
        self._owner_may_create_databases = owner_may_create_databases
        self._process: subprocess.Popen[bytes] | None = None
        self._supervising = FolderLock(self.layout.lock_file)
        # Shown in the title of each of the server's processes; tells ours from those of any other server.
        self.cluster_name = "huike-" + sha256(os.fsencode(self.layout.cluster)).hexdigest()[:12]

    # -- addresses ---------------------------------------------------------------------------------------------------

    @property
    def app_url(self) -> str:
        """For the web server, the workers and the lake. Valid as a libpq URI, so for psycopg and DuckDB alike."""
        return self._url(APP_ROLE, self.layout.passwords().app)

    @property
    def owner_url(self) -> str:
        """For migrations."""
        return self._url(OWNER_ROLE, self.layout.passwords().owner)

    @property
    def superuser_url(self) -> str:
        """For the supervisor, backup and restore."""
        return self._url(SUPERUSER_ROLE, self.layout.passwords().superuser)

    def _url(self, role: str, password: str, database: str = DATABASE) -> str:
        folder = quote(os.fsencode(self.layout.socket_folder()), safe="")
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={folder}&port={PORT}"

    # -- one supervisor ----------------------------------------------------------------------------------------------

    @property
    def holder(self) -> Holder | None:
        """Who supervises the server of this folder now, if anybody."""
        return self._supervising.holder()

    @property
    def pid(self) -> int | None:
        """Process id of the server this object started, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self, *, what: str = "huike up", short: bool = False) -> None:
        """Make the cluster where there is none, start the server and return when it answers.

        Waits as long as the server lives, since recovery after a crash may take long. May be called again after the
        server died. `what` names the caller to others who find the folder in use; `short` says it will let go by
        itself.

        Raises DataFolderInUse, DataFolderUnreachable, DataFolderUnusable, PostgresNotStarted.
        """
        if self.pid is not None:
            return
        self.layout.make_root()
        if not self._supervising.held and not self._supervising.try_exclusive(what=what, short=short):
            raise _in_use(self.layout.data_dir, self.holder)
        try:
            self._stop_leftovers()
            if not self.layout.initialised:
                self._initialise()
            socket_folder = self.layout.make_socket_folder()
            self._write_settings(socket_folder)
            self._process = self._launch("postgres", ["-D", str(self.layout.cluster)])
            self._wait_until_ready()
            self._ensure_access()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and let go of the folder. Safe to call at any time, and again."""
        process, self._process = self._process, None
        if process is not None:
            _stop_child(process)
        self._supervising.release()

    def wait(self) -> int:
        """Until the server ends, by itself or killed. Its exit code."""
        if self._process is None:
            raise PostgresNotStarted("the server was not started by this process")
        return self._process.wait()

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def ensure_running(self, *, what: str) -> Iterator["EmbeddedPostgres"]:
        """For a command of its own (`huike import FILE`): use the server that runs, else start one for as long as
        this or another such command needs it."""
        self.layout.make_root()
        users = FolderLock(self.layout.root / "users.lock")
        users.take_shared()
        try:
            started = self._join_or_start(what=what)
            try:
                yield self
            finally:
                if started:
                    users.wait_until_alone()
                    self.stop()
        finally:
            users.release()

    def _join_or_start(self, *, what: str) -> bool:
        """True when this call started the server, False when it runs under another supervisor."""
        noticed = False
        while True:
            holder = self.holder
            if holder is None:
                try:
                    self.start(what=what, short=True)
                    return True
                except DataFolderInUse:
                    pass
            elif self.layout.initialised and self.answers():
                return False
            elif not noticed:
                noticed = True
                self._report(
                    f"waiting for the database, which {holder.what} (process {holder.pid}) is starting or stopping"
                )
            time.sleep(POLL_SECONDS)

    def answers(self) -> bool:
        """Whether a server runs for this folder and lets the application in."""
        try:
            with psycopg.connect(self.app_url, connect_timeout=5):
                return True
        except (psycopg.OperationalError, OSError):
            return False

    # -- the steps of a start ----------------------------------------------------------------------------------------

    def _stop_leftovers(self) -> None:
        """End whatever an earlier supervisor left: a whole server, or processes whose server was killed. Then remove
        its `postmaster.pid`, so that a process id in use again by a stranger does not keep the new server from
        starting."""
        asked = False
        deadline = time.monotonic() + FAST_STOP_SECONDS
        while left := server_processes(cluster=self.layout.cluster, cluster_name=self.cluster_name):
            if not is_postmaster(left[0], cluster=self.layout.cluster) or time.monotonic() > deadline:
                for pid in left:
                    _signal(pid, signal.SIGQUIT)
            elif not asked:
                asked = True
                self._report("stopping the database server that an earlier run left behind")
                _signal(left[0], signal.SIGINT)
            if time.monotonic() > deadline + IMMEDIATE_STOP_SECONDS:
                raise PostgresNotStarted(f"an earlier server (process {left[0]}) does not stop; end it and start again")
            time.sleep(POLL_SECONDS)
        (self.layout.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when complete, so that an interrupted start leaves
        nothing that looks like a database."""
        self._report("creating the database")
        password = self.layout.make_passwords().superuser
        fresh = self.layout.root / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self.layout.make_private_folder(fresh)
        password_file = fresh.with_suffix(".password")
        self.layout.write_for_server(password_file, password)
        try:
            initdb = self._launch(
                "initdb",
                [
                    f"--pgdata={fresh}",
                    f"--username={SUPERUSER_ROLE}",
                    f"--pwfile={password_file}",
                    "--auth-local=scram-sha-256",
                    "--auth-host=scram-sha-256",
                    "--encoding=UTF8",
                    # Sorted by code point, the same on every machine and every glibc.
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                    "--no-instructions",
                    *([] if self._durable else ["--no-sync"]),
                ],
                must_reach=[fresh, password_file],
            )
            self._check_launched(initdb.wait(), "initdb")
        finally:
            password_file.unlink(missing_ok=True)
        settings_file = fresh / "postgresql.conf"
        self.layout.write_for_server(
            settings_file, f"{settings_file.read_text()}\ninclude_if_exists = '{INCLUDED_SETTINGS}'\n"
        )
        self.layout.write_for_server(
            fresh / "pg_hba.conf",
            "# No network, and every local user is asked for a password.\nlocal all all scram-sha-256\n",
        )
        os.rename(fresh, self.layout.cluster)

    def _write_settings(self, socket_folder: Path) -> None:
        settings = server_settings(this_machine()) | {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(socket_folder),
            "password_encryption": "scram-sha-256",
            "cluster_name": self.cluster_name,
        }
        if not self._durable:
            settings |= THROWAWAY_SETTINGS
        self.layout.write_for_server(self.layout.cluster / INCLUDED_SETTINGS, render(settings))

    def _launch(
        self, program: str, arguments: list[str], *, must_reach: list[Path] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program of the server as the server's user. What it says goes to `server.log`, begun anew each
        time."""
        user = self.layout.user
        reach = [*self.binaries.needs, *(must_reach or [self.layout.cluster, self.layout.socket_folder()])]
        options = {
            "uid": user.uid if user.changes else None,
            "gid": user.gid if user.changes else None,
            "parent": os.getpid(),
            "must_reach": [str(path) for path in reach],
        }
        with open(
            os.open(self.layout.log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb"
        ) as log:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    launch.__file__,
                    json.dumps(options),
                    str(self.binaries.path(program)),
                    *arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for the supervisor, which stops the server last.
                start_new_session=True,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            )

    def _wait_until_ready(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101 - for the type checker: set by the caller one line above
        started_at = time.monotonic()
        said = False
        while not self._accepts_connections(process.pid):
            if process.poll() is not None:
                self._check_launched(process.returncode or 1, "postgres")
            if not said and time.monotonic() - started_at > RECOVERY_NOTICE_SECONDS:
                said = True
                self._report("the database is recovering from an unclean stop; this takes as long as it takes")
            time.sleep(POLL_SECONDS)

    def _accepts_connections(self, pid: int) -> bool:
        """What the server itself says in the eighth line of its postmaster.pid."""
        try:
            lines = (self.layout.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _ensure_access(self) -> None:
        passwords = self.layout.passwords()
        with self._superuser_connection("postgres") as connection:
            ensure_roles(
                connection,
                owner_password=passwords.owner,
                app_password=passwords.app,
                owner_may_create_databases=self._owner_may_create_databases,
            )
        for database in ("template1", DATABASE):
            with self._superuser_connection(database) as connection:
                ensure_grants(connection)

    def _superuser_connection(self, database: str) -> psycopg.Connection:
        url = self._url(SUPERUSER_ROLE, self.layout.passwords().superuser, database)
        return psycopg.connect(url, autocommit=True, client_encoding="utf8")

    def _check_launched(self, exit_code: int, program: str) -> None:
        if exit_code == 0:
            return
        said = self.layout.log_file.read_text(errors="replace").strip()
        if exit_code == launch.EXIT_UNREACHABLE:
            raise DataFolderUnreachable(
                "PostgreSQL does not run as root, and the user it runs as instead cannot reach the installed program "
                "or the "
                f"data folder {self.layout.data_dir} (a folder above one of them is closed to it, and this container "
                "does not "
                "let a process keep the right to pass). Set HUIKE_DATA_DIR to a folder outside of closed folders, "
                f"or start Huike as a plain user. [{said}]"
            )
        recent = self._recent_log_lines()
        raise PostgresNotStarted("\n".join(filter(None, [f"{program} ended with code {exit_code}", said, recent])))

    def _recent_log_lines(self) -> str:
        logs = sorted((self.layout.cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        return "\n".join(logs[-1].read_text(errors="replace").splitlines()[-15:]) if logs else ""


@contextmanager
def throwaway() -> Iterator[EmbeddedPostgres]:
    """A server for tests: fast, not crash-safe, its owner may create databases; gone without a trace at the end."""
    folder = Path(tempfile.mkdtemp(prefix="huike-test-"))
    if os.geteuid() == 0:
        # mkdtemp closes it to everybody; the server's user has to pass.
        folder.chmod(0o711)
    server = EmbeddedPostgres(folder, durable=False, owner_may_create_databases=True)
    try:
        server.start(what="a test run")
        yield server
    finally:
        socket_folder = server.layout.socket_folder()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(socket_folder, ignore_errors=True)


def _stop_child(process: subprocess.Popen[bytes]) -> None:
    """Fast (roll back, checkpoint), then immediate (recovery at the next start), then by force."""
    for number, patience_seconds in (
        (signal.SIGINT, FAST_STOP_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
        (signal.SIGKILL, None),
    ):
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_seconds)
            return


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _in_use(data_dir: Path, holder: Holder | None) -> DataFolderInUse:
    who = f"{holder.what} (process {holder.pid})" if holder else "another Huike process"
    return DataFolderInUse(f"{who} is already running the database in {data_dir}", short=bool(holder and holder.short))
