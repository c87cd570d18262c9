"""A web server of its own process, on this run's database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.cli.product import free_port, until


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`huike serve` with one worker. What tests want it to see they must commit."""
    running = start_server(tmp_path_factory)
    yield running
    running.process.terminate()
    running.process.wait(30)


def start_server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    environment = os.environ | {
        "HUIKE_PORT": str(port),
        "HUIKE_WEB_WORKERS": "1",
        "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "huike", "serve"], env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return httpx.get(f"{url}/livez").status_code == 200
        except httpx.TransportError:
            return False

    until(answers, "the web server answers")
    return Server(url, process)
