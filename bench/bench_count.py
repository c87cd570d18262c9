"""How long a count takes, from a rule's JSON to the number, and how that compares.

Made-up customers with 5 lines each (`made_lake`): the lake as a rebuild would leave it, lines in order of time,
customers in order of id. Who buys is skewed (a tenth of the customers has about a fifth of the orders, some have none),
spread evenly over three years. The rules, and the statements they are compared with, are in `count_rules`.

Nothing of an answer is kept from one question to the next; the columns that rules on the file ask about are held from
the first question on (`first_ms` is that one, `held_after_s` when they are), as the files are in the page cache.

Of each rule, side by side in one run: `count`; `list` of the ids, over `count`; `bare`, the engine's time over that of
the statement written by hand on the lake's Parquet files, in a DuckDB that does nothing else. `http` is what an answer
of the running web server takes above what its engine took; `web_memory` that server's greatest size. Against SQL in
PostgreSQL the rules are held by `bench_rebuild`, which has the tables.

`SIZES=100k,1m,10m` (100k is left out where not said), `ENGINES=duckdb,spark` (spark: only `count` and `list`, on a real
cluster of two workers on this machine). `chart_count.py` draws what this prints (`make bench-chart`).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
from _made import run_inside
from _report import report
from count_rules import AS_OF, CUSTOM5, FIELDS5, RULES, Asked, count, ids, settle, side_by_side
from made_lake import make_lake

RUNS = {"duckdb": 9, "spark": 5}
ASKED_OVER_HTTP = 40
SIZES = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
MEMORY = "1GB"


def main() -> None:
    for size in listed("SIZES", "1m,10m"):
        if "duckdb" in listed("ENGINES", "duckdb"):
            measure(size)
        if "spark" in listed("ENGINES", "duckdb"):
            sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
            from tests import spark

            with spark.running() as cluster:
                measure(size, HUIKE_ENGINE="spark", HUIKE_SPARK_REMOTE=cluster.remote)


def listed(name: str, default: str) -> list[str]:
    return [word.strip().lower() for word in os.environ.get(name, default).split(",")]


def measure(size: str, **settings: str) -> None:
    run_inside(
        __file__,
        "--inside",
        size,
        HUIKE_CURRENCY="CNY",
        HUIKE_TIMEZONE="UTC",
        HUIKE_DUCKDB_MEMORY_LIMIT=MEMORY,
        HUIKE_DUCKDB_THREADS=str(os.cpu_count()),
        **settings,
    )


def measure_inside(size: str, customers: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from huike.platform.config import get_config

    sizes = make_lake(customers)
    engine = get_config().engine
    for asked in RULES:
        measure_rule(asked, size, sizes, engine)
    if engine == "duckdb":
        measure_rule(Asked("custom5", CUSTOM5), size, sizes, engine)
        measure_http(size, sizes)


# -- in this process -------------------------------------------------------------------------------------------------


def measure_rule(asked: Asked, size: str, sizes: dict[str, int], engine: str) -> None:
    ways: dict[str, Callable[[], int]] = {"count": lambda: count(asked.root), "list": lambda: ids(asked.root)}
    with bare_duckdb() as bare:
        if asked.lake and engine == "duckdb":
            ways["bare"] = lambda: number(bare, f"SELECT count(*) FROM ({asked.lake})")
        began_at = time.perf_counter()
        ways["count"]()
        first_ms = (time.perf_counter() - began_at) * 1000
        settle()
        held_after_s = time.perf_counter() - began_at
        matched = {name: way() for name, way in ways.items()}
        assert len(set(matched.values())) == 1, (asked.name, matched)
        times_ms = side_by_side(ways, RUNS[engine])
    told = {**sizes, "engine": engine, "matched": matched["count"]}
    cold = {"first_ms": round(first_ms, 1), "held_after_s": round(held_after_s, 1)}
    at = f"{asked.name}@{size}" if engine == "duckdb" else f"{asked.name}@{size} {engine}"
    goal = {"goal": asked.goal_ms[size]} if engine == "duckdb" and size in asked.goal_ms else {}
    case("count", at, times_ms["count"], "ms", told | goal | cold | {"fastest_ms": round(min(times_ms["count"]), 1)})
    middle = {name: statistics.median(times) for name, times in times_ms.items()}
    ratio("list", at, middle["list"], middle["count"], RUNS[engine], told | {"goal": 1.5})
    if "bare" in middle:
        ratio("bare", at, middle["count"], middle["bare"], RUNS[engine], told | {"goal": 1.3})


@contextlib.contextmanager
def bare_duckdb() -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake's files as views, as a person with a notebook would open them."""
    from huike.lake.registry import tables
    from huike.platform.config import get_config

    with duckdb.connect(config={"threads": str(os.cpu_count()), "memory_limit": MEMORY}) as database:
        database.execute("SET TimeZone = 'UTC'")
        for spec in tables():
            files = sorted(Path(get_config().lake_location).rglob(f"{spec.name}/*.parquet"))
            if files:
                names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
                database.execute(f"CREATE VIEW {spec.name} AS SELECT * FROM read_parquet([{names}])")
        yield database


def number(database: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = database.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


# -- over HTTP -------------------------------------------------------------------------------------------------------


def measure_http(size: str, sizes: dict[str, int]) -> None:
    """Through the server as it is shipped: one worker, its own engine, another process than the one that asks."""
    from huike.lake.engine import close_engine
    from huike.staff import services
    from huike.staff.access import user_principal
    from huike.staff.rules import Role

    close_engine()
    owner = services.create_user(
        email="bench@example.com", name="bench", role=Role.OWNER, password="not-a-secret-here", all_stores=True
    )
    key, _ = services.create_api_key(maker=user_principal(owner), name="bench", permissions=["segments.read"])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "huike", "serve"],
        env=os.environ | {"HUIKE_PORT": str(port), "HUIKE_WEB_WORKERS": "1"},
        stdout=sys.stderr,
    )

    def ask(root: dict[str, Any], *, branches: bool) -> tuple[float, float]:
        """How long the answer took, and how long the engine says it took; milliseconds."""
        body = {"rule": {"version": 1, "as_of": AS_OF, "root": root}, "branches": branches}
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/v1/segments/count",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        began_at = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = json.load(answer)
        return (time.perf_counter() - began_at) * 1000, told["elapsed_ms"]

    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        for asked in RULES:
            ask(asked.root, branches=True)
        above_ms, whole = [], []
        for number in range(ASKED_OVER_HTTP):
            # Each asks what nobody asked: of the same there is one answer for a few seconds.
            *others, spent, has_email = FIELDS5.root["all"]
            root = {"all": [*others, spent | {"value": spent["value"] + number}, has_email]}
            whole_ms, engine_ms = ask(root, branches=True)
            above_ms.append(whole_ms - engine_ms)
            whole.append(whole_ms)
        told = {**sizes, "goal": 20, "whole_ms": round(statistics.median(whole), 1)}
        case("http", f"fields5@{size}", above_ms, "ms above the engine", told)
        for asked in RULES * 3:
            ask(asked.root, branches=True)
        ask(CUSTOM5, branches=True)
        peaks = [peak_mb(pid) for pid in family(server.pid)]
        report(
            bench="count", case=f"web_memory@{size}", value=max(peaks), unit="MB", better="lower", n=len(peaks),
            sizes={**sizes, "goal": 1_500, "processes_mb": peaks},
        )  # fmt: skip
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address: str) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    raise TimeoutError(address)


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


# -- told ------------------------------------------------------------------------------------------------------------


def case(kind: str, at: str, times_ms: list[float], unit: str, sizes: dict[str, Any]) -> None:
    name = at if kind == "count" else f"{kind} {at}"
    report(bench="count", case=name, value=statistics.median(times_ms), unit=unit, better="lower", n=len(times_ms),
           sizes=sizes)  # fmt: skip


def ratio(kind: str, at: str, over: float, under: float, runs: int, sizes: dict[str, Any]) -> None:
    report(bench="count", case=f"{kind} {at}", value=over / under, unit="x", better="lower", n=runs, sizes=sizes)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_inside(sys.argv[2], SIZES[sys.argv[2]])
    else:
        main()
