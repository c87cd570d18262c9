"""The product as people run it, for measurements: `huike up` with its database, web server and worker on this machine,
a payment sandbox beside it where one is wanted, and what each of these processes has worked."""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

READY_SECONDS = 600
"""However much runs beside it."""


@dataclass(frozen=True, slots=True)
class Product:
    """Where it listens. `bank` and `secret` are the sandbox's address and the token it takes."""

    url: str
    data_dir: Path
    bank: str = ""
    secret: str = ""

    def truth(self) -> dict[str, Any]:
        """What the sandbox took and gave back."""
        request = http.client.HTTPConnection(urlsplit(self.bank).netloc, timeout=120)
        request.request("GET", "/admin/truth", headers={"Authorization": f"Bearer {self.secret}"})
        return dict(json.loads(request.getresponse().read()))


@contextmanager
def running(*, name: str, port: int, sandbox: bool = False) -> Iterator[Product]:
    """A product of its own, empty, until the block ends; `HUIKE_DATA_DIR` is its data folder in here too.

    Its log is at `LOG`, where that is set, and thrown away with its data otherwise.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"huike-bench-{name}-"))
    settings = {
        "HUIKE_DATA_DIR": str(folder / "data"),
        "HUIKE_PORT": str(port),
        "HUIKE_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    bank, secret, counter = "", "", None
    if sandbox:
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        settings["HUIKE_PAYMENTS_SANDBOX_SECRET"] = secret
        counter = _sandbox(folder / "sandbox.sqlite", os.environ | settings)
        assert counter.stdout is not None
        bank = counter.stdout.readline().strip()
        settings["HUIKE_PAYMENTS_SANDBOX_URL"] = bank
    os.environ.pop("HUIKE_DATABASE_URL", None)
    os.environ.update(settings)
    with Path(os.environ.get("LOG", folder / "log")).open("wb") as log:
        product = subprocess.Popen([sys.executable, "-m", "huike", "up"], stdout=log, stderr=log)
    try:
        _wait_until_ready(product, port)
        yield Product(settings["HUIKE_PUBLIC_URL"], folder / "data", bank, secret)
    finally:
        product.send_signal(signal.SIGTERM)
        product.wait(60)
        if counter is not None:
            counter.terminate()
            counter.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _sandbox(state: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "huike.payments.sandbox", f"--state={state}"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def _wait_until_ready(product: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if product.poll() is not None:
            raise SystemExit("huike up ended")
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise SystemExit(f"huike up was not ready within {READY_SECONDS} seconds")


def cpu_seconds() -> Counter[str]:
    """What the processes below this one have worked so far, by what they are: `web`, `worker`, `database`, `sandbox`,
    `other` (the supervisors) and `clients` (the rest, with this one). Unlike the clock it does not know what runs
    beside. What ended is counted with its parent, as the sessions of the database are."""
    spent: Counter[str] = Counter()
    for one in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            spent[_role(one)] += times.user + times.system + times.children_user + times.children_system
    return spent


def _role(process: psutil.Process) -> str:
    if "postgres" in process.name():
        return "database"
    told = process.cmdline()
    roles = {"serve": "web", "work": "worker", "huike.payments.sandbox": "sandbox", "up": "other"}
    found = next((roles[word] for word in told if word in roles), None)
    if found is not None:
        return found
    # The web server's own processes are spawned, and named by nothing but their parent.
    parent = process.parent()
    return _role(parent) if parent is not None and process.pid != os.getpid() and _is_spawned_by(parent) else "clients"


def _is_spawned_by(parent: psutil.Process) -> bool:
    return "serve" in parent.cmdline()


def each_ms(before: Counter[str], after: Counter[str], deeds: int) -> dict[str, float]:
    """Milliseconds of processor time of each deed, by process and in `all`, which leaves the clients out."""
    spent = {role: (after[role] - before[role]) / deeds * 1_000 for role in sorted(after)}
    house = sum(ms for role, ms in spent.items() if role != "clients")
    return {role: round(ms, 2) for role, ms in {**spent, "all": house}.items()}


class Caller:
    """One kept connection."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        self._http.request("POST", path, json.dumps(body), {**self._head, **headers})
        answer = self._http.getresponse()
        return answer.status, json.loads(answer.read())
