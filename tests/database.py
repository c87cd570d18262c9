"""The database of a test run: a throwaway server per test process, since transactions of one database hold back what
the snapshots of all others show; one migrated template on each; one copy of it.

Tests run as the application's role, like the product does: what it may not do fails here too. Only TRUNCATE is granted
on top, with which some tests begin anew in the middle.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from huike.platform.postgres import APP_ROLE, OWNER_ROLE, throwaway

# Set by the test process, read by what it starts.
RUN_VARIABLE = "HUIKE_TEST_RUN"
TEMPLATE = "huike_template"
TEMPLATE_LOCK = 1

_opened = ExitStack()


def prepare_environment() -> None:
    """Called before Django reads its settings: starts this test process's server, and gives it its own data folder
    and the address of its own database (not made yet)."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if RUN_VARIABLE not in os.environ or _run()["process"] != process:
        for name in [name for name in os.environ if name.startswith("HUIKE_")]:
            del os.environ[name]
        folder = Path(tempfile.mkdtemp(prefix="huike-tests-"))
        _opened.callback(shutil.rmtree, folder, ignore_errors=True)
        server = _opened.enter_context(throwaway())
        os.environ[RUN_VARIABLE] = json.dumps(
            {
                "process": process,
                "folder": str(folder),
                "app": server.app_url,
                "owner": server.owner_url,
                "superuser": server.superuser_url,
            }
        )
        atexit.register(_opened.close)
    run = _run()
    data_dir = Path(run["folder"], process)
    data_dir.mkdir(exist_ok=True)
    os.environ["HUIKE_DATA_DIR"] = str(data_dir)
    os.environ["HUIKE_DATABASE_URL"] = _named(run["app"], f"huike_{process}")
    os.environ["HUIKE_OWNER_DATABASE_URL"] = _named(run["owner"], f"huike_{process}")


def _run() -> dict[str, str]:
    run: dict[str, str] = json.loads(os.environ[RUN_VARIABLE])
    return run


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def create_database(name: str) -> str:
    """A database `name` with every table and no rows, made anew; its address as the application's role."""
    run = _run()
    with psycopg.connect(_named(run["owner"], "postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            _create_template(connection)
        drop_database(name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
    return _named(run["app"], name)


def create_empty_database(name: str) -> str:
    """A database without tables; its address as the role that owns it."""
    run = _run()
    with psycopg.connect(_named(run["owner"], "postgres"), autocommit=True) as connection:
        drop_database(name)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return _named(run["owner"], name)


def drop_database(name: str) -> None:
    # As superuser: the owner may not end an autovacuum worker that happens to be in the database.
    with psycopg.connect(_named(_run()["superuser"], "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


# What migrating left there and no test changes.
_KEPT = ("django_migrations", "django_content_type", "auth_permission")


def empty() -> None:
    """Empty the database of this test process: what a module committed for its tests to ask goes without a trace."""
    empty_tables(os.environ["HUIKE_DATABASE_URL"])


def empty_tables(url: str) -> None:
    """Delete the rows of every table in schema `public` of this database; sequences go on.

    In place of Django's `flush`, which truncates every table, whether there is anything in it or not, and writes
    content types and permissions anew: with the tables of this product a second and more for each test.
    """
    with psycopg.connect(as_superuser(url)) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")  # no triggers, in any order
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND NOT relispartition AND relname <> ALL(%s)",
            [list(_KEPT)],
        ).fetchall()
        filled = connection.execute(
            sql.SQL(" UNION ALL ").join(
                sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
                for (name,) in tables
            )
        ).fetchall()
        for (name,) in filled:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


def as_app(url: str) -> str:
    """The same database as the application's role."""
    return _named(_run()["app"], urlsplit(url).path.lstrip("/"))


def as_owner(url: str) -> str:
    """The same database as the role that owns the tables."""
    return _named(_run()["owner"], urlsplit(url).path.lstrip("/"))


def as_superuser(url: str) -> str:
    """The same database as the server's administrator."""
    return _named(_run()["superuser"], urlsplit(url).path.lstrip("/"))


def _create_template(connection: psycopg.Connection) -> None:
    """Migrated by the real command. Under a passing name until complete."""
    run = _run()
    fresh = f"{TEMPLATE}_fresh"
    owner_url = create_empty_database(fresh)
    with psycopg.connect(owner_url, autocommit=True) as template:
        template.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT TRUNCATE ON TABLES TO {}").format(
                sql.Identifier(OWNER_ROLE), sql.Identifier(APP_ROLE)
            )
        )
    environment = os.environ | {
        "HUIKE_DATABASE_URL": _named(run["app"], fresh),
        "HUIKE_OWNER_DATABASE_URL": owner_url,
        "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
    }
    subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True)
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(TEMPLATE))
    )
