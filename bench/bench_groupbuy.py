"""How many people the house lets into groups: `POST /groupbuy/deals/{id}/join` over loopback HTTP from 16 clients, each
paid at the sandbox, which tells the house by signed notifications; against a running `huike up` (embedded PostgreSQL,
web and worker on this machine, which the clients and the sandbox share).

One JSON line: `joins_per_s`, of JOINS joins over DEALS deals from the first request until the last client has paid for
its last (the payments are in it, the waiting for groups to open too). In its sizes: p50 and p99 of one request, which
reserves, opens the payment and starts it at the sandbox; `settled_s`, from then until every payment is known, every
group has formed, every voucher and every order exists; the milliseconds of processor time of each join, by process and
until all is settled. At the end the proof of the tests is asked: nothing oversold, nothing lost, a voucher for each
piece, the books agree with the sandbox to the minor unit. Run once after a warm-up of a twentieth.

Nine in ten buyers are known customers, groups are of five. `JOINS=…`, `DEALS=…`, `CLIENTS=…`, `PORT=…` change it.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))  # the proof is that of the tests

from _product import Caller, Product, cpu_seconds, each_ms, running
from _report import report

JOINS = int(os.environ.get("JOINS", "20000"))
DEALS = int(os.environ.get("DEALS", "500"))
CLIENTS = int(os.environ.get("CLIENTS", "16"))
PORT = int(os.environ.get("PORT", "8107"))
KNOWN_CUSTOMERS = 20_000
SIZE = 5
PRICE_MINOR = 9_900
AT_A_TIME = 25  # groups a client opens before their friends come, as they do once the opener has paid and told them


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
                time.sleep(0.1)  # as a friend's page would: to be refused costs the house as well
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


def prepare() -> tuple[str, list[int]]:
    """DEALS deals of 20 merchants on sale, customers who are known, and a key that may only join."""
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


def prove(product: Product) -> None:
    from huike.cli.environment import database

    with database(what="bench-groupbuy"):
        from tests.groupbuy.proof import holds_at_the_end

        holds_at_the_end(product.truth())


def main() -> None:
    with running(name="groupbuy", port=PORT, sandbox=True) as product:
        key, deals = prepare()
        with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:

            def run(label: str, joins: int) -> tuple[float, list[float], int]:
                share = max(1, joins // CLIENTS // SIZE) * SIZE
                told = [
                    (n, label, share, deals, product.url, key, product.bank, product.secret) for n in range(CLIENTS)
                ]
                started = time.perf_counter()
                results = pool.starmap(client, told)
                seconds = time.perf_counter() - started
                return seconds, sorted(ms for one, _ in results for ms in one), sum(early for _, early in results)

            _, warm, _ = run("warm", JOINS // 20)
            wait_until_settled(len(warm))
            before = cpu_seconds()
            seconds, taken, early = run("joins", JOINS)
            load = os.getloadavg()[0]
            settled = wait_until_settled(len(warm) + len(taken))
            spent = each_ms(before, cpu_seconds(), len(taken))
        prove(product)
    sizes = {
        "joins": len(taken),
        "deals": DEALS,
        "clients": CLIENTS,
        "group_size": SIZE,
        "known_customers": KNOWN_CUSTOMERS,
        "asked_too_early": early,
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p99_ms": round(taken[int(len(taken) * 0.99)], 2),
        "settled_s": round(settled, 1),
        "cpu_ms_per_join": spent,
        "load": round(load, 1),
        "proof": "held",
    }
    rate = len(taken) / seconds
    report(bench="groupbuy", case="joins_per_s", value=rate, unit="joins/s", better="higher", n=1, sizes=sizes)


if __name__ == "__main__":
    main()
