"""A PostgreSQL that an operator runs apart from Huike: another version, over TCP, with roles made by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from huike.platform.postgres import launch
from huike.platform.postgres.binaries import Binaries, find_binaries
from huike.platform.postgres.layout import Layout
from tests.cli.product import free_port, until

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def binaries_of(version: str) -> Binaries | None:
    """Debian's 15, or the 16 that comes with the embedded one. None where it is not installed."""
    if version == "15":
        return Binaries(folder=DEBIAN_15, needs=()) if (DEBIAN_15 / "initdb").exists() else None
    return find_binaries(version)


@dataclass(frozen=True)
class SeparateServer:
    port: int

    def url(self, role: str, database: str = "shop") -> str:
        return f"postgresql://{role}:{role}@127.0.0.1:{self.port}/{database}"

    @property
    def owner_url(self) -> str:
        return self.url("shop_owner")

    @property
    def app_url(self) -> str:
        return self.url("shop_app")

    def administer(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url("admin", database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def make_database(self, name: str = "shop") -> None:
        """What docs/operating tells an operator to do."""
        self.administer(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} OWNER shop_owner")
        self.administer("CREATE SCHEMA lake AUTHORIZATION shop_app", database=name)


@contextmanager
def separate_server(folder: Path, binaries: Binaries) -> Iterator[SeparateServer]:
    layout = Layout(folder)
    layout.make_root()
    cluster = layout.cluster
    # The folder is named early, so that the system user is chosen as for a new one.
    user = layout.user
    layout.make_private_folder(cluster)
    password_file = layout.root / "password"
    layout.write_for_server(password_file, "admin")
    port = free_port()

    def run(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        options = {
            "uid": user.uid if user.changes else None,
            "gid": user.gid if user.changes else None,
            "parent": os.getpid(),
            "must_reach": [str(path) for path in (*binaries.needs, cluster, password_file)],
        }
        return subprocess.Popen(
            [sys.executable, "-I", launch.__file__, json.dumps(options), str(binaries.path(program)), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    initdb = run(
        "initdb",
        f"--pgdata={cluster}",
        "--username=admin",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    _, said = initdb.communicate()
    assert initdb.returncode == 0, said.decode()
    settings = ["fsync=off", "unix_socket_directories=", "listen_addresses=127.0.0.1", f"port={port}"]
    postgres = run("postgres", "-D", str(cluster), *(f"--{setting}" for setting in settings))
    server = SeparateServer(port)

    def answers() -> bool:
        assert postgres.poll() is None, postgres.stderr and postgres.stderr.read().decode()
        try:
            psycopg.connect(server.url("admin", "postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        until(answers, "the separate server answers")
        for role in ("shop_owner", "shop_app"):
            server.administer(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'")
        server.make_database()
        yield server
    finally:
        postgres.terminate()
        postgres.communicate()
