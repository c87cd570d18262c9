"""`huike check`: the doctor. Looks at everything an installation needs and says what is wrong and what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import typer

from huike.cli.environment import close_connections, embedded_postgres, use_database
from huike.cli.migrate import OLDEST_SERVER_VERSION
from huike.kernel.errors import HuikeError
from huike.lake.errors import LakeFilesUnavailable
from huike.platform.config import Config, get_config

LEAST_FREE_BYTES = 2 * 1024**3
WORKER_SILENT_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    good: bool
    text: str
    remedy: str = ""


def check() -> None:
    """Check settings, folders, the lake's place, database, tables, web client and worker. Exit code 1 when something is
    wrong."""
    findings = list(_findings(get_config()))
    for finding in findings:
        print(f"{'ok   ' if finding.good else 'WRONG'}  {finding.text}")
        if not finding.good and finding.remedy:
            print(f"       {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


def _findings(config: Config) -> Iterator[Finding]:
    yield Finding(True, "settings: every HUIKE_ variable is acceptable")
    yield _data_folder(config)
    yield _lake_files(config)
    yield _web_client()
    if config.database_url:
        yield from _database(config.database_url)
        return
    try:
        server = embedded_postgres(config)
        if server.holder is None:
            initialised = server.layout.initialised
            state = "is stopped" if initialised else "will be created at the first start"
            yield Finding(True, f"database: the embedded PostgreSQL {state} (huike up starts it)")
            return
        url = server.app_url
    except HuikeError as error:
        yield Finding(False, f"database: {error.detail}")
        return
    yield from _database(url)


def _data_folder(config: Config) -> Finding:
    folder = config.data_dir.resolve()
    existing = _existing(folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(False, f"data folder: {existing} may not be written to", "Set HUIKE_DATA_DIR to another folder.")
    free_bytes = shutil.disk_usage(existing).free
    text = f"data folder: {folder}, {free_bytes / 1024**3:.1f} GB free"
    return Finding(free_bytes >= LEAST_FREE_BYTES, text, "Free some space, or set HUIKE_DATA_DIR to a larger disk.")


def _lake_files(config: Config) -> Finding:
    place = config.lake_location
    if config.lake_in_object_storage:
        from huike.lake.storage import try_files

        try:
            try_files()
        except LakeFilesUnavailable as error:
            return Finding(False, f"lake: {error.detail}")
        return Finding(True, f"lake: {place} at {config.lake_s3_endpoint or 'Amazon S3'}, written, read and deleted")
    existing = _existing(Path(place))
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(False, f"lake: {existing} may not be written to", "Set HUIKE_LAKE_PATH to another place.")
    return Finding(True, f"lake: {place}")


def _existing(folder: Path) -> Path:
    """The folder, or what there is above it."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _web_client() -> Finding:
    index = Path(__file__).resolve().parent.parent / "web_dist" / "index.html"
    return Finding(index.is_file(), f"web client: {index.parent}", "Build it with: make web")


def _database(url: str) -> Iterator[Finding]:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
            superuser = connection.info.parameter_status("is_superuser") == "on"
    except psycopg.OperationalError as error:
        yield Finding(False, f"database: {error}".strip(), "Check HUIKE_DATABASE_URL and that the server runs.")
        return
    yield Finding(
        version >= OLDEST_SERVER_VERSION,
        f"database: PostgreSQL {version // 10000}.{version % 10000}",
        "Huike needs PostgreSQL 15 or newer.",
    )
    yield Finding(
        not superuser,
        "database: the application's role is " + ("a superuser" if superuser else "no superuser"),
        "Give HUIKE_DATABASE_URL a role of its own without superuser rights.",
    )
    use_database(url)
    try:
        tables = _tables()
        yield tables
        if tables.good:
            yield _worker()
    finally:
        close_connections()


def _tables() -> Finding:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    text = f"tables: {len(waiting)} changes are waiting" if waiting else "tables: up to date"
    return Finding(not waiting, text, "Run: huike migrate")


def _worker() -> Finding:
    from huike.platform import clock
    from huike.platform.models import LoopHeartbeat

    beats = list(LoopHeartbeat.objects.values_list("name", "beat_at", "last_error", "failed_at"))
    now = clock.now()
    silent = [name for name, beat_at, _, _ in beats if (now - beat_at).total_seconds() > WORKER_SILENT_AFTER_SECONDS]
    if not beats or silent:
        return Finding(False, f"worker: no sign of life ({', '.join(silent) or 'never seen'})", "Start it: huike work")
    failing = [f"{name}: {error}" for name, beat_at, error, failed_at in beats if failed_at and failed_at > beat_at]
    return Finding(not failing, "worker: " + ("; ".join(failing) or "at work"), "See the worker's log.")


def register(app: typer.Typer) -> None:
    app.command()(check)
