"""`huike serve`: the web server and nothing else."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from huike.cli.environment import database, loading
from huike.platform.config import get_config
from huike.platform.process import stop_with_parent

STOP_SECONDS = 10

StopWithParent = Annotated[
    int | None,
    typer.Option(
        "--stop-with-parent", metavar="PID", hidden=True, help="End when the process with this id, the parent, ends"
    ),
]


def serve(stop_with_parent_pid: StopWithParent = None) -> None:
    """Answer HTTP on HUIKE_HOST:HUIKE_PORT with HUIKE_WEB_WORKERS processes, until stopped."""
    if stop_with_parent_pid is not None:
        stop_with_parent(stop_with_parent_pid)
    with database(what="huike serve"):
        _run_granian()


def _run_granian() -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    # Before the web processes are made of this one: loaded once for all of them, and for those that take their place.
    with loading():
        from huike.api.asgi import application

    config = get_config()
    server = Server(
        target="huike.api.asgi:application",
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGINL,
        workers=config.web_workers,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    main_pid = os.getpid()

    def load_in_worker(_: str) -> Any:
        # Runs in each worker: a killed main process must leave none behind that holds the port.
        stop_with_parent(main_pid)
        return application

    server.serve(target_loader=load_in_worker)


def register(app: typer.Typer) -> None:
    app.command()(serve)
