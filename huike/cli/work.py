"""`huike work`: the background worker and nothing else."""

from __future__ import annotations

import typer

from huike.cli.environment import close_connections, database
from huike.cli.serve import StopWithParent
from huike.platform.process import stop_with_parent


def work(stop_with_parent_pid: StopWithParent = None) -> None:
    """Run queued jobs and the house's loops with HUIKE_JOB_CONCURRENCY threads, until stopped."""
    if stop_with_parent_pid is not None:
        stop_with_parent(stop_with_parent_pid)
    with database(what="huike work"):
        from huike.worker.process import run

        run()
        close_connections()


def register(app: typer.Typer) -> None:
    app.command()(work)
