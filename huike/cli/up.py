"""`huike up`: the whole product in one command."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from typing import Annotated

import typer

from huike.cli.environment import embedded_postgres, say
from huike.cli.serve import STOP_SECONDS as WEB_STOP_SECONDS
from huike.cli.serve import StopWithParent
from huike.cli.services import CommandService, DatabaseService, answers_http, huike_command
from huike.cli.supervisor import StopRequested, Supervisor, ignore_stop_signals, raise_on_stop_signals
from huike.kernel.errors import HuikeError
from huike.platform.config import Config, get_config
from huike.platform.postgres import DataFolderInUse, EmbeddedPostgres
from huike.platform.process import stop_with_parent
from huike.platform.timing import WORKER_STOP_SECONDS

# What an earlier run, just killed, still holds is let go of within this time.
HANDOVER_SECONDS = 15.0
KILL_GRACE_SECONDS = 3
SANDBOX_HOST = "127.0.0.1"
SANDBOX_PORT_AFTER = 10  # HUIKE_PORT, or the first free one after it


class PortInUse(HuikeError):
    code = "port.in_use"
    status = 503
    title = "The port of the web server is in use"


class PreparationFailed(HuikeError):
    code = "preparation.failed"
    status = 503
    title = "The database could not be prepared"


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty database with the demo brand first")] = False,
    stop_with_parent_pid: StopWithParent = None,
) -> None:
    """Start everything: database, tables, web server, worker. Ctrl-C stops it all."""
    raise_on_stop_signals()
    if stop_with_parent_pid is not None:
        stop_with_parent(stop_with_parent_pid)
    config = get_config()
    supervisor = Supervisor(say=say)
    try:
        _start(config, supervisor, demo=demo)
        supervisor.watch()
    except StopRequested:
        say("stopping")
    finally:
        ignore_stop_signals()
        supervisor.stop()


def _start(config: Config, supervisor: Supervisor, *, demo: bool) -> None:
    began_at = time.monotonic()
    if config.database_url:
        _wait_for_port(config)
        app_url, owner_url = config.database_url, config.owner_database_url or config.database_url
    else:
        server = embedded_postgres(config)
        _wait_for_folder(server)
        _wait_for_port(config)
        supervisor.start(DatabaseService(server))
        app_url, owner_url = server.app_url, server.owner_url

    environment = dict(os.environ)
    # Only the preparation may change tables; what serves requests is never told the owner's password.
    environment["HUIKE_DATABASE_URL"] = app_url
    environment.pop("HUIKE_OWNER_DATABASE_URL", None)
    _run(["migrate", "--first-owner"], environment | {"HUIKE_OWNER_DATABASE_URL": owner_url})
    if demo:
        _run(["demo", "--if-empty"], environment)
        # A page that lets anybody say she paid has no place beside a real shop's data.
        if config.payments_sandbox_url is None and _ends_well(["demo", "--only-ask"], environment):
            environment["HUIKE_PAYMENTS_SANDBOX_URL"] = _start_payment_sandbox(config, supervisor)

    supervisor.start(
        CommandService(
            "web server",
            ["serve"],
            environment=environment,
            patience_seconds=WEB_STOP_SECONDS + KILL_GRACE_SECONDS,
            is_ready=lambda: answers_http(_reachable(config.host), config.port, "/livez"),
        )
    )
    supervisor.start(
        CommandService(
            "worker",
            ["work"],
            environment=environment,
            patience_seconds=WORKER_STOP_SECONDS + KILL_GRACE_SECONDS,
        )
    )
    say(f"\n  Huike 回客 is ready after {time.monotonic() - began_at:.1f} s\n\n      {config.base_url}\n")
    first_sign_in = config.data_dir / "first-sign-in.txt"
    if first_sign_in.is_file():
        say(f"  The first sign-in is kept in {first_sign_in}. Stop with Ctrl-C.\n")


def _start_payment_sandbox(config: Config, supervisor: Supervisor) -> str:
    """With the demo brand only: a payment provider to practise with, in reach of this machine; where it listens."""
    port = next(
        port for port in range(config.port + SANDBOX_PORT_AFTER, 65536) if _try_to_bind(SANDBOX_HOST, port) is None
    )
    supervisor.start(
        CommandService(
            "payment sandbox",
            ["payments", "sandbox", f"--host={SANDBOX_HOST}", f"--port={port}"],
            environment=os.environ,
            patience_seconds=KILL_GRACE_SECONDS,
            is_ready=lambda: answers_http(SANDBOX_HOST, port, "/pay/readiness"),
        )
    )
    return f"http://{SANDBOX_HOST}:{port}"


def _wait_for_folder(server: EmbeddedPostgres) -> None:
    """Give way to a short command, or to an earlier run that is stopping. Raises DataFolderInUse for one that stays."""
    said = False
    while holder := server.holder:
        if not holder.short:
            raise DataFolderInUse(
                f"Huike already runs on the data folder {server.layout.data_dir}: {holder.what}, process {holder.pid}. "
                "Stop that one first, or set HUIKE_DATA_DIR (and HUIKE_PORT) to start another beside it."
            )
        if not said:
            said = True
            say(f"waiting for {holder.what} (process {holder.pid})")
        time.sleep(0.1)


def _wait_for_port(config: Config) -> None:
    """The web server of a run that was killed lets go of its port within moments; anything else stays. Raises
    PortInUse."""
    deadline = time.monotonic() + HANDOVER_SECONDS
    while True:
        problem = _try_to_bind(config.host, config.port)
        if problem is None:
            return
        if time.monotonic() > deadline:
            raise PortInUse(
                f"the address {config.host}:{config.port} cannot be listened on: {problem}. "
                "Stop the program that uses it, or set HUIKE_PORT to another number."
            )
        time.sleep(0.2)


def _try_to_bind(host: str, port: int) -> str | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _reachable(host: str) -> str:
    """An address to ask a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _run(arguments: list[str], environment: Mapping[str, str]) -> None:
    """A step that must succeed before the next. Raises PreparationFailed."""
    if code := _code_of(arguments, environment):
        raise PreparationFailed(f"`huike {' '.join(arguments)}` ended with code {code}; what it said stands above")


def _ends_well(arguments: list[str], environment: Mapping[str, str]) -> bool:
    """Whether a command that is asked something says yes. Raises PreparationFailed where it says neither yes nor no."""
    code = _code_of(arguments, environment)
    if code not in {0, 1}:
        raise PreparationFailed(f"`huike {' '.join(arguments)}` ended with code {code}; what it said stands above")
    return code == 0


def _code_of(arguments: list[str], environment: Mapping[str, str]) -> int:
    process = subprocess.Popen(
        huike_command(*arguments), stdin=subprocess.DEVNULL, env=dict(environment), start_new_session=True
    )
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


def register(app: typer.Typer) -> None:
    app.command()(up)
