"""`huike backup`: everything that cannot be computed again, in one file."""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from huike import __version__
from huike.cli.archive import (
    DUMP,
    FORMAT,
    IMPORTS,
    LAKE_SCHEMA,
    MANIFEST,
    SECRET,
    Manifest,
    run_tool,
    tool,
    write_manifest,
)
from huike.cli.environment import embedded_postgres, say
from huike.imports import workbench
from huike.kernel.errors import HuikeError
from huike.platform.config import get_config


class BackupExists(HuikeError):
    code = "backup.exists"
    status = 409
    title = "A file of this name exists already"


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it, as backup.tar")],
) -> None:
    """Write the database, its key and uploaded files still to be imported to FILE while the product keeps running.
    Keep it safe: it holds personal data."""
    if file.exists():
        raise BackupExists(f"{file} exists already; give another name")
    config = get_config()
    with owner_database(what="huike backup") as url, tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder:
        dump, manifest = Path(folder, DUMP), Path(folder, MANIFEST)
        run_tool(
            tool(
                "pg_dump",
                [
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    f"--exclude-schema={LAKE_SCHEMA}",
                    f"--file={dump}",
                ],
                url=url,
            ),
            url=url,
        )
        write_manifest(manifest, Manifest(FORMAT, __version__, datetime.now(UTC).isoformat(), _server_version(url)))
        secret = Path(folder, SECRET)
        secret.write_text(config.key())
        whole = Path(folder, "whole.tar")
        with (
            open(os.open(whole, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out,
            tarfile.open(fileobj=out, mode="w") as tar,
        ):
            for part in (manifest, secret, dump):
                tar.add(part, arcname=part.name)
            # After the dump, so that whatever it knows of is here, unless an import ended in between.
            for import_id, path in workbench.kept_files():
                with suppress(FileNotFoundError):
                    tar.add(path, arcname=f"{IMPORTS}/{import_id}/{path.name}")
        # Under its name only when complete.
        os.rename(whole, file)
    say(f"backup written to {file} ({file.stat().st_size / 1024**2:.1f} MB)")


@contextmanager
def owner_database(*, what: str) -> Iterator[str]:
    """The address of the database as the role that owns the tables."""
    config = get_config()
    if config.database_url:
        yield config.owner_database_url or config.database_url
        return
    with embedded_postgres(config).ensure_running(what=what) as server:
        yield server.owner_url


def _server_version(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version


def register(app: typer.Typer) -> None:
    app.command()(backup)
