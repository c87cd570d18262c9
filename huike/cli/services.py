"""The parts of a running Huike, as the supervisor sees them: the database, and processes of the `huike` command."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from huike.platform.postgres import EmbeddedPostgres


class DatabaseService:
    """The embedded server."""

    name = "database"

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    def start(self) -> None:
        self._server.start()

    def alive(self) -> bool:
        return self._server.pid is not None

    def ready(self) -> bool:
        return self.alive()

    def stop(self) -> None:
        self._server.stop()


class CommandService:
    """A `huike` command of its own process, tied to this one: it ends when the supervisor is killed."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        patience_seconds: float,
        is_ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name = name
        self._arguments = list(arguments)
        self._environment = dict(environment)
        self._patience_seconds = patience_seconds
        self._is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # What a killed process left running would hold its port.
        self._kill_group()
        self._process = subprocess.Popen(
            huike_command(*self._arguments, f"--stop-with-parent={os.getpid()}"),
            stdin=subprocess.DEVNULL,
            env=self._environment,
            # Ctrl-C in the terminal is for the supervisor, which stops its services in order.
            start_new_session=True,
        )

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ready(self) -> bool:
        return self.alive() and self._is_ready()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self._patience_seconds)
        self._kill_group()

    def _kill_group(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def huike_command(*arguments: str) -> list[str]:
    """The command line that runs `huike` with the interpreter and the code of this process."""
    return [sys.executable, "-m", "huike", *arguments]


def answers_http(host: str, port: int, path: str) -> bool:
    """Whether a server there answers `path`, and not with a failure of its own."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": "127.0.0.1"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
