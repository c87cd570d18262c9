"""The check of a very large file: memory, lines per second, the longest time its progress stood still.

A file of the shape of Online Retail is made (`--gigabytes`, 1 where not given) and checked once in a process of its
own; nothing is written to the product's tables. The largest pause between two changes of the progress that a person
sees is measured from beside, as she would see it. One run: its subject is memory, which does not vary, and the file is
large enough to be its own warm-up.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._report import report
from bench.bench_import import named
from huike.platform.postgres import EmbeddedPostgres

_LOOK_EVERY_SECONDS = 0.1
_LATEST_JOB = "SELECT phase, done, state FROM platform_job ORDER BY id DESC LIMIT 1"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gigabytes", type=float, default=1.0)
    options.add_argument("--folder", type=Path, help="where the file and the database lie meanwhile")
    options.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.once:
        print(json.dumps(check_once(chosen.once)))
        return
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-large-", dir=chosen.folder))
    folder.chmod(0o711)
    try:
        measure(folder, size_bytes=int(chosen.gigabytes * 1e9))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def generate(path: Path, *, size_bytes: int) -> None:
    """Invoices of 20 lines or so among a million customers; one row in a thousand is refused."""
    rng = random.Random(7)
    at = datetime(2010, 12, 1, 8)
    with path.open("w", buffering=1 << 20) as out:
        out.write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
        invoice, written = 536_365, 0
        while written < size_bytes:
            invoice += 1
            at += timedelta(seconds=rng.randint(1, 120))
            customer = "" if rng.random() < 0.25 else f"{rng.randint(10_000, 1_010_000)}.0"
            lines = []
            for _ in range(rng.randint(1, 40)):
                product = rng.randint(1, 40_000)
                quantity = -5 if rng.random() < 0.001 else rng.randint(1, 24)
                lines.append(
                    f"{invoice},{product:05},WHITE HANGING HEART HOLDER {product},{quantity},{at},"
                    f"{rng.randint(10, 2_000) / 100},{customer},United Kingdom\n"
                )
            text = "".join(lines)
            out.write(text)
            written += len(text)


def measure(folder: Path, *, size_bytes: int) -> None:
    file = folder / "large.csv"
    generate(file, size_bytes=size_bytes)
    server = EmbeddedPostgres(folder / "server", owner_may_create_databases=True)
    server.start(what="a benchmark")
    try:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
            "HUIKE_DATABASE_URL": server.app_url,
            "HUIKE_OWNER_DATABASE_URL": server.owner_url,
            "HUIKE_DATA_DIR": str(folder / "data"),
        }
        subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True)
        end, seen = Event(), Onlooker(named(server.owner_url, "huike"))
        onlooker = Thread(target=seen.look, args=(end,))
        onlooker.start()
        command = [sys.executable, __file__, "--once", str(file)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        end.set()
        onlooker.join()
        outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    finally:
        server.stop()
    print(json.dumps(seen.phases, indent=1), file=sys.stderr)
    sizes = {"lines": outcome["rows"], "bytes": size_bytes, "refused": outcome["refused"]}
    for case, value, unit in (
        ("lines_per_s", outcome["rows"] / outcome["seconds"], "lines/s"),
        ("peak_memory_mb", outcome["peak_memory_mb"], "MB"),
        ("longest_standstill_s", seen.longest_seconds, "s"),
    ):
        better = "higher" if unit == "lines/s" else "lower"
        report(bench="import-large", case=case, value=value, unit=unit, better=better, n=1, sizes=sizes)


class Onlooker:
    """Looks at the job's row as a screen does, and notes how long it stood still."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.longest_seconds = 0.0
        self.phases: dict[str, float] = {}

    def look(self, end: Event) -> None:
        before, since = None, time.monotonic()
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not end.wait(_LOOK_EVERY_SECONDS):
                row = connection.execute(
                    "SELECT phase, done, state FROM platform_job ORDER BY id DESC LIMIT 1"
                ).fetchone()
                now = time.monotonic()
                if row is None or row[2] != "running":
                    before, since = row, now
                    continue
                self.phases[row[0]] = round(self.phases.get(row[0], 0.0) + _LOOK_EVERY_SECONDS, 1)
                if row != before:
                    before, since = row, now
                self.longest_seconds = max(self.longest_seconds, now - since)


def check_once(file: Path) -> dict[str, Any]:
    """In a process of its own: bring the file and check it."""
    import django

    django.setup()
    from huike.imports import checks, services
    from huike.imports.answers import Answers
    from huike.imports.models import Import
    from huike.kernel.scope import EVERYTHING
    from huike.platform.audit import SYSTEM

    caller = services.Caller(actor=SYSTEM, scope=EVERYTHING, user_id=None)
    with file.open("rb") as stream:
        chunks = iter(lambda: stream.read(1 << 20), b"")
        record = services.receive(kind="orders", filename=file.name, chunks=chunks, caller=caller)
    answers = Answers(
        mapping=record.mapping_proposed,
        source_key="large",
        source_name="Large",
        channel="web",
        currency="GBP",
        timezone="Europe/London",
    )
    job = services.request_check(record.pk, answers=answers, caller=caller)
    began = time.perf_counter()
    checks.perform(job_id=job.pk, import_id=record.pk)
    seconds = time.perf_counter() - began
    record = Import.objects.get(pk=record.pk)
    if record.state != Import.State.CHECKED:
        raise SystemExit(f"the check ended {record.state}: {record.error_code} {record.error_params}")
    return {
        "seconds": seconds,
        "rows": record.check_report["rows"],
        "refused": record.check_report["refused_rows"],
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
