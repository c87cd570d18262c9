"""Server settings from the size of the machine. The web server, the workers and DuckDB live on the same one, so the
database takes a modest share. A pure rule, but for `this_machine`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Machine:
    memory_bytes: int
    cpu_count: int


def this_machine() -> Machine:
    """Memory and processors this process may use: the container's share where there is one."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        limit = "max"
    if limit.isdigit():
        memory_bytes = min(memory_bytes, int(limit))
    return Machine(memory_bytes=memory_bytes, cpu_count=len(os.sched_getaffinity(0)))


def server_settings(machine: Machine) -> dict[str, str]:
    """Names and values for postgresql.conf.

    - shared_buffers: 15 % of memory, at most 2 GB; beyond that the system's file cache does as well and DuckDB needs
      the room.
    - max_wal_size: an import writes gigabytes; checkpoints forced by a small log would rewrite every page again and
      again.
    - No statements and no details of errors in the log: both hold values of rows, and with them people's data.
    - jit off: it costs tens of milliseconds on the short queries of a CRM, and the wheel ships without LLVM.
    """

    def megabytes(share: float, lowest: int, highest: int) -> str:
        wanted = int(machine.memory_bytes * share)
        return f"{max(lowest, min(wanted, highest)) // MIB}MB"

    return {
        "shared_buffers": megabytes(0.15, 64 * MIB, 2 * GIB),
        "effective_cache_size": megabytes(0.5, 256 * MIB, 64 * GIB),
        "work_mem": megabytes(1 / 512, 4 * MIB, 32 * MIB),
        "maintenance_work_mem": megabytes(1 / 32, 64 * MIB, 512 * MIB),
        "min_wal_size": "256MB",
        "max_wal_size": megabytes(1 / 8, 1 * GIB, 4 * GIB),
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_connections": "200",
        "max_parallel_workers": str(max(2, machine.cpu_count)),
        "autovacuum_vacuum_insert_scale_factor": "0.05",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgres-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }


def render(settings: Mapping[str, str]) -> str:
    """A configuration file. Values are quoted, so that a path with blanks or quotes stays one value."""
    lines = [
        "# Written by Huike at every start; changes here are lost. Put your own after the include in postgresql.conf."
    ]
    for name, value in settings.items():
        quoted = value.replace("\\", "\\\\").replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    return "\n".join(lines) + "\n"
