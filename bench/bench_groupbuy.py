"""How many people the house lets into groups: `POST /groupbuy/deals/{id}/join` over loopback HTTP from 16 clients, each
paid at the sandbox, which tells the house by signed notifications; against a running `huike up` (embedded PostgreSQL,
web and worker on this machine, which the clients and the sandbox share).

Cases: `joins_per_s`, of JOINS joins over DEALS deals from the first request until the last client has paid for its last
(the payments are in it, the waiting for groups to open too); `join_p99_ms` of one request, which reserves, opens the
payment and starts it at the sandbox; `settled_s`, from then until every payment is known, every group has formed, every
voucher and every order exists. At the end the proof of the tests is asked: nothing oversold, nothing lost, the books
agree with the sandbox to the minor unit. Run once after a warm-up of a twentieth.

Nine in ten buyers are known customers, groups are of five. `JOINS=…`, `DEALS=…`, `CLIENTS=…`, `PORT=…` change it.
"""

from __future__ import annotations

import base64
import http.client
import json
import multiprocessing
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).parents[1]))  # the proof is that of the tests

import psutil
from _report import report

JOINS = int(os.environ.get("JOINS", "20000"))
DEALS = int(os.environ.get("DEALS", "500"))
CLIENTS = int(os.environ.get("CLIENTS", "16"))
PORT = int(os.environ.get("PORT", "8107"))
KNOWN_CUSTOMERS = 20_000
SIZE = 5
PRICE_MINOR = 9_900
AT_A_TIME = 10  # groups a client fills side by side


class Caller:
    """One kept connection."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._address, self._key = (parts.hostname or "", parts.port or 0), key
        self._connect()

    def _connect(self) -> None:
        self._http = http.client.HTTPConnection(*self._address, timeout=60)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        head = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", **headers}
        self._http.request("POST", path, json.dumps(body), head)
        answer = self._http.getresponse()
        return answer.status, json.loads(answer.read())


def client(number: int, label: str, share: int, deals: list[int], url: str, key: str, bank: str, secret: str) -> Any:
    """Fill groups of SIZE until `share` joins are made and paid; how long each join took, in ms, and how often a group
    was asked for whose opener's payment was not known yet."""
    rng = random.Random(f"{label}-{number}")
    house, sandbox = Caller(url, key), Caller(bank, secret)
    taken_ms: list[float] = []
    too_early = made = 0

    def phone() -> str:
        if rng.random() < 0.1:
            return f"+86139{rng.randrange(10**8):08d}"
        return f"+86138{rng.randrange(KNOWN_CUSTOMERS):08d}"

    def join(deal_id: int, group_id: int | None) -> int:
        nonlocal too_early, made
        told = {"size": SIZE} if group_id is None else {"group_id": group_id}
        while True:
            body = {"buyer": {"phone": phone()}, "return_url": "https://shop.example/back", **told}
            started = time.perf_counter()
            status, answer = house.post(
                f"/api/v1/groupbuy/deals/{deal_id}/join", body, **{"Idempotency-Key": f"{label}-{number}-{made}"}
            )
            if status == 201:
                break
            if answer["code"] == "group.not_open_yet":
                too_early += 1
                time.sleep(0.02)
            elif answer["code"] != "group.joined_already":
                raise SystemExit(f"join answered {status}: {answer}")
        taken_ms.append((time.perf_counter() - started) * 1_000)
        made += 1
        paid, _ = sandbox.post("/admin/pay", {"number": answer["pay"]["url"].rsplit("/", 1)[1]})
        if paid != 200:
            raise SystemExit(f"the sandbox answered {paid}")
        return int(answer["group_id"])

    while made < share:
        chosen = [rng.choice(deals) for _ in range(min(AT_A_TIME, (share - made) // SIZE))]
        groups = [(deal_id, join(deal_id, None)) for deal_id in chosen]
        for _ in range(SIZE - 1):
            for deal_id, group_id in groups:
                join(deal_id, group_id)
    return taken_ms, too_early


def prepare(data_dir: Path) -> tuple[str, list[int]]:
    """DEALS deals of 20 merchants on sale, customers who are known, and a key that may only join."""
    os.environ["HUIKE_DATA_DIR"] = str(data_dir)
    from huike.cli.environment import database

    with database(what="bench-groupbuy"):
        from django.db import connection, transaction

        from huike.customers import bulk
        from huike.groupbuy import sources
        from huike.groupbuy.deals import services
        from huike.groupbuy.models import Merchant
        from huike.platform.audit import SYSTEM
        from huike.staff.access import user_principal
        from huike.staff.models import User
        from huike.staff.services import create_api_key
        from tests.groupbuy.world import document, product

        with transaction.atomic(), connection.cursor() as cursor:
            bulk.stage_customers(cursor)
            cursor.execute(
                "INSERT INTO staged_customer (ord, phone, tags) "
                "SELECT n, '+86138' || lpad(n::text, 8, '0'), '[]' FROM generate_series(0, %s - 1) n",
                [KNOWN_CUSTOMERS],
            )
            bulk.write_customers(cursor, source_id=sources.source_id(), source_channel=sources.CHANNEL, overwrite=False)
        merchants = [Merchant.objects.create(name=f"Merchant {n}", state="admitted") for n in range(20)]
        now = datetime.now(UTC)
        terms = document(
            ladder=[{"size": SIZE, "price_minor": PRICE_MINOR}],
            starts_at=(now - timedelta(days=1)).isoformat(),
            ends_at=(now + timedelta(days=30)).isoformat(),
        )
        deals = []
        for n in range(DEALS):
            deal = services.create_deal(
                merchant_id=merchants[n % 20].pk,
                name=f"Deal {n}",
                currency="CNY",
                stock=JOINS,
                document=terms,
                product_id=product(f"DEAL-{n}").pk,
                actor=SYSTEM,
                now=now,
            )
            services.publish_deal(deal.pk, actor=SYSTEM, now=now)
            deals.append(deal.pk)
        owner = user_principal(User.objects.get(role="owner"))
        key, _ = create_api_key(maker=owner, name="bench", permissions={"groupbuy.sell"})
        return key, deals


def wait_until_settled(expected: int) -> float:
    """Seconds until every payment is captured, every group formed, every voucher and every order there."""
    from huike.cli.environment import database

    started = time.perf_counter()
    with database(what="bench-groupbuy"):
        from huike.groupbuy.models import Group, Voucher
        from huike.orders.models import Order

        while time.perf_counter() - started < 900:
            there = (Group.objects.filter(state="formed").count(), Voucher.objects.count(), Order.objects.count())
            if there == (expected // SIZE, expected, expected):
                return time.perf_counter() - started
            time.sleep(0.5)
        raise SystemExit(f"not settled within a quarter of an hour: {there}, of {expected} joins")


def prove(bank: str, secret: str) -> None:
    from huike.cli.environment import database

    with database(what="bench-groupbuy"):
        from tests.groupbuy.proof import holds_at_the_end

        request = http.client.HTTPConnection(urlsplit(bank).netloc, timeout=120)
        request.request("GET", "/admin/truth", headers={"Authorization": f"Bearer {secret}"})
        holds_at_the_end(json.loads(request.getresponse().read()))


def cpu_seconds() -> float:
    """What all processes of this bench have worked so far: house, database, sandbox and clients. Unlike the clock it
    does not know what runs beside."""
    total = 0.0
    for one in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return total


def wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 600
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
    raise SystemExit("huike up was not ready within ten minutes")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-groupbuy-"))
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    url = f"http://127.0.0.1:{PORT}"
    environment = os.environ | {"HUIKE_PAYMENTS_SANDBOX_SECRET": secret}
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "huike.payments.sandbox", f"--state={folder / 'sandbox.sqlite'}"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert sandbox.stdout is not None
    bank = sandbox.stdout.readline().strip()
    environment |= {
        "HUIKE_DATA_DIR": str(folder / "data"),
        "HUIKE_PORT": str(PORT),
        "HUIKE_PUBLIC_URL": url,
        "HUIKE_PAYMENTS_SANDBOX_URL": bank,
    }
    os.environ |= {name: value for name, value in environment.items() if name.startswith("HUIKE_")}
    environment.pop("HUIKE_DATABASE_URL", None)
    log_path = Path(os.environ.get("LOG", folder / "log"))
    with log_path.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "huike", "up"], env=environment, stdout=log, stderr=log)
    try:
        wait_until_ready(process)
        key, deals = prepare(folder / "data")
        with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:

            def run(label: str, joins: int) -> tuple[float, list[float], int]:
                share = joins // CLIENTS // SIZE * SIZE
                told = [(n, label, share, deals, url, key, bank, secret) for n in range(CLIENTS)]
                started = time.perf_counter()
                results = pool.starmap(client, told)
                seconds = time.perf_counter() - started
                return seconds, sorted(ms for one, _ in results for ms in one), sum(early for _, early in results)

            _, warm, _ = run("warm", JOINS // 20)
            wait_until_settled(len(warm))
            before = cpu_seconds()
            seconds, taken, early = run("joins", JOINS)
            spent = cpu_seconds() - before
        settled = wait_until_settled(len(warm) + len(taken))
        prove(bank, secret)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        sandbox.terminate()
        shutil.rmtree(folder, ignore_errors=True)
    sizes = {
        "joins": len(taken),
        "deals": DEALS,
        "clients": CLIENTS,
        "group_size": SIZE,
        "known_customers": KNOWN_CUSTOMERS,
        "asked_too_early": early,
        "cpu_ms_per_join": round(spent / len(taken) * 1_000, 2),
        "load": round(os.getloadavg()[0], 1),
        "proof": "held",
    }
    rate, p50, p99 = len(taken) / seconds, taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    report(bench="groupbuy", case="joins_per_s", value=rate, unit="joins/s", better="higher", n=1, sizes=sizes)
    sizes_p99 = {**sizes, "p50_ms": round(p50, 2)}
    report(bench="groupbuy", case="join_p99_ms", value=p99, unit="ms", better="lower", n=1, sizes=sizes_p99)
    report(bench="groupbuy", case="settled_s", value=settled, unit="s", better="lower", n=1, sizes=sizes)


if __name__ == "__main__":
    main()
