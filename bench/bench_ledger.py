"""The ledger: a year of a shop's members replayed, and operations per second; each ends with the proof of all books.

Cases: `history_s`: Online Retail (or a generated file of its shape, and that is said) imported on a fresh database with
a programme in which every buyer is a member, until every sale stands in points; `sizes` has the share of the import, of
earning, and the proof. `operations_per_s`: earn, burn, hold, settle, give back, two processes on 1,000 customers, each
operation a transaction of its own. `RUNS=…` and `OPERATIONS=…` change how much.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._report import report
from bench.bench_import import REAL, file_to_use, import_once, named
from huike.platform.postgres import EmbeddedPostgres

RUNS = int(os.environ.get("RUNS", "5"))
OPERATIONS = int(os.environ.get("OPERATIONS", "10000"))
CUSTOMERS = 1_000
PROCESSES = 2
ASSET = "points:1"


def main() -> None:
    if "--once" in sys.argv:
        print(json.dumps(history(Path(sys.argv[-1]))))
        return
    if "--operations" in sys.argv:
        print(json.dumps(operations()))
        return
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-ledger-"))
    folder.chmod(0o711)
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
        file = file_to_use(folder)
        histories = [run(server, folder, environment, f"history_{n}", ["--once", str(file)]) for n in range(RUNS + 1)]
        rushes = [run(server, folder, environment, f"rush_{n}", ["--operations"]) for n in range(RUNS + 1)]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    measured, last = histories[1:], histories[-1]
    report(
        bench="ledger",
        case="history_s",
        value=statistics.median(one["seconds"] for one in measured),
        unit="s",
        better="lower",
        n=len(measured),
        sizes={
            **{name: last[name] for name in ("lines", "orders", "transactions", "entries", "members", "faults")},
            "file": "Online Retail" if file == REAL else "generated",
            "import_s": round(statistics.median(one["import_s"] for one in measured), 2),
            "earning_s": round(statistics.median(one["earning_s"] for one in measured), 2),
            "proof_s": round(statistics.median(one["proof_s"] for one in measured), 2),
        },
    )
    report(
        bench="ledger",
        case="operations_per_s",
        value=statistics.median(one["per_second"] for one in rushes[1:]),
        unit="operations/s",
        better="higher",
        n=len(rushes) - 1,
        sizes={"operations": OPERATIONS, "customers": CUSTOMERS, "processes": PROCESSES, **rushes[-1]["proof"]},
    )


def run(
    server: EmbeddedPostgres, folder: Path, environment: dict[str, str], name: str, arguments: list[str]
) -> dict[str, Any]:
    with psycopg.connect(named(server.owner_url, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE huike")
    data_dir = folder / name
    told = environment | {"HUIKE_DATABASE_URL": named(server.app_url, name), "HUIKE_DATA_DIR": str(data_dir)}
    try:
        done = subprocess.run([sys.executable, __file__, *arguments], env=told, check=True, stdout=subprocess.PIPE)
        outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        print(f"{name}: {outcome}", file=sys.stderr)
        return outcome
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
        with psycopg.connect(named(server.owner_url, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def history(file: Path) -> dict[str, Any]:
    """In a process of its own: one file, from receiving it until every sale stands in points."""
    import django

    django.setup()
    from huike.loyalty.models import Member, Programme, Terms
    from huike.loyalty.points.loop import catch_up
    from huike.loyalty.terms.document import TermsDocument

    programme = Programme.objects.create(name="Bench", points_name="points", currency="GBP", state="active", version=1)
    document = TermsDocument.model_validate(
        {
            "joining": {"every_buyer": True},
            "earning": {"multipliers": [{"name": "Weekend", "factor_bp": 20_000, "weekdays": [6, 7]}]},
            "lapse": {"kind": "never"},
            "tiers": {
                "tiers": [
                    {"key": "member", "name": "Member"},
                    {
                        "key": "gold",
                        "name": "Gold",
                        "qualify": {"thresholds": [{"metric": "net", "at_least": 200_000}]},
                    },
                ]
            },
        }
    )
    Terms.objects.create(
        programme=programme,
        version=1,
        effective_at=datetime(2009, 1, 1, tzinfo=UTC),
        document=document.model_dump(mode="json"),
    )
    began = time.perf_counter()
    imported = import_once(file)
    written = time.perf_counter()
    now = datetime(2011, 12, 31, tzinfo=UTC)
    while catch_up(now=now):
        pass
    settled = time.perf_counter()
    return {
        "seconds": settled - began,
        "import_s": written - began,
        "earning_s": settled - written,
        "lines": imported["rows"],
        "members": Member.objects.count(),
        **proof(now),
    }


def proof(now: datetime) -> dict[str, Any]:
    from huike.ledger import proofs
    from huike.ledger.models import Transaction

    proved = proofs.prove(now=now)
    return {
        "orders": Transaction.objects.filter(kind="earn").values("reference").distinct().count(),
        "transactions": proved.transactions,
        "entries": proved.entries,
        "faults": len(proved.faults),
        "proof_s": round(proved.seconds, 2),
    }


def operations() -> dict[str, Any]:
    """In a process of its own, which starts those that operate."""
    import django

    django.setup()
    from django.db import connection

    from huike.customers.models import Customer
    from huike.ledger.books import open_asset

    Customer.objects.bulk_create(Customer(name=f"P{n}") for n in range(CUSTOMERS))
    open_asset(ASSET)
    connection.close()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(operate, [(n, 200) for n in range(PROCESSES)])  # connections, statements
        began = time.perf_counter()
        pool.map(operate, [(n + PROCESSES, OPERATIONS // PROCESSES) for n in range(PROCESSES)])
        seconds = time.perf_counter() - began
    now = datetime.now(UTC)
    return {"per_second": OPERATIONS / seconds, "proof": proof(now)}


def operate(told: tuple[int, int]) -> None:
    """So many operations on customers picked by chance."""
    import django

    django.setup()
    from django.db import transaction

    from huike.customers.models import Customer
    from huike.ledger import selectors, services
    from huike.ledger.books import open_books
    from huike.ledger.errors import InsufficientBalance

    number, count = told
    rng, now = random.Random(number), datetime.now(UTC)
    ids = sorted(Customer.objects.values_list("pk", flat=True))
    burned: list[tuple[int, str]] = []
    for n in range(count):
        who, key = rng.choice(ids), f"{number}:{n}"
        kind = rng.choice(["earn", "earn", "burn", "hold", "restore"])
        try:
            if kind == "hold":
                services.hold(ASSET, who, 10, key=key, until=now + timedelta(minutes=5), now=now)
                services.settle(key, rng.randrange(11), now=now)
                continue
            with transaction.atomic(), open_books(ASSET, [who]) as books:
                if kind == "earn":
                    books.earn(who, rng.randrange(1, 200), key=key, at=now, expires_at=now + timedelta(days=365))
                elif kind == "burn":
                    books.burn(who, rng.randrange(1, 50), key=key, at=now)
                    burned.append((who, key))
        except InsufficientBalance:
            continue
        if kind == "restore" and burned:
            who, of = burned.pop()
            with transaction.atomic(), open_books(ASSET, [who]) as books:
                (found,) = books_ids(of)
                spent = selectors.still_spent(found)
                books.restore(who, spent, sum(part for _, part in spent), key=key, at=now, reverses_id=found)


def books_ids(key: str) -> list[int]:
    from huike.ledger.models import Transaction

    return list(Transaction.objects.filter(key=key).values_list("pk", flat=True))


if __name__ == "__main__":
    main()
