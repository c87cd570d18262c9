"""Which processes belong to a cluster, read from /proc. Only command lines are used: any user may read them, while the
folder or the program of another user's process is hidden in many containers."""

import os
from pathlib import Path


def is_postmaster(pid: int, *, cluster: Path) -> bool:
    """Whether `pid` lives and is the main server process of `cluster`; a process id used again by another is not."""
    arguments = _arguments(pid)
    wanted = os.fsencode(cluster)
    return bool(arguments) and os.path.basename(arguments[0]) == b"postgres" and wanted in arguments[1:]


def server_processes(*, cluster: Path, cluster_name: str) -> list[int]:
    """Main process, if alive, first; then every process it started, which may outlive it for a moment after `kill
    -9`."""
    title = f"postgres: {cluster_name}: ".encode()
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    main = [pid for pid in pids if is_postmaster(pid, cluster=cluster)]
    # Read once: a process may end between two looks.
    return main + [pid for pid in pids if b"".join(_arguments(pid)[:1]).startswith(title)]


def _arguments(pid: int) -> list[bytes]:
    """Empty for a process that is gone or waits only to be reaped."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return raw.rstrip(b"\0").split(b"\0") if raw else []
