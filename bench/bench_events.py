"""How many customer events the house takes: batches of 100 over loopback HTTP against a running `huike up` (embedded
PostgreSQL, web, worker and lake on this machine, which the clients share).

Cases: `accepted_per_s`, answered with success and on disk; `kept_per_s`, from the first request until the last event is
in its table, deduplicated and with whoever it belongs to; `p99_ms` of one batch as a client waits for it (median in
`sizes`); `visible_p95_s`, from sending one event until it is in its table, asked every 20 ms while one client goes on.

Each event has five properties and a page; half the visitors are known customers; one event in twenty is of a cart.
`ROUNDS=…` and `SECONDS=…` change how long it takes; `PORT=…` where it listens.
"""

from __future__ import annotations

import base64
import http.client
import json
import multiprocessing
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _report import report
from bench_order import wait_until_ready

CLIENTS = int(os.environ.get("CLIENTS", "2"))
BATCH = 100
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS", "10"))
PORT = int(os.environ.get("PORT", "8103"))
VISITORS = 20_000
SAMPLES = 20


def event(rng: random.Random, name: str) -> dict[str, Any]:
    visitor = rng.randrange(VISITORS)
    who = {"userId": f"u{visitor}"} if visitor % 2 else {"anonymousId": f"a{visitor}"}
    sku = f"SKU-{rng.randrange(500):04d}"
    now = datetime.now(UTC).isoformat()
    if rng.random() < 0.05:
        properties = {"sku": sku, "price": rng.randrange(500, 9_900) / 100, "quantity": 1, "name": f"茶 {sku}"}
        return {**who, "type": "track", "event": "Product Added", "messageId": name, "timestamp": now,
                "properties": properties}  # fmt: skip
    return {
        **who,
        "type": "track",
        "event": rng.choice(["Product Viewed", "Products Searched", "Article Read", "Video Watched"]),
        "messageId": name,
        "timestamp": now,
        "properties": {"sku": sku, "list": "hot", "position": rng.randrange(50), "price": 12.5, "brand": "青禾"},
        "context": {"page": {"path": f"/p/{sku}", "url": f"https://shop.example.com/p/{sku}"}, "locale": "zh-CN"},
    }


class Shop:
    """One client with one kept connection."""

    def __init__(self, key: str) -> None:
        basic = base64.b64encode(f"{key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)

    def send(self, body: bytes) -> int:
        self._connection.request("POST", "/v1/batch", body, self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status not in {200, 429}:
            raise SystemExit(f"/v1/batch answered {response.status}: {answer[:300]!r}")
        return response.status


def bodies(label: str, count: int) -> list[bytes]:
    """Batches made beforehand: a shop's own work is not what is measured."""
    rng = random.Random(label)
    return [
        json.dumps({"batch": [event(rng, f"{label}-{batch}-{n}") for n in range(BATCH)]}, ensure_ascii=False).encode()
        for batch in range(count)
    ]


def client(number: int, key: str, label: str, seconds: float) -> tuple[int, float, list[float]]:
    """Send for so long: batches taken, seconds it took, and milliseconds each waited."""
    made = bodies(f"{label}-{number}", int(seconds * 120))
    shop, taken_ms = Shop(key), []
    began = time.perf_counter()
    for body in made:
        started = time.perf_counter()
        while shop.send(body) == 429:
            time.sleep(0.2)
        taken_ms.append((time.perf_counter() - started) * 1_000)
        if time.perf_counter() - began > seconds:
            break
    return len(taken_ms), time.perf_counter() - began, taken_ms


def waiting() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM behaviour_delivery")
        return int(cursor.fetchone()[0])


def kept() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM behaviour_event")
        return int(cursor.fetchone()[0])


def measure_throughput(pool: Any, key: str) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {"accepted": [], "kept": [], "p50": [], "p99": []}
    for number in range(ROUNDS + 1):
        before = kept()
        results = pool.starmap_async(client, [(n, key, f"round{number}", SECONDS) for n in range(CLIENTS)])
        while waiting() == 0 and not results.ready():
            time.sleep(0.02)
        began = time.perf_counter()
        done = results.get()
        while waiting():
            time.sleep(0.05)
        elapsed = time.perf_counter() - began
        sent = sum(batches for batches, _, _ in done) * BATCH
        if kept() - before != sent:
            raise SystemExit(f"{sent} events were sent and {kept() - before} are there")
        taken = sorted(ms for _, _, each in done for ms in each)
        accepted = sent / max(seconds for _, seconds, _ in done)
        p50, p99 = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
        note = " (warm-up)" if number == 0 else ""
        print(
            f"round {number}{note}: {accepted:.0f} accepted/s, {sent / elapsed:.0f} kept/s, p50 {p50:.1f} ms, "
            f"p99 {p99:.1f} ms",
            file=sys.stderr,
        )
        if number:
            for name, value in (("accepted", accepted), ("kept", sent / elapsed), ("p50", p50), ("p99", p99)):
                figures[name].append(value)
    return figures


def measure_visibility(pool: Any, key: str) -> list[float]:
    from huike.behaviour.models import CustomerEvent

    background = pool.starmap_async(gentle_client, [(key, SAMPLES * 1.5)])
    shop, waits = Shop(key), []
    for sample in range(SAMPLES):
        name = f"Sample {sample}"
        told = {"type": "track", "event": name, "messageId": name, "anonymousId": f"sample-{sample}"}
        started = time.perf_counter()
        shop.send(json.dumps({"batch": [told]}).encode())
        while not CustomerEvent.objects.filter(name=name).order_by("-id").exists():
            time.sleep(0.02)
        waits.append(time.perf_counter() - started)
    del background
    return waits


def gentle_client(key: str, seconds: float) -> None:
    """A thousand events a second."""
    shop, end = Shop(key), time.perf_counter() + seconds
    for body in bodies("gentle", int(seconds * 10)):
        shop.send(body)
        time.sleep(0.1)
        if time.perf_counter() > end:
            return


def prepare() -> str:
    """A tracked source, known customers for half of its visitors; the write key."""
    from django.db import connection

    from huike.behaviour import sources
    from huike.customers.services import create_source
    from huike.platform.audit import SYSTEM

    source = create_source(
        key="shop", name="Shop", channel="web", timezone="Asia/Shanghai", currency="CNY", actor=SYSTEM
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH people AS (INSERT INTO customers_customer (name, name_pinyin, state, notes, tags, orders_count, "
            "returns_count, spent_minor) SELECT 'u' || n, '', 'active', '', '[]', 0, 0, 0 "
            "FROM generate_series(1, %s, 2) AS n RETURNING id, name) "
            "INSERT INTO customers_identity (customer_id, kind, source_id, value, verified) "
            "SELECT id, 'external', %s, name, true FROM people",
            [VISITORS, source.pk],
        )
    return str(sources.track(source.pk, actor=SYSTEM).write_keys.get().key)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-events-"))
    environment = os.environ | {"HUIKE_DATA_DIR": str(folder), "HUIKE_PORT": str(PORT)}
    environment.pop("HUIKE_DATABASE_URL", None)
    os.environ["HUIKE_DATA_DIR"] = str(folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "huike", "up"], env=environment, stdout=log, stderr=log)
    try:
        wait_until_ready(process)
        from huike.cli.environment import database

        with database(what="bench-events"):
            key = prepare()
            with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:
                figures = measure_throughput(pool, key)
                waits = measure_visibility(pool, key)
                pool.terminate()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    sizes = {"clients": CLIENTS, "batch": BATCH, "seconds_per_round": SECONDS, "visitors": VISITORS}
    median = statistics.median
    for case, name in (("accepted_per_s", "accepted"), ("kept_per_s", "kept")):
        report(
            bench="events", case=case, value=median(figures[name]), unit="events/s", better="higher", n=ROUNDS,
            sizes=sizes,
        )  # fmt: skip
    report(
        bench="events",
        case="p99_ms",
        value=median(figures["p99"]),
        unit="ms",
        better="lower",
        n=ROUNDS,
        sizes={**sizes, "p50_ms": round(median(figures["p50"]), 2)},
    )
    report(
        bench="events",
        case="visible_p95_s",
        value=sorted(waits)[int(len(waits) * 0.95) - 1],
        unit="s",
        better="lower",
        n=len(waits),
        sizes={**sizes, "events_per_s_beside": 1_000, "median_s": round(median(waits), 2)},
    )


if __name__ == "__main__":
    main()
