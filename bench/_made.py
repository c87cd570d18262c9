"""A product of its own for a measurement: an empty, migrated database that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def run_inside(script: str, *arguments: str, **settings: str) -> None:
    """Run `script` with these arguments on a throwaway server; `settings` are added to its environment.

    In a process of its own: Django is tied to one database. Raises CalledProcessError where it fails.
    """
    from huike.platform.postgres import throwaway

    folder = Path(tempfile.mkdtemp(prefix="huike-bench-"))
    try:
        with throwaway() as server:
            environment = {
                **{name: value for name, value in os.environ.items() if not name.startswith("HUIKE_")},
                "HUIKE_DATA_DIR": str(folder),
                "HUIKE_DATABASE_URL": server.app_url,
                "HUIKE_OWNER_DATABASE_URL": server.owner_url,
                **settings,
            }
            # Standard output is for the measured cases.
            subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True, stdout=sys.stderr)
            subprocess.run([sys.executable, script, *arguments], env=environment, check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def with_values(statement: str, values: dict[str, object]) -> str:
    """A statement with `%(name)s` replaced by the values' own text: numbers, and texts that are quoted already."""
    for name, value in values.items():
        statement = statement.replace(f"%({name})s", str(value))
    return statement
