"""Memory this process was given and no longer uses."""

from __future__ import annotations

import ctypes
from collections.abc import Callable


def _trimming() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # not glibc, which alone keeps it
        return None
    return trim


_trim = _trimming()


def give_back() -> None:
    """Return to the system what was freed: in a process of many threads glibc keeps much of it for each of them. Of
    some hundred megabytes this takes 20 ms."""
    if _trim is not None:
        _trim(0)
