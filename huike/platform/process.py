"""Ties between a process and the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def stop_with_parent(parent_pid: int, *, number: signal.Signals = signal.SIGTERM) -> None:
    """From now on the kernel sends this process `number` when its parent ends, however it ends.

    `parent_pid` is the parent as the caller knew it: when that one is already gone, the process ends here and now. The
    tie is to the parent's thread that started this process; start children from a thread that stays.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(number)) != 0:
        raise OSError(ctypes.get_errno(), "prctl PR_SET_PDEATHSIG")
    if os.getppid() != parent_pid:
        sys.exit("the process that started this one is gone")


def give_way(levels: int = 5) -> None:
    """Let this process and its threads wait where others want the processor: what nobody waits for gives way to what
    somebody does. Children inherit it.

    Linux shares processors between sessions first and between processes after that; so the session is told as well,
    where it is this process's own.
    """
    os.nice(levels)
    if os.getsid(0) == os.getpid():
        # Not every kernel shares by session, and the file is not there then.
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(levels), encoding="ascii")
