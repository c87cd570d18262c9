"""From a file to committed orders (and a synced lake): lines per second, each time on a fresh database.

`../shared/data` is used where it is; otherwise a file of the same shape is made, and that is said. The totals of the
file go to standard error, the measurement to standard output. The server is the embedded one with its usual settings,
fsync included.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._report import report
from huike.platform.postgres import EmbeddedPostgres

REAL = Path(__file__).resolve().parent.parent.parent / "shared/data/online-retail/online-retail.csv.gz"
GENERATED_LINES = 540_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5, help="measured runs, after one to warm up")
    options.add_argument("--file", type=Path, help="another file of the same columns")
    options.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.once:
        print(json.dumps(import_once(chosen.file)))
        return
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-import-"))
    folder.chmod(0o711)
    try:
        measure(chosen.file or file_to_use(folder), folder, runs=chosen.runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def file_to_use(folder: Path) -> Path:
    if REAL.exists():
        return REAL
    print(f"{REAL} is not here: importing a generated file of {GENERATED_LINES} lines", file=sys.stderr)
    path = folder / "generated.csv.gz"
    generate(path)
    return path


def generate(path: Path) -> None:
    """A file of the shape of Online Retail: invoices of 20 lines or so, a quarter of them without a customer."""
    rng = random.Random(7)
    at = datetime(2010, 12, 1, 8)
    with gzip.open(path, "wt", compresslevel=1) as out:
        out.write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
        written, invoice = 0, 536_365
        while written < GENERATED_LINES:
            invoice += 1
            at += timedelta(minutes=rng.randint(1, 40))
            customer = "" if rng.random() < 0.25 else f"{rng.randint(12_346, 18_287)}.0"
            back = customer and rng.random() < 0.15
            for _ in range(rng.randint(1, 3) if back else rng.randint(1, 45)):
                product = rng.randint(1, 4_000)
                quantity = -rng.randint(1, 5) if back else rng.randint(1, 24)
                out.write(
                    f"{'C' if back else ''}{invoice},{product:05},PRODUCT {product},{quantity},{at},"
                    f"{rng.randint(10, 2_000) / 100},{customer},United Kingdom\n"
                )
                written += 1


def measure(file: Path, folder: Path, *, runs: int) -> None:
    server = EmbeddedPostgres(folder / "server", owner_may_create_databases=True)
    server.start(what="a benchmark")
    try:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "huike.platform.django_settings"}
        template = {
            "HUIKE_DATABASE_URL": server.app_url,
            "HUIKE_OWNER_DATABASE_URL": server.owner_url,
            "HUIKE_DATA_DIR": str(folder / "template"),
        }
        subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment | template, check=True)
        outcomes = []
        for number in range(runs + 1):
            outcome = one_run(server, file, folder / f"data-{number}", environment, f"bench_{number}")
            print(f"run {number}{' (warm-up)' if number == 0 else ''}: {outcome['seconds']:.2f} s", file=sys.stderr)
            outcomes.append(outcome)
    finally:
        server.stop()
    measured, last = outcomes[1:], outcomes[-1]
    print(json.dumps(last["totals"], indent=1), file=sys.stderr)
    print(json.dumps(last["phases"], indent=1), file=sys.stderr)
    report(
        bench="import",
        case="online-retail",
        value=statistics.median(outcome["rows"] / outcome["seconds"] for outcome in measured),
        unit="lines/s",
        better="higher",
        n=len(measured),
        sizes={
            "lines": last["rows"],
            "file": "Online Retail" if file == REAL else "generated",
            "peak_memory_mb": max(outcome["peak_memory_mb"] for outcome in measured),
        },
    )


def one_run(
    server: EmbeddedPostgres, file: Path, data_dir: Path, environment: dict[str, str], name: str
) -> dict[str, Any]:
    with psycopg.connect(named(server.owner_url, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE huike")
    run = environment | {"HUIKE_DATABASE_URL": named(server.app_url, name), "HUIKE_DATA_DIR": str(data_dir)}
    try:
        command = [sys.executable, __file__, "--once", "--file", str(file)]
        done = subprocess.run(command, env=run, check=True, stdout=subprocess.PIPE)
        outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return outcome
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
        with psycopg.connect(named(server.owner_url, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def import_once(file: Path) -> dict[str, Any]:
    """In a process of its own: the whole way of one file, through the services the API and the command use."""
    import django

    django.setup()
    from huike.imports import checks, runs, services
    from huike.imports.answers import Answers
    from huike.imports.models import Import
    from huike.kernel.scope import EVERYTHING
    from huike.platform.audit import SYSTEM

    caller = services.Caller(actor=SYSTEM, scope=EVERYTHING, user_id=None)
    phases: dict[str, float] = {}
    # A product that runs has a lake, empty as its tables are.
    sync_lake()
    began = time.perf_counter()
    with file.open("rb") as stream:
        chunks = iter(lambda: stream.read(1 << 20), b"")
        record = services.receive(kind="orders", filename=file.name, chunks=chunks, caller=caller)
    phases["received"] = time.perf_counter() - began
    answers = Answers(
        mapping=record.mapping_proposed,
        source_key="online-retail",
        source_name="Online Retail",
        channel="web",
        currency="GBP",
        timezone="Europe/London",
    )
    job = services.request_check(record.pk, answers=answers, caller=caller)
    checks.perform(job_id=job.pk, import_id=record.pk)
    phases["checked"] = time.perf_counter() - began
    job = services.start(record.pk, refused="keep_good", caller=caller)
    runs.perform(job_id=job.pk, import_id=record.pk)
    phases["written"] = time.perf_counter() - began
    sync_lake()
    seconds = time.perf_counter() - began
    phases["in_lake"] = seconds
    record = Import.objects.get(pk=record.pk)
    if record.state != Import.State.DONE:
        raise SystemExit(f"the import ended {record.state}: {record.error_code} {record.error_params}")
    return {
        "seconds": seconds,
        "phases": phases,
        "rows": record.check_report["rows"],
        "totals": record.result,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def sync_lake() -> None:
    """Bring the lake up to this moment, as the worker's loop does."""
    from huike.lake.sync import LakeWriter

    with LakeWriter() as writer:
        writer.round()


if __name__ == "__main__":
    main()
