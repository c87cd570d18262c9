"""What a command needs before it can work: settings, a database, Django."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from huike.platform.config import Config, get_config
from huike.platform.postgres import EmbeddedPostgres


def say(message: str) -> None:
    """A line for the person at the terminal; standard output is left to a command's result."""
    print(message, file=sys.stderr, flush=True)


def embedded_postgres(config: Config) -> EmbeddedPostgres:
    return EmbeddedPostgres(config.data_dir, report=say)


def use_database(url: str) -> None:
    """Make `url` the database of this process and its children, and load Django on it."""
    os.environ["HUIKE_DATABASE_URL"] = url
    get_config.cache_clear()
    load_django()


def load_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
    with loading():
        django.setup()


@contextmanager
def loading() -> Iterator[None]:
    """While modules are imported: what they make stays, and looking through it again and again for what is no longer
    needed is a fifth of the time. It is not looked through later either."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@contextmanager
def database(*, what: str) -> Iterator[None]:
    """Django on the database of the settings: the operator's own, the embedded one that runs, or the embedded one
    started for the length of this command. `what` is how the command calls itself to others who wait for it."""
    config = get_config()
    if config.database_url:
        load_django()
        yield
        return
    with embedded_postgres(config).ensure_running(what=what) as server:
        use_database(server.app_url)
        try:
            yield
        finally:
            close_connections()


def close_connections() -> None:
    """Let go of the database before its server stops, pools included."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()  # type: ignore[attr-defined]
