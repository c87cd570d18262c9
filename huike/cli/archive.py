"""A backup: one tar file with the database and what is needed to use it elsewhere.

    manifest.json   version of the format and of Huike, when it was made, from which server
    database.dump   pg_dump's custom format, without owners, so that it restores into any PostgreSQL >= 15
    secret.key      opens the stored passwords of channels and the links already sent
    imports/…       the uploaded files of imports that are not written yet, and the refused rows of all

The lake is left out: it is a copy, and is rebuilt from the database.
"""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from huike.kernel.errors import HuikeError
from huike.platform.postgres.binaries import find_binaries

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
SECRET = "secret.key"  # noqa: S105 - the name of a file
LAKE_SCHEMA = "lake"
IMPORTS = "imports"


class ToolFailed(HuikeError):
    code = "backup.tool_failed"
    status = 500
    title = "A program of PostgreSQL failed"


class NotABackup(HuikeError):
    code = "backup.not_a_backup"
    status = 422
    title = "The file is not a backup made by this version of Huike or an older one"


@dataclass(frozen=True, slots=True)
class Manifest:
    format: int
    huike_version: str
    created_at: str
    server_version: int


def tool(name: str, arguments: Sequence[str], *, url: str) -> list[str]:
    """The command line of a client program of PostgreSQL, connected to `url`. The password stays in the environment
    (`tool_environment`), where other users do not see it."""
    return [str(find_binaries().path(name)), *arguments, "--no-password", f"--dbname={without_password(url)}"]


def without_password(url: str) -> str:
    """The same server for a command line, which every user of the machine may read."""
    parts = {name: value for name, value in conninfo_to_dict(url).items() if name != "password"}
    return make_conninfo("", **parts)


def tool_environment(url: str) -> dict[str, str]:
    password = conninfo_to_dict(url).get("password")
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {}), "LC_ALL": "C.UTF-8"}


def run_tool(command: list[str], *, url: str) -> None:
    """Raises ToolFailed with what the program said."""
    done = subprocess.run(command, env=tool_environment(url), stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise ToolFailed(done.stderr.decode(errors="replace").strip())


def write_manifest(path: Path, manifest: Manifest) -> None:
    path.write_text(json.dumps(asdict(manifest), indent=2))


def read_manifest(archive: tarfile.TarFile, *, file: Path) -> Manifest:
    """`file` is named in errors. Raises NotABackup."""
    try:
        member = archive.extractfile(MANIFEST)
        manifest = Manifest(**json.loads(member.read() if member else b""))
    except (KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise NotABackup(f"{file} holds no manifest of a Huike backup") from error
    if manifest.format > FORMAT:
        raise NotABackup(f"{file} was made by a newer Huike ({manifest.huike_version})")
    return manifest
