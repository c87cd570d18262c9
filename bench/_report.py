"""One JSON line per measured case on standard output, and nothing else there."""

from __future__ import annotations

import json
import os
import platform
from typing import Any, Literal


def report(
    *,
    bench: str,
    case: str,
    value: float,
    unit: str,
    better: Literal["lower", "higher"],
    n: int,
    sizes: dict[str, Any],
) -> None:
    """Print a case. `value` is the median of `n` (at least 5) measurements after a warm-up."""
    line = {
        "bench": bench,
        "case": case,
        "value": round(value, 3),
        "unit": unit,
        "better": better,
        "n": n,
        "sizes": sizes,
        "machine": {
            "cpus": os.cpu_count(),
            "cpu": _cpu(),
            "memory_gb": _memory_gb(),
            "python": platform.python_version(),
        },
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo") as info:
            return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "")
    except OSError:
        return platform.processor()


def _memory_gb() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1)
