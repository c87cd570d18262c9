"""`huike work`: the background worker and nothing else."""

from __future__ import annotations

import typer

from huike.cli.environment import close_connections, database
from huike.cli.serve import StopWithParent
from huike.platform.process import give_way, stop_with_parent


def work(stop_with_parent_pid: StopWithParent = None) -> None:
    """Run queued jobs and the house's loops with HUIKE_JOB_CONCURRENCY threads, until stopped; where the processors are
    busy, the web server goes first."""
    if stop_with_parent_pid is not None:
        stop_with_parent(stop_with_parent_pid)
    give_way()
    with database(what="huike work"):
        from huike.worker.process import run

        run()
        close_connections()


def register(app: typer.Typer) -> None:
    app.command()(work)
