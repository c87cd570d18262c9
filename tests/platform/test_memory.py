"""What a process no longer uses goes back to the system."""

from __future__ import annotations

import mmap
from pathlib import Path

from huike.platform.memory import give_back


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


def test_what_was_freed_below_what_is_still_used_is_given_back() -> None:
    blocks = [bytearray(100_000) for _ in range(2_000)]
    above = bytearray(100_000)  # glibc gives back by itself what has nothing above it
    del blocks
    kept = resident_bytes()
    give_back()
    assert kept - resident_bytes() > 100_000_000
    assert len(above) == 100_000
