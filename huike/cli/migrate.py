"""`huike migrate`: bring the database's tables to this version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import unquote, urlsplit

import psycopg
import typer

from huike.cli.environment import close_connections, embedded_postgres, say, use_database
from huike.cli.users import create_first_owner
from huike.kernel.errors import HuikeError
from huike.platform.config import get_config
from huike.platform.postgres import grant_rows_to_app

OLDEST_SERVER_VERSION = 150000
# Of this house alone: any fixed number would do.
MIGRATION_LOCK = 0x4855494B45


class ServerTooOld(HuikeError):
    code = "database.too_old"
    status = 503
    title = "The PostgreSQL server is older than version 15"


def migrate(
    first_owner: Annotated[
        bool, typer.Option("--first-owner", help="Then create the first owner, when nobody can sign in yet")
    ] = False,
) -> None:
    """Create or change the tables, as the role that owns them. Safe to run at any time, and from several machines at
    once: one does it while the others wait."""
    config = get_config()
    if config.database_url:
        owner_url, app_url = config.owner_database_url or config.database_url, config.database_url
        migrate_as_owner(owner_url=owner_url, app_url=app_url, first_owner=first_owner)
        return
    with embedded_postgres(config).ensure_running(what="huike migrate") as server:
        migrate_as_owner(owner_url=server.owner_url, app_url=server.app_url, first_owner=first_owner)


def migrate_as_owner(*, owner_url: str, app_url: str, first_owner: bool = False) -> None:
    """Migrations under an advisory lock, then the rights of the application's role on the new tables, then the first
    owner where wanted. Uses up this process: Django is left on the owner's connection. Raises ServerTooOld."""
    with _alone(owner_url) as connection:
        use_database(owner_url)
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        owner, app = _role(owner_url), _role(app_url)
        if owner != app:
            grant_rows_to_app(connection, owner=owner, app=app)
        if first_owner:
            create_first_owner()
        close_connections()
    say("the database is up to date")


@contextmanager
def _alone(owner_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER_VERSION:
            raise ServerTooOld(
                f"the server is PostgreSQL {connection.info.server_version // 10000}; Huike needs version 15 or newer"
            )
        connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        yield connection


def _role(url: str) -> str:
    return unquote(urlsplit(url).username or "")


def register(app: typer.Typer) -> None:
    app.command()(migrate)
