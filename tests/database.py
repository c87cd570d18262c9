"""The database of a test run: a throwaway server per test process, since transactions of one database hold back what
the snapshots of all others show; one migrated template on each; one copy of it.

What migrating made is kept as SQL in the checkout (`.test-template/`, under the hash of all that migrating reads):
half a minute of work for each test process, done once until a migration changes. The SQL makes the same tables, rows,
rights and sequences; that it does is tested (tests/platform/test_template.py).

Tests run as the application's role, like the product does: what it may not do fails here too. Only TRUNCATE is granted
on top, with which some tests begin anew in the middle.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from huike.cli.archive import run_tool, tool
from huike.platform.postgres import APP_ROLE, OWNER_ROLE, throwaway

# Set by the test process, read by what it starts.
RUN_VARIABLE = "HUIKE_TEST_RUN"
# What whoever runs the tests says of the run; every other setting of his product is none of theirs.
TOLD = ("HUIKE_THOROUGH", "HUIKE_SEED", "HUIKE_OPERATIONS")
TEMPLATE = "huike_template"
TEMPLATE_LOCK = 1
ROOT = Path(__file__).parents[1]

_opened = ExitStack()


def prepare_environment() -> None:
    """Called before Django reads its settings: starts this test process's server, and gives it its own data folder
    and the address of its own database (not made yet)."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if RUN_VARIABLE not in os.environ or _run()["process"] != process:
        for name in [name for name in os.environ if name.startswith("HUIKE_") and name not in TOLD]:
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
    """From the SQL that was kept, else migrated by the real command and kept. Under a passing name until complete."""
    fresh = f"{TEMPLATE}_fresh"
    owner_url = create_empty_database(fresh)
    with _kept_template() as kept:
        if kept.exists():
            read_template(kept, url=owner_url)
        else:
            migrate(owner_url)
            keep_template(kept, url=owner_url)
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(fresh), sql.Identifier(TEMPLATE))
    )


def migrate(owner_url: str) -> None:
    """Every table, by the real command, in an empty database; TRUNCATE is granted on top."""
    with psycopg.connect(owner_url, autocommit=True) as template:
        template.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT TRUNCATE ON TABLES TO {}").format(
                sql.Identifier(OWNER_ROLE), sql.Identifier(APP_ROLE)
            )
        )
    environment = os.environ | {
        "HUIKE_DATABASE_URL": as_app(owner_url),
        "HUIKE_OWNER_DATABASE_URL": owner_url,
        "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
    }
    subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True)


def keep_template(file: Path, *, url: str) -> None:
    """Without the lake's schema, which every database has from its server. Under its name only when complete."""
    part = file.with_suffix(".part")
    options = ["--exclude-schema=lake", "--restrict-key=huike"]
    run_tool(tool("pg_dump", [*options, f"--file={part}"], url=url), url=url)
    os.rename(part, file)


def read_template(file: Path, *, url: str) -> None:
    """Into an empty database, wholly or not at all."""
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    run_tool(tool("psql", [*options, f"--file={file}"], url=url), url=url)


@contextmanager
def _kept_template() -> Iterator[Path]:
    """The file that keeps what migrating makes now, there or not; those of other states of the code go. One test
    process at a time: the second finds what the first made."""
    folder = ROOT / ".test-template"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / f"{_recipe()}.sql"
        for other in set(folder.glob("*.sql")) - {kept}:
            other.unlink()
        yield kept


def _recipe() -> str:
    """The hash of all that migrating reads: the migrations and what they import of the product, the models (whose
    content types and permissions are written), the settings, the rights, and the versions of what is installed."""
    package = ROOT / "huike"
    migrations = sorted(package.rglob("migrations/*.py"))
    modules = {name for path in migrations for name in re.findall(r"from (huike[\w.]*) import", path.read_text())}
    files = {
        *migrations,
        *package.rglob("models.py"),
        *package.rglob("models/*.py"),
        *(ROOT.joinpath(*module.split(".")).with_suffix(".py") for module in modules),
        *(package / "platform" / "postgres").glob("*.py"),
        package / "platform" / "django_settings.py",
        package / "cli" / "migrate.py",
        ROOT / "requirements" / "runtime.txt",
        Path(__file__),
    }
    whole = sha256()
    for path in sorted(files):
        whole.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
