"""An hour of a shopping festival in MINUTES (10 unless told otherwise): orders at the tills, people joining groups and
carts evaluated against offers come as the clock says and not as the house answers, against a running `huike up` and a
payment sandbox on this machine, which the clients share.

A usual second brings AVERAGE of each kind; the festival brings ten times that on the average (`FACTOR=…`), three times
as much at the stroke as in the long run, fading within a twentieth of the time. Arrivals are a Poisson stream, drawn
before the clock runs. Nobody waits for anybody: what cannot begin when it is due begins late, and that waiting is in
its time, as are the second tries of a till whose offer was used up between look and purchase. One JSON line: deeds done
per second; by kind how many came, were done and were refused, and p50 and p99 in milliseconds from the instant each was
due.

At the end the proof. **Nothing lost, nothing doubled**: each order and each part in a group that was acknowledged is
there once, each payment the sandbox took is captured, each part that paid has its seat, its money back or a voucher for
each piece, and the ledger agrees to the minor unit. **Nothing oversold**: no deal above its stock (some are to sell
out), no offer above its budget. What the house refused for a reason of its own (sold out) counts as refused; any other
answer ends the run.

`MINUTES=…`, `FACTOR=…`, `PROCESSES=…` (of clients, of 16 threads each), `PORT=…` change it.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))  # the proof of groups is that of the tests

from _product import Caller, Product, cpu_seconds, each_ms, running
from _report import report

MINUTES = float(os.environ.get("MINUTES", "10"))
FACTOR = float(os.environ.get("FACTOR", "10"))
PROCESSES = int(os.environ.get("PROCESSES", "2"))
PORT = int(os.environ.get("PORT", "8109"))
THREADS = 16
AVERAGE = {"order": 1.0, "join": 0.5, "evaluation": 2.0}
"""Of a usual second."""
SPIKE, FADES_WITHIN = 2.0, 1 / 20

KNOWN_CUSTOMERS = 20_000
PRODUCTS = 500
DEALS = 20
SCARCE = 4
"""So many deals have stock for a tenth of those who come for them."""
SIZE = 3
OFFERS = 20
REFUSALS = frozenset({"deal.sold_out"})
MOVES_ON = frozenset({"group.full", "group.over", "group.not_open_yet", "group.joined_already"})
"""Somebody else was quicker: she opens a group of her own."""


@dataclass(frozen=True, slots=True)
class Arrival:
    at: float  # seconds after the stroke
    kind: str
    number: int


def arrivals(seconds: float) -> Iterator[Arrival]:
    """In their order, by thinning the stream of the highest rate; the same each time."""
    rng = random.Random("festival")
    kinds, weights = list(AVERAGE), list(AVERAGE.values())
    mean_shape = 1 + SPIKE * FADES_WITHIN * (1 - math.exp(-1 / FADES_WITHIN))
    highest = sum(weights) * FACTOR * (1 + SPIKE) / mean_shape
    at, number = rng.expovariate(highest), 0
    while at < seconds:
        shape = 1 + SPIKE * math.exp(-at / (FADES_WITHIN * seconds))
        if rng.random() < shape / (1 + SPIKE):
            yield Arrival(at, rng.choices(kinds, weights)[0], number)
            number += 1
        at += rng.expovariate(highest)


@dataclass(slots=True)
class Told:
    """What the house acknowledged to the clients of one process."""

    taken_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    begun_late_ms: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Crowd:
    """The clients of one process."""

    def __init__(self, due: list[Arrival], product: Product, key: str, deals: list[int], stroke: float) -> None:
        self._due, self._product, self._key, self._deals, self._stroke = iter(due), product, key, deals, stroke
        self._lock = threading.Lock()
        self._open: dict[int, list[tuple[int, int]]] = defaultdict(list)  # by deal: (group, who may still come)
        self.told = Told()

    def run(self) -> Told:
        threads = [threading.Thread(target=self._serve) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.told

    def _serve(self) -> None:
        house = Caller(self._product.url, self._key)
        bank = Caller(self._product.bank, self._product.secret)
        while True:
            with self._lock:
                arrival = next(self._due, None)
            if arrival is None or self.told.failed:
                return
            due = self._stroke + arrival.at
            if (wait := due - time.time()) > 0:
                time.sleep(wait)
            self.told.begun_late_ms.append((time.time() - due) * 1_000)
            rng = random.Random(f"festival {arrival.number}")
            try:
                done = {"order": self._order, "join": self._join, "evaluation": self._evaluate}[arrival.kind](
                    house, bank, rng, arrival.number
                )
            except (OSError, SystemExit) as error:
                self.told.failed.append(f"{arrival.kind} {arrival.number}: {error}")
                return
            if done:
                self.told.taken_ms[arrival.kind].append((time.time() - due) * 1_000)
            else:
                self.told.refused[arrival.kind] += 1

    def _order(self, house: Caller, bank: Caller, rng: random.Random, number: int) -> bool:
        body = cart(rng, f"festival-{number}")
        for _ in range(20):
            status, answer = house.post("/api/v1/orders", body, **{"Idempotency-Key": f"order-{number}"})
            if status == 201 or answer["code"] != "offer.budget_used_up":
                break
        _must((status, answer), 201)
        self.told.orders.append(body["external_id"])
        return True

    def _evaluate(self, house: Caller, bank: Caller, rng: random.Random, number: int) -> bool:
        _must(house.post("/api/v1/checkout/quote", cart(rng, f"quote-{number}")), 200)
        return True

    def _join(self, house: Caller, bank: Caller, rng: random.Random, number: int) -> bool:
        """Into a group that others have opened, else into one of her own; and she pays."""
        deal_id = rng.choice(self._deals)
        with self._lock:
            group_id, places = self._open[deal_id].pop(0) if self._open[deal_id] else (None, SIZE)
        tried = 0
        while True:
            told = {"size": SIZE} if group_id is None else {"group_id": group_id}
            body = {"buyer": {"phone": phone(rng)}, "return_url": "https://shop.example/back", **told}
            path = f"/api/v1/groupbuy/deals/{deal_id}/join"
            status, answer = house.post(path, body, **{"Idempotency-Key": f"join-{number}-{tried}"})
            if status == 201:
                break
            if answer["code"] in REFUSALS:
                return False
            if answer["code"] not in MOVES_ON or tried > 10:
                raise SystemExit(f"join answered {status}: {answer}")
            group_id, places, tried = None, SIZE, tried + 1
        pay = {"number": answer["pay"]["url"].rsplit("/", 1)[1]}
        _must(bank.post("/admin/pay", pay), 200)
        self.told.parts.append(int(answer["participation_id"]))
        if places > 1:
            with self._lock:
                self._open[deal_id].append((int(answer["group_id"]), places - 1))
        return True


def _must(answered: tuple[int, Any], expected: int) -> None:
    status, answer = answered
    if status != expected:
        raise SystemExit(f"answered {status}: {answer}")


def phone(rng: random.Random) -> str:
    """One in ten is new."""
    if rng.random() < 0.1:
        return f"+86139{rng.randrange(10**8):08d}"
    return f"+86138{rng.randrange(KNOWN_CUSTOMERS):08d}"


def cart(rng: random.Random, external_id: str) -> dict[str, Any]:
    """Five goods, offers taken off; the till tells no payments, so that its net is the house's."""
    return {
        "source": "till-1",
        "external_id": external_id,
        "placed_at": datetime.now(UTC).isoformat(),
        "channel": "pos",
        "currency": "CNY",
        "customer": {"phone": phone(rng)},
        "offers": True,
        "lines": [
            {
                "sku": f"SKU-{rng.randrange(PRODUCTS):04d}",
                "quantity": str(rng.randrange(1, 4)),
                "unit_price": f"{rng.randrange(500, 9_900) / 100:.2f}",
            }
            for _ in range(5)
        ],
    }


def crowd(due: list[Arrival], product: Product, key: str, deals: list[int], stroke: float) -> Told:
    return Crowd(due, product, key, deals, stroke).run()


def prepare(expected: Counter[str]) -> tuple[str, list[int], int]:
    """Goods, offers, deals, known customers, a till's source; a key for all of it, the deals, the budget's size."""
    from huike.cli.environment import database

    with database(what="bench-festival"):
        from django.db import connection, transaction

        from huike.catalog.models import Product as Goods
        from huike.customers import bulk
        from huike.customers.services import create_source
        from huike.groupbuy.deals import services as deals
        from huike.groupbuy.models import Merchant
        from huike.platform.audit import SYSTEM
        from huike.promotions.offers import services as offers
        from huike.promotions.terms.document import OfferDocument
        from huike.staff.access import user_principal
        from huike.staff.models import User
        from huike.staff.services import create_api_key
        from tests.groupbuy.world import document, product

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
        goods = Goods.objects.bulk_create(Goods(sku=f"SKU-{n:04d}", name=f"Goods {n}") for n in range(PRODUCTS))
        budget = max(1, expected["order"] // 10)
        for number in range(OFFERS):
            some = {"product_ids": [one.pk for one in goods[number :: OFFERS * 5]]}
            terms: dict[str, Any] = {"effect": {"kind": "percent", "percent_bp": 500 + 50 * number, "goods": some}}
            if number == 0:  # the first who come have it, whatever they buy
                terms = {"effect": {"kind": "amount", "amount_minor": 100}, "budgets": [{"uses": budget}]}
            told = OfferDocument.model_validate({"applies": "automatic", "currency": "CNY", **terms})
            made = offers.create_offer(name=f"Offer {number}", terms=told, actor=SYSTEM)
            offers.activate_offer(made.pk, actor=SYSTEM)
        merchant = Merchant.objects.create(name="Merchant", state="admitted")
        now = datetime.now(UTC)
        on_sale = document(
            ladder=[{"size": SIZE, "price_minor": 9_900}],
            starts_at=(now - timedelta(days=1)).isoformat(),
            ends_at=(now + timedelta(days=30)).isoformat(),
        )
        ids = []
        for n in range(DEALS):
            deal = deals.create_deal(
                merchant_id=merchant.pk,
                name=f"Deal {n}",
                currency="CNY",
                stock=max(2, expected["join"] // DEALS // 10) if n < SCARCE else 1_000_000,
                document=on_sale,
                product_id=product(f"DEAL-{n}").pk,
                actor=SYSTEM,
                now=now,
            )
            deals.publish_deal(deal.pk, actor=SYSTEM, now=now)
            ids.append(deal.pk)
        owner = user_principal(User.objects.get(role="owner"))
        key, _ = create_api_key(maker=owner, name="bench", permissions={"groupbuy.sell", "orders.write"})
        return key, ids, budget


def prove(product: Product, orders: list[str], parts: list[int], budget: int) -> dict[str, Any]:
    """Raises AssertionError for anything lost, doubled or oversold; what was counted otherwise."""
    from huike.cli.environment import database

    with database(what="bench-festival"):
        from huike.groupbuy.models import Deal, Group, Participation
        from huike.ledger import selectors as ledger
        from huike.orders.models import Order
        from huike.payments.models import Payment
        from huike.platform import sql
        from tests.groupbuy.proof import holds_always

        began = time.perf_counter()
        while time.perf_counter() - began < 600:
            waiting = Payment.objects.filter(state__in=["created", "pending"]).count()
            confirmed = Participation.objects.filter(state="confirmed").count()
            placed = Order.objects.filter(external_id__startswith="participation:").count()
            if not waiting and placed == confirmed:
                break
            time.sleep(0.5)
        else:
            raise SystemExit(f"not settled within ten minutes: {waiting} payments wait, {placed} of {confirmed} orders")
        settled_s = time.perf_counter() - began

        assert len(set(orders)) == len(orders)
        assert len(set(parts)) == len(parts)
        there = Counter(Order.objects.filter(external_id__startswith="festival-").values_list("external_id", flat=True))
        assert there == Counter(orders), "orders were lost, doubled, or written and not acknowledged"
        assert sorted(Participation.objects.values_list("pk", flat=True)) == sorted(parts)

        holds_always()  # stock, seats, leaders, a voucher for each piece
        truth = product.truth()
        took = {row["number"]: row["amount_minor"] for row in truth["payments"] if row["state"] == "captured"}
        kept = dict(Payment.objects.filter(state="captured").values_list("number", "amount_minor"))
        assert took == kept, "the sandbox and the house differ on what was paid"
        back = sum(row["amount_minor"] for row in truth["refunds"] if row["state"] == "succeeded")
        states = Counter(Participation.objects.values_list("state", flat=True))
        assert set(states) <= {"seated", "confirmed", "refunded"}, states
        assert len(took) == len(parts)
        sums = ledger.house_sums("deals:CNY")
        assert -sums.get("paid", 0) == sums.get("unused", 0) == sum(took.values()) - back
        assert ledger.verify() == []
        ((used,),) = sql.rows(
            """
            SELECT count(*) FROM promotions_application a JOIN promotions_offer o ON o.id = a.offer_id
             WHERE o.name = 'Offer 0'
            """
        )
        assert used <= budget, f"{used} uses of an offer for {budget}"
        return {
            "settled_s": round(settled_s, 1),
            "groups_formed": Group.objects.filter(state="formed").count(),
            "parts": dict(states),
            "deals_sold_out": sum(deal.taken == deal.stock for deal in Deal.objects.all()),
            "budget": f"{used} of {budget} uses",
        }


def main() -> None:
    seconds = MINUTES * 60
    due = list(arrivals(seconds))
    expected = Counter(arrival.kind for arrival in due)
    with running(name="festival", port=PORT, sandbox=True) as product:
        key, deals, budget = prepare(expected)
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            before, stroke = cpu_seconds(), time.time() + 2
            shares = [(due[n::PROCESSES], product, key, deals, stroke) for n in range(PROCESSES)]
            told = pool.starmap(crowd, shares)
            ran_s, load = time.time() - stroke, os.getloadavg()[0]
            spent = each_ms(before, cpu_seconds(), len(due))
        failed = [one for each in told for one in each.failed]
        if failed:
            raise SystemExit("\n".join(failed[:10]))
        orders = [one for each in told for one in each.orders]
        parts = [one for each in told for one in each.parts]
        proof = prove(product, orders, parts, budget)
    kinds = {}
    for kind in AVERAGE:
        taken = sorted(ms for each in told for ms in each.taken_ms[kind])
        kinds[kind] = {
            "came": expected[kind],
            "done": len(taken),
            "refused": sum(each.refused[kind] for each in told),
            "p50_ms": round(taken[len(taken) // 2], 1),
            "p99_ms": round(taken[int(len(taken) * 0.99)], 1),
        }
        assert kinds[kind]["done"] + kinds[kind]["refused"] == expected[kind], "a deed was neither done nor refused"
    late = sorted(ms for each in told for ms in each.begun_late_ms)
    sizes = {
        "minutes": MINUTES,
        "factor": FACTOR,
        "of_a_usual_second": AVERAGE,
        "kinds": kinds,
        "begun_late_p99_ms": round(late[int(len(late) * 0.99)], 1),
        "cpu_ms_per_deed": spent,
        "load": round(load, 1),
        "proof": {"held": True, **proof},
    }
    rate = len(due) / ran_s
    report(bench="festival", case="deeds_per_s", value=rate, unit="deeds/s", better="higher", n=1, sizes=sizes)


if __name__ == "__main__":
    main()
