"""One supervisor per data folder, and short commands that share its server.

Two `flock` locks, so that whatever dies, however it dies, holds nothing afterwards:
- the supervisor's, exclusive: whoever holds it may start and stop the server;
- the users', shared: a command that found a server started by another short command keeps it from being stopped.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the supervisor's lock, as it said itself. `short` marks a command that will let go by itself."""

    pid: int
    what: str
    short: bool


class FolderLock:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        return self._handle is not None

    def try_exclusive(self, *, what: str, short: bool) -> bool:
        """Take the lock and leave word who took it; False where another process has it."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(asdict(Holder(os.getpid(), what, short))).encode(), 0)
        self._handle = handle
        return True

    def take_shared(self) -> None:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)
        self._handle = handle

    def wait_until_alone(self) -> None:
        """Turn a shared lock into an exclusive one: returns once nobody else shares it."""
        if self._handle is not None:
            fcntl.flock(self._handle, fcntl.LOCK_EX)

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> Holder | None:
        """Who holds the lock now. None when free, or when the holder has not yet said its name."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            return _read_holder(self.path)
        finally:
            os.close(handle)


def _read_holder(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
