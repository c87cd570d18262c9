"""A Spark cluster on this machine: a master, two workers with one executor each, and a Spark Connect server that asks
them. Every process is a real one, bounded in memory, on ports that are free, and ends with the test process, however
that ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SPARK_HOME = Path(__file__).parents[1] / ".spark" / "pyspark"
_PATIENCE_SECONDS = 180
# Started through this, a process gets SIGKILL when its parent ends.
TIED = "from huike.platform.process import stop_with_parent as tie; import os, signal, sys; "
TIED += "tie(int(sys.argv[1]), number=signal.SIGKILL); os.execv(sys.argv[2], sys.argv[2:])"


class Cluster:
    """`remote` is what HUIKE_SPARK_REMOTE wants."""

    def __init__(self, folder: Path) -> None:
        if not SPARK_HOME.exists():
            raise RuntimeError("there is no Spark here: run scripts/setup-spark (make test does)")
        self.folder = folder
        self.remote = ""
        self._ui = ""
        self._master = ""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        master, connect, ui = free_port(), free_port(), free_port()
        self._master = f"spark://127.0.0.1:{master}"
        self._class("master", "org.apache.spark.deploy.master.Master", "--port", str(master), "--webui-port", "0")
        self._wait(lambda: answers(master), "the master")
        for number in (1, 2):
            self.start_worker(number)
        self._run(
            "connect",
            "spark-submit",
            "--class",
            "org.apache.spark.sql.connect.service.SparkConnectServer",
            "--master",
            self._master,
            *_settings(
                {
                    "spark.connect.grpc.binding.address": "127.0.0.1",
                    "spark.connect.grpc.binding.port": connect,
                    "spark.driver.host": "127.0.0.1",
                    "spark.driver.bindAddress": "127.0.0.1",
                    "spark.executor.memory": "512m",
                    "spark.executor.cores": 1,
                    "spark.ui.port": ui,
                    # As docs/operating/spark.md advises: a task that does not hear of its end takes its executor along.
                    "spark.task.reaper.enabled": "true",
                    "spark.task.reaper.pollingInterval": "1s",
                    "spark.task.reaper.killTimeout": "5s",
                    "spark.ui.showConsoleProgress": "false",
                    "spark.sql.shuffle.partitions": 4,
                    # So that a file of some megabytes is many tasks, some of which are lost with a worker.
                    "spark.sql.files.maxPartitionBytes": "1m",
                    "spark.sql.files.openCostInBytes": "64k",
                }
            ),
            "spark-internal",
            memory="1g",
        )
        self.remote = f"sc://127.0.0.1:{connect}"
        self._ui = f"http://127.0.0.1:{ui}/api/v1/applications"
        self._wait(lambda: answers(connect) and len(self.executors()) == 2, "the executors")

    def start_worker(self, number: int) -> None:
        options = ("--cores", "1", "--memory", "768m", "--webui-port", "0", "--work-dir", str(self.folder / "work"))
        self._class(f"worker{number}", "org.apache.spark.deploy.worker.Worker", *options, self._master)

    def kill_worker(self, number: int) -> None:
        """As when its machine loses power: the worker, and the executor it started, at one blow."""
        process = self._processes.pop(f"worker{number}")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def executors(self) -> list[dict[str, Any]]:
        """Those that work, as Spark's own REST API tells."""
        with urllib.request.urlopen(self._ui, timeout=10) as answer:
            application = json.load(answer)[0]["id"]
        with urllib.request.urlopen(f"{self._ui}/{application}/executors", timeout=10) as answer:
            return [row for row in json.load(answer) if row["id"] != "driver"]

    def stop(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()

    def _class(self, name: str, main: str, *arguments: str) -> None:
        self._run(name, "spark-class", main, "--host", "127.0.0.1", *arguments)

    def _run(self, name: str, script: str, *arguments: str, memory: str = "256m") -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SPARK_")}
        environment |= {
            "SPARK_HOME": str(SPARK_HOME),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder),
            "SPARK_DAEMON_MEMORY": memory,
            "PYTHONPATH": str(SPARK_HOME.parents[1]),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-c", TIED, str(os.getpid()), str(SPARK_HOME / "bin" / script), *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended: {self._end_of(name)}")
            try:
                if ready():
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise TimeoutError(f"{what} did not come up: {self._end_of('connect')}")

    def _end_of(self, name: str) -> str:
        log = self.folder / f"{name}.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""


@contextmanager
def running() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="huike-spark-"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return True


def _settings(settings: dict[str, Any]) -> list[str]:
    return [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
