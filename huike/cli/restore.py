"""`huike restore`: a backup into an empty database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import IO, Annotated

import psycopg
import typer

from huike.cli.archive import (
    DUMP,
    IMPORTS,
    SECRET,
    NotABackup,
    ToolFailed,
    read_manifest,
    tool_environment,
    without_password,
)
from huike.cli.backup import owner_database
from huike.cli.environment import close_connections, say, use_database
from huike.cli.migrate import migrate
from huike.imports import workbench
from huike.kernel.errors import HuikeError
from huike.platform import clock
from huike.platform.config import Config, get_config
from huike.platform.postgres.binaries import find_binaries
from huike.platform.transaction_ids import make_past

# Every statement of the head of a script stands within so many lines; what follows is data, which nobody may edit.
HEAD_LINES = 40


class DatabaseNotEmpty(HuikeError):
    code = "restore.database_not_empty"
    status = 409
    title = "The database holds tables already"


class NotAList(HuikeError):
    code = "restore.not_a_list"
    status = 422
    title = "The file is not a list of erasures"


class OtherSecret(HuikeError):
    code = "restore.other_secret"
    status = 409
    title = "The data folder holds another key than the backup"


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file made by huike backup")],
    erasures: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="The list of people erased since, as in privacy/erasures.jsonl of the data folder in use until now",
        ),
    ] = None,
) -> None:
    """Put the backup FILE into an empty database, all of it or nothing, and bring its tables to this version. Stop the
    product first; the lake is built again when it next starts. People who were erased since the backup are erased again
    by the product when it starts, as far as a list of them is given or lies in the data folder."""
    config = get_config()
    _keep_list(config, erasures)
    with _open(file) as archive:
        manifest = read_manifest(archive, file=file)
        with owner_database(what="huike restore") as url, tempfile.TemporaryDirectory() as folder:
            _refuse_unless_empty(url)
            imported = _imports_of(archive, file=file)
            _restore_secret(config, _member(archive, SECRET).read().decode())
            dump = Path(folder, DUMP)
            with dump.open("wb") as out:
                shutil.copyfileobj(_member(archive, DUMP), out)
            _restore_dump(dump, url=url)
            with psycopg.connect(url) as connection:
                make_past(connection)
            for name in imported:
                workbench.keep_again(name, _member(archive, f"{IMPORTS}/{name}"))
    migrate()
    with owner_database(what="huike restore") as url:
        use_database(url)
        queued = _erase_again()
        close_connections()
    if queued:
        say(f"{queued} people who were erased since the backup are erased again when the product starts")
    say(f"restored the backup of {manifest.created_at}")


def _keep_list(config: Config, given: Path | None) -> None:
    """Add the list given to the one in the data folder. Raises NotAList before anything is restored."""
    kept = config.data_dir.resolve() / "privacy" / "erasures.jsonl"
    texts = [path.read_text() for path in (kept, given) if path is not None and path.is_file()]
    for line in "".join(texts).splitlines():
        try:
            entry = json.loads(line)
            whole = len(entry["customer_ids"]) == len(entry["made_at"]) and bool(entry["key"])
        except (ValueError, KeyError, TypeError) as error:
            raise NotAList(f"{given or kept} is no list of erasures") from error
        if not whole:
            raise NotAList(f"{given or kept} is no list of erasures")
    if given is not None:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = dict.fromkeys(line for text in texts for line in text.splitlines() if line.strip())
        kept.write_text("".join(f"{line}\n" for line in lines))


def _erase_again() -> int:
    """Queue the erasures that the backup does not know of; how many people."""
    from huike.customers.privacy.erasing import list_file, read_list
    from huike.customers.privacy.services import erase_again

    entries = read_list(list_file())
    return erase_again(entries, now=clock.now()) if entries else 0


def _open(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file)
    except tarfile.TarError as error:
        raise NotABackup(f"{file} is no tar file") from error


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        member = archive.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise NotABackup(f"the backup holds no {name}")
    return member


def _refuse_unless_empty(url: str) -> None:
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if tables and tables[0]:
        raise DatabaseNotEmpty(
            f"the database holds {tables[0]} tables already. Restore into an empty one: "
            "set HUIKE_DATA_DIR to a new folder, or HUIKE_DATABASE_URL to a new database."
        )


def _restore_secret(config: Config, secret: str) -> None:
    if config.secret_key is not None:
        if config.secret_key != secret:
            raise OtherSecret("HUIKE_SECRET_KEY is not the key of this backup; stored passwords could not be read")
        return
    path = config.data_dir / "secret.key"
    if path.exists() and path.read_text().strip() != secret:
        raise OtherSecret(f"{path} is not the key of this backup; move it away first")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(secret)


def _imports_of(archive: tarfile.TarFile, *, file: Path) -> list[str]:
    """Names of the files of imports. Raises NotABackup where one would lie elsewhere."""
    names = [name.removeprefix(f"{IMPORTS}/") for name in archive.getnames() if name.startswith(f"{IMPORTS}/")]
    for name in names:
        if not workbench.is_kept_file(name):
            raise NotABackup(f"{file} holds {IMPORTS}/{name}, which no backup does")
    return names


def _restore_dump(dump: Path, *, url: str) -> None:
    """Through a script, as one transaction that is committed only when the dump was read to its end. Newer programs
    begin the script with a setting that PostgreSQL 15 and 16 do not know, which is left out here. Raises
    ToolFailed."""
    reader = subprocess.Popen(
        [str(find_binaries().path("pg_restore")), "--no-owner", "--no-privileges", "--file=-", str(dump)],
        stdout=subprocess.PIPE,
    )
    writer = subprocess.Popen(
        [
            str(find_binaries().path("psql")),
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--no-password",
            f"--dbname={without_password(url)}",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=tool_environment(url),
    )
    assert reader.stdout is not None  # noqa: S101 - opened as a pipe above, as are the next two
    assert writer.stdin is not None  # noqa: S101
    assert writer.stderr is not None  # noqa: S101
    complete = False
    try:
        writer.stdin.write(b"BEGIN;\n")
        for _ in range(HEAD_LINES):
            line = reader.stdout.readline()
            if not line.startswith(b"SET transaction_timeout"):
                writer.stdin.write(line)
        shutil.copyfileobj(reader.stdout, writer.stdin)
        complete = reader.wait() == 0
        writer.stdin.write(b"\nCOMMIT;\n" if complete else b"\nROLLBACK;\n")
        writer.stdin.close()
    except BrokenPipeError:
        pass  # psql stopped at an error, which it tells
    said = writer.stderr.read().decode(errors="replace").strip()
    if writer.wait() != 0:
        reader.kill()
        reader.wait()
        raise ToolFailed(said)
    if not complete:
        raise ToolFailed("the dump in the backup is damaged; nothing was restored")


def register(app: typer.Typer) -> None:
    app.command()(restore)
