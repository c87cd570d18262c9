"""`huike up` as a person starts it: a process of its own, with its own data folder and port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

PATIENCE_SECONDS = float(os.environ.get("PATIENCE_SECONDS", "90"))
"""How long to wait for what should come; more on a machine that does much else."""


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:g} s: {what}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data_dir: Path, port: int, **variables: str) -> dict[str, str]:
    """Of a machine where nothing is set but this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUIKE_", "DJANGO_", "PYTEST_"))}
    return kept | {"HUIKE_DATA_DIR": str(data_dir), "HUIKE_PORT": str(port)} | variables


def huike(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "huike", *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


class Product:
    def __init__(self, data_dir: Path, *, port: int | None = None, **variables: str) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.env = environment(data_dir, self.port, **variables)
        self.log = data_dir.with_name(f"{data_dir.name}-{self.port}.log")
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Product:
        """Returns once it says that it is ready."""
        self.log.write_text("")
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "huike", "up"], env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        until(lambda: "is ready after" in self.said or self.process.poll() is not None, "the product is ready")
        assert self.process.poll() is None, self.said
        return self

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def part(self, name: str) -> psutil.Process:
        """The child process called `serve`, `work` or `postgres`. Raises LookupError while there is none."""
        for child in psutil.Process(self.pid).children():
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                command = child.cmdline()
                if name in command or (command and os.path.basename(command[0]) == name):
                    return child
        raise LookupError(name)

    def family(self) -> list[psutil.Process]:
        return [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def first_sign_in(self) -> tuple[str, str]:
        _, email, password = (self.data_dir / "first-sign-in.txt").read_text().split()
        return email, password

    def signs_in(self) -> bool:
        """Whether the first user can sign in now: true only when web server and database both work."""
        email, password = self.first_sign_in()
        with httpx.Client(base_url=self.url, timeout=20) as client:
            try:
                client.get("/_allauth/browser/v1/auth/session")
                answer = client.post(
                    "/_allauth/browser/v1/auth/login",
                    json={"email": email, "password": password},
                    headers={"X-CSRFToken": client.cookies["csrftoken"]},
                )
            except (httpx.HTTPError, KeyError):
                return False
            return answer.status_code == 200
