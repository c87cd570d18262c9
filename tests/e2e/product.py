"""The product as its users get it: `huike up` on a data folder of its own, with a mail server beside it."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

START_SECONDS = 120
STOP_SECONDS = 40


@dataclass
class Product:
    """A running Huike: where it answers and who may sign in."""

    url: str
    email: str
    password: str
    data_dir: Path


@contextmanager
def running_product(folder: Path, *, demo: bool = False, **settings: str) -> Iterator[Product]:
    """Start everything on an empty data folder and stop it at the end, as SIGTERM would.

    With `demo` the demo brand is made first. `settings` are HUIKE_ variables without their prefix, lower case. Fails
    with the product's own output when it does not come up in time.
    """
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIKE_")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    environment |= {"HUIKE_DATA_DIR": str(folder / "data"), "HUIKE_PORT": str(port), "HUIKE_WEB_WORKERS": "1"}
    environment |= {f"HUIKE_{name.upper()}": value for name, value in settings.items()}
    log = folder / "product.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "huike", "up", *(["--demo"] if demo else [])],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(process, url, log)
            user, password = _first_sign_in(folder / "data" / "first-sign-in.txt")
            yield Product(url, user, password, folder / "data")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the product did not become ready:\n{log.read_text()[-6000:]}")


def _first_sign_in(path: Path) -> tuple[str, str]:
    """The file holds the address, the e-mail and the password, a line each."""
    _, user, password = path.read_text().split()
    return user, password


@dataclass
class MailServer:
    """A real SMTP server on loopback that keeps what it was given."""

    port: int
    _received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def to(self, address: str) -> list[EmailMessage]:
        with self._lock:
            return [message for recipient, message in self._received if recipient == address]

    def recipients(self) -> list[str]:
        with self._lock:
            return [recipient for recipient, _ in self._received]

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        with self._lock:
            self._received.extend((recipient, message) for recipient in envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
