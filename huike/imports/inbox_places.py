"""Where files that come by themselves lie: `<data folder>/inbox/<mapping name>/`, and what becomes of them there."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from huike.platform.config import get_config

logger = logging.getLogger(__name__)

TAKEN: Final = ".taken"
DONE: Final = "done"
FAILED: Final = "failed"
# How browsers and transfer programmes name a file that is not whole yet.
_UNFINISHED: Final = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".upload")
_LONGEST_NAME_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Look:
    """What a file looked like at one moment; the same twice says that nobody writes to it."""

    inode: int
    size_bytes: int
    changed_ns: int


def inbox() -> Path:
    return get_config().data_dir.resolve() / "inbox"


def place_of(name: str) -> Path:
    """The folder of a mapping."""
    return inbox() / name


def prepare(name: str) -> Path:
    """The folder of a mapping, made with what it holds."""
    place = place_of(name)
    for folder in (place, place / TAKEN, place / DONE, place / FAILED):
        folder.mkdir(parents=True, exist_ok=True)
    return place


def rename(before: str, after: str) -> None:
    """Follow a mapping to its new name. What cannot be moved stays, and says so in the log."""
    try:
        if place_of(before).is_dir() and not place_of(after).exists():
            place_of(before).rename(place_of(after))
    except OSError:
        logger.exception("the folder of an import mapping could not be renamed")


def arrivals(place: Path) -> Iterator[tuple[Path, Look]]:
    """The files that lie in a folder and look whole by their names. Links and folders are not files that came."""
    for path in sorted(place.iterdir()):
        if path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED):
            continue
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(found.st_mode):
            yield path, Look(found.st_ino, found.st_size, found.st_mtime_ns)


def take(path: Path, *, token: str) -> Path:
    """Move a file to where nobody else looks. Its name there begins with the token."""
    name = path.name
    while len(os.fsencode(name)) > _LONGEST_NAME_BYTES:
        name = name[1:]
    taken = path.parent / TAKEN / f"{token}-{name}"
    path.rename(taken)
    return taken


def taken(place: Path) -> Iterator[tuple[str, str, Path]]:
    """Token, name and path of each file that was taken and is not put away yet."""
    folder = place / TAKEN
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            token, separator, name = path.name.partition("-")
            if separator and stat.S_ISREG(path.lstat().st_mode):
                yield token, name, path


def forget_old(*, before: datetime) -> int:
    """Remove what was put away before that instant, of every mapping there is or was; how many files. What waits or was
    taken stays, however old."""
    gone = 0
    for where in (DONE, FAILED):
        for path in sorted(inbox().glob(f"*/{where}/*")):
            try:
                if stat.S_ISREG(path.lstat().st_mode) and path.lstat().st_ctime < before.timestamp():
                    path.unlink()
                    gone += 1
            except FileNotFoundError:
                continue  # taken away by hand meanwhile
            except OSError:
                logger.exception("a file put away in the inbox could not be removed")
    return gone


def put_away(path: Path, *, place: Path, where: str, name: str, refused: bytes | None) -> None:
    """Move a taken file to `done` or `failed`, its refused rows beside it: these first, so that the file is there only
    when they are."""
    target = place / where / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if refused is not None:
        beside = target.with_name(f"{target.name}.refused.csv")
        unfinished = beside.with_name(f".{beside.name}")
        unfinished.write_bytes(refused)
        unfinished.rename(beside)
    path.rename(target)
