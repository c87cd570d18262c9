"""Folders on disk that belong to one user of them: nobody else writes there, and nothing stays when it is gone.

DuckDB names the files of what does not fit into memory alike in every process: two that shared a folder would read
each other's (duckdb/duckdb#15173). A folder is locked as long as its user lives, by the system, so that what a killed
process left is known for what it is; whoever comes next removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from huike.platform.config import get_config


class Scratch:
    """A folder of one's own under `<data_dir>/scratch` until it is released, or for the length of a block."""

    def __init__(self, kind: str) -> None:
        root = _root()
        _sweep(root)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=root))
            held = _lock(self.path)
            if held is not None:
                self._held = held
                return
            # Somebody swept in the moment before it was locked.

    def release(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._held)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _root() -> Path:
    root = get_config().data_dir.resolve() / "scratch"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def _sweep(root: Path) -> None:
    """Remove what killed processes left."""
    for path in root.iterdir():
        held = _lock(path)
        if held is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(held)


def _lock(path: Path) -> int | None:
    """Take the folder's lock; None where somebody has it, or the folder is gone."""
    try:
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino == os.fstat(held).st_ino:
            return held
    except OSError:
        pass
    os.close(held)
    return None
