"""How many orders the house takes: `POST /orders` with 5 lines over loopback HTTP from 8 clients, against a running
`huike up` (embedded PostgreSQL, web and worker on this machine, which the clients share).

Cases: `orders_per_s` and `p99_ms` (of one request, as a client waits for it; the median is in `sizes`), each the median
of ROUNDS rounds after a warm-up; `freshness_p95_s`: from sending a newcomer's first order until `POST /segments/count`
counts her, asked every 50 ms while two clients go on selling.

Each order has a buyer known by phone (one in ten is new), 5 of 500 products, and a payment. `ROUNDS=…` and `SECONDS=…`
change how long it takes; `PORT=…` where it listens. With `MEMBERS=1` a programme
with tiers runs and everybody is a member of it, so that each sale earns and is judged. With `RATE=160` the tills sell
so many a second together and not as many as they can; the time of an order runs from when it was due.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _report import report

CLIENTS = 8
LINES = 5
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = float(os.environ.get("SECONDS", "8"))
PORT = int(os.environ.get("PORT", "8103"))
KNOWN_CUSTOMERS = 20_000
MEMBERS = os.environ.get("MEMBERS") == "1"
RATE = float(os.environ.get("RATE", "0"))
PRODUCTS = 500
FRESHNESS_SAMPLES = 20
MOST_PER_CLIENT_AND_SECOND = 150


def order_body(rng: random.Random, external_id: str, phone: str) -> bytes:
    lines, net_minor = [], 0
    for _ in range(LINES):
        price_minor, quantity = rng.randrange(500, 9_900), rng.randrange(1, 4)
        net_minor += price_minor * quantity
        sku = f"SKU-{rng.randrange(PRODUCTS):04d}"
        lines.append({"sku": sku, "quantity": str(quantity), "unit_price": f"{price_minor / 100:.2f}"})
    return json.dumps(
        {
            "source": "till-1",
            "external_id": external_id,
            "placed_at": datetime.now(UTC).isoformat(),
            "channel": "pos",
            "currency": "CNY",
            "customer": {"phone": phone},
            "lines": lines,
            "payments": [{"tender": "wallet", "amount_minor": net_minor}],
        }
    ).encode()


def known_phone(rng: random.Random) -> str:
    return f"+86138{rng.randrange(KNOWN_CUSTOMERS):08d}"


class Till:
    """One client with one kept connection. It reads of an answer no more than a load generator must: it shares the
    processors with what is measured, and the standard library's client took 0.7 of the 10.5 ms of an order."""

    def __init__(self, key: str) -> None:
        self._head = (
            f"Host: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        ).encode()
        self._socket = socket.create_connection(("127.0.0.1", PORT), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: bytes, idempotency_key: str | None = None) -> bytes:
        key = b"" if idempotency_key is None else b"Idempotency-Key: %s\r\n" % idempotency_key.encode()
        self._socket.sendall(
            b"POST /api/v1%s HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n%s"
            % (path.encode(), self._head, key, len(body), body)
        )
        head, _, answer = self._received().partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if length is None:
            raise SystemExit(f"{path} answered without a length: {head!r}")
        while len(answer) < int(length[1]):
            answer += self._received()
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            raise SystemExit(f"{path} answered {head[:20]!r}: {answer[:500]!r}")
        return answer

    def _received(self) -> bytes:
        """What came next; an answer's head comes in one piece, being written at once."""
        piece = self._socket.recv(1 << 16)
        if not piece:
            raise SystemExit("the server hung up")
        return piece

    def sell(self, body: bytes, key: str) -> None:
        self.post("/orders", body, key)

    def count(self, rule: bytes) -> int:
        return int(json.loads(self.post("/segments/count", rule))["count"])


def client(number: int, key: str, label: str, seconds: float) -> list[float]:
    """Sell for so long; how long each order took, in milliseconds. The orders are written before the clock runs: the
    tills share the processors of the server, and are not what is measured."""
    rng = random.Random(f"{label}-{number}")
    orders = []
    for count in range(int(seconds * MOST_PER_CLIENT_AND_SECOND)):
        phone = f"+86139{rng.randrange(10**8):08d}" if rng.random() < 0.1 else known_phone(rng)
        name = f"{label}-{number}-{count}"
        orders.append((order_body(rng, name, phone), name))
    till, taken_ms, begun = Till(key), [], time.perf_counter()
    for count, (body, name) in enumerate(orders):
        started = time.perf_counter()
        if RATE:
            # The tills take turns, as people come to them.
            due = begun + (count + number / CLIENTS) * CLIENTS / RATE
            time.sleep(max(0.0, due - started))
            started = due
        if started > begun + seconds:
            return taken_ms
        till.sell(body, name)
        taken_ms.append((time.perf_counter() - started) * 1_000)
    raise SystemExit("the clients had too few orders to sell: raise MOST_PER_CLIENT_AND_SECOND")


def measure_throughput(pool: Any, key: str) -> tuple[list[float], list[float], list[float]]:
    rates, p50s, p99s = [], [], []
    for number in range(ROUNDS + 1):
        results = pool.starmap(client, [(n, key, f"round{number}", SECONDS) for n in range(CLIENTS)])
        taken = sorted(ms for one in results for ms in one)
        # Each client sells without a pause, so that its orders took all of its time; or as the clock says.
        rate = len(taken) / SECONDS if RATE else sum(len(one) / (sum(one) / 1_000) for one in results)
        p50, p99 = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
        note = " (warm-up)" if number == 0 else ""
        print(f"round {number}{note}: {rate:.0f} orders/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms", file=sys.stderr)
        if number:
            rates.append(rate)
            p50s.append(p50)
            p99s.append(p99)
    return rates, p50s, p99s


def measure_freshness(pool: Any, key: str) -> list[float]:
    """Seconds until each newcomer is counted. The two clients in the background sell to known buyers only in effect:
    newcomers of theirs are counted too, so the count to wait for is that of a source only these samples use."""
    till, rng = Till(key), random.Random("freshness")
    rule = json.dumps(
        {
            "rule": {
                "version": 1,
                "as_of": None,
                "root": {
                    "bought": {
                        "measure": "orders",
                        "op": "gte",
                        "value": 1,
                        "where": [{"field": "channel", "op": "in", "value": ["phone"]}],
                        "window": {"ever": True},
                    }
                },
            },
            "branches": False,
        }
    ).encode()
    background = pool.starmap_async(client, [(n, key, "beside", FRESHNESS_SAMPLES * 6.0) for n in range(2)])
    waits, counted = [], till.count(rule)
    for sample in range(FRESHNESS_SAMPLES):
        body = order_body(rng, f"fresh-{sample}", f"+86137{sample:08d}").replace(b'"pos"', b'"phone"')
        started = time.perf_counter()
        till.sell(body, f"fresh-{sample}")
        while till.count(rule) < counted + 1:
            if time.perf_counter() - started > 60:
                raise SystemExit("an order was not counted within a minute")
            time.sleep(0.05)
        waits.append(time.perf_counter() - started)
        counted += 1
    del background
    return waits


def prepare(data_dir: Path) -> str:
    """A source, the customers its tills know, and a key of an owner's that may send orders and count segments; on the
    running database."""
    os.environ["HUIKE_DATA_DIR"] = str(data_dir)
    from huike.cli.environment import database

    with database(what="bench-order"):
        from django.db import connection, transaction

        from huike.customers import bulk
        from huike.customers.services import create_source
        from huike.platform.audit import SYSTEM
        from huike.staff.access import user_principal
        from huike.staff.models import User
        from huike.staff.services import create_api_key

        source = create_source(
            key="till-1", name="Till 1", channel="pos", timezone="Asia/Shanghai", currency="CNY", actor=SYSTEM
        )
        with transaction.atomic(), connection.cursor() as cursor:
            bulk.stage_customers(cursor)
            cursor.execute(
                "INSERT INTO staged_customer (ord, phone, tags) "
                "SELECT n, '+86138' || lpad(n::text, 8, '0'), '[]' FROM generate_series(0, %s - 1) n",
                [KNOWN_CUSTOMERS],
            )
            bulk.write_customers(cursor, source_id=source.pk, source_channel="pos", overwrite=False)
        if MEMBERS:
            begin_programme()
        owner = user_principal(User.objects.get(role="owner"))
        key, _ = create_api_key(maker=owner, name="bench", permissions={"orders.write", "segments.read"})
        return key


def begin_programme() -> None:
    """Everybody known is a member since long ago, of a programme with two tiers."""
    from huike.customers.models import Customer
    from huike.loyalty.models import Programme, Terms
    from huike.loyalty.terms.document import TermsDocument

    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    gold = {"key": "gold", "name": "Gold", "qualify": {"thresholds": [{"metric": "net", "at_least": 100_000}]}}
    tiers = {"tiers": [{"key": "member", "name": "Member"}, gold]}
    document = TermsDocument.model_validate({"joining": {"every_buyer": True}, "tiers": tiers})
    programme = Programme.objects.create(name="Bench", points_name="points", currency="CNY", state="active", version=1)
    Terms.objects.create(
        programme=programme, version=1, effective_at=long_ago, document=document.model_dump(mode="json")
    )
    Customer.objects.update(member_since_at=long_ago)


def wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit("huike up ended")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("huike up was not ready within three minutes")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-order-"))
    environment = os.environ | {"HUIKE_DATA_DIR": str(folder), "HUIKE_PORT": str(PORT)}
    environment.pop("HUIKE_DATABASE_URL", None)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "huike", "up"], env=environment, stdout=log, stderr=log)
    try:
        wait_until_ready(process)
        key = prepare(folder)
        with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:
            rates, p50s, p99s = measure_throughput(pool, key)
            waits = measure_freshness(pool, key)
            pool.terminate()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    sizes = {
        "clients": CLIENTS,
        "lines": LINES,
        "seconds_per_round": SECONDS,
        "known_customers": KNOWN_CUSTOMERS,
        "members": MEMBERS,
        "rate": RATE or None,
    }
    median = statistics.median
    report(
        bench="order",
        case="orders_per_s",
        value=median(rates),
        unit="orders/s",
        better="higher",
        n=ROUNDS,
        sizes=sizes,
    )
    report(
        bench="order",
        case="p99_ms",
        value=median(p99s),
        unit="ms",
        better="lower",
        n=ROUNDS,
        sizes={**sizes, "p50_ms": round(median(p50s), 2)},
    )
    report(
        bench="order",
        case="freshness_p95_s",
        value=sorted(waits)[int(len(waits) * 0.95) - 1],
        unit="s",
        better="lower",
        n=len(waits),
        sizes={**sizes, "clients_beside": 2, "median_s": round(median(waits), 2)},
    )


if __name__ == "__main__":
    main()
