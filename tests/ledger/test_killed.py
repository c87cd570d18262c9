"""Tills sell, pay with points and take goods back while web server, worker and PostgreSQL die by SIGKILL at random.

Whatever was acknowledged is in the books once, whatever was not is asked again under its key, and at the end the books
are right. `OPERATIONS=10000` runs the whole of the promise; the suite runs a part of it.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psutil
import pytest

from tests.cli.product import PATIENCE_SECONDS, Product, huike, until

OPERATIONS = int(os.environ.get("OPERATIONS", "240"))
MEMBERS, TILLS = 20, 8
PARTS = ("serve", "postgres", "work")

PREPARE = f"""
from datetime import UTC, datetime
from huike.cli.environment import database
with database(what="a test"):
    from huike.customers.models import Customer, Identity
    from huike.customers.services import create_source
    from huike.loyalty.models import Member, Programme, Terms
    from huike.loyalty.terms.document import TermsDocument
    from huike.platform.audit import SYSTEM
    from huike.staff.access import user_principal
    from huike.staff.models import User
    from huike.staff.services import create_api_key
    create_source(key="t", name="T", channel="pos", timezone="Asia/Shanghai", currency="CNY", actor=SYSTEM)
    programme = Programme.objects.create(name="P", points_name="p", currency="CNY", state="active", version=1)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    Terms.objects.create(programme=programme, version=1, effective_at=long_ago,
                         document=TermsDocument().model_dump(mode="json"))
    for n in range({MEMBERS}):
        who = Customer.objects.create(name=f"M{{n}}", member_since_at=long_ago)
        Identity.objects.create(customer=who, kind="card", value=f"9900{{n:04d}}", verified=True)
        Member.objects.create(programme=programme, customer=who, joined_at=long_ago)
    owner = user_principal(User.objects.get(role="owner"))
    print(create_api_key(maker=owner, name="till", permissions={{"orders.write"}})[0])
"""


class Tills:
    """Clients that ask again, under the same key, until they hear an answer."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self.may_stop = Event()  # every part died at least once
        self.answers = itertools.count(1)
        self.answered = 0
        # What each sale should stand at, by its receipt: (member, earned, burned).
        self.books: dict[str, tuple[int, int, int]] = {}

    def work(self, number: int, count: int) -> None:
        rng = random.Random(number)
        mine: list[str] = []
        with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=20) as client:
            for n in itertools.count():
                if n >= count and self.may_stop.is_set():
                    return
                receipt, member = f"{number}-{n}", rng.randrange(MEMBERS)
                if mine and rng.random() < 0.2:
                    sold = mine.pop(rng.randrange(len(mine)))
                    member = self.books[sold][0]
                    self.ask(client, receipt, member, kind="return", return_of={"external_id": sold})
                    self.books[sold] = (member, 0, 0)
                    continue
                burned = rng.choice([0, 0, 5])
                payments = [{"tender": "cash", "amount_minor": 1_000 - burned}]
                payments += [{"tender": "points", "amount_minor": burned}] if burned else []
                answer = self.ask(client, receipt, member, payments=payments)
                if answer is not None:
                    self.books[receipt] = (member, 9 if burned else 10, burned)
                    mine.append(receipt)

    def ask(self, client: httpx.Client, receipt: str, member: int, **told: Any) -> dict[str, Any] | None:
        """The answer; None where there are too few points."""
        body = {
            "source": "t",
            "external_id": receipt,
            "placed_at": "2026-11-22T12:00:00+08:00",
            "channel": "pos",
            "currency": "CNY",
            "customer": {"card_number": f"9900{member:04d}"},
            "lines": [{"sku": "TEA", "quantity": "1", "unit_price": "10.00"}],
            **told,
        }
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < deadline, f"{receipt} was not answered within {PATIENCE_SECONDS:g} seconds"
            with suppress(httpx.TransportError):
                answer = client.post("/api/v1/orders", json=body, headers={"Idempotency-Key": receipt})
                if answer.status_code == 201:
                    self.answered = next(self.answers)
                    return answer.json()
                if answer.status_code == 409 and answer.json()["code"] == "ledger.insufficient":
                    return None
                assert answer.status_code >= 500 or answer.json()["code"].startswith("idempotency."), answer.text
            time.sleep(0.1)


def kill_at_random(product: Product, tills: Tills, stop: Event) -> list[str]:
    """One part after the other, each after some more operations, while the next ones are on their way."""
    killed: list[str] = []
    rng = random.Random(7)
    next_at = 0
    while not stop.wait(rng.uniform(0.0, 0.2)):
        if tills.answered < next_at:
            continue
        part = PARTS[len(killed) % len(PARTS)]
        with suppress(LookupError, psutil.NoSuchProcess):
            product.part(part).kill()
            killed.append(part)
            if set(PARTS) <= set(killed):
                tills.may_stop.set()
            until(partial(is_up, product, part), f"{part} is there again")
        next_at = tills.answered + rng.randint(1, OPERATIONS // 24)
    return killed


def is_up(product: Product, part: str) -> bool:
    with suppress(LookupError, psutil.Error, httpx.TransportError):
        product.part(part)
        return httpx.get(f"{product.url}/readyz", timeout=5).status_code == 200
    return False


@pytest.mark.slow
@pytest.mark.timeout(7_200)
def test_what_was_acknowledged_is_in_the_books_once_whoever_dies(tmp_path: Path) -> None:
    product = Product(tmp_path / "data")
    try:
        product.start()
        key = subprocess.run(
            [sys.executable, "-c", PREPARE], env=product.env, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        tills, stop, killed = Tills(product.url, key), Event(), []
        began = time.monotonic()
        killer = Thread(target=lambda: killed.extend(kill_at_random(product, tills, stop)))
        killer.start()
        try:
            with ThreadPoolExecutor(TILLS) as pool:
                list(pool.map(lambda n: tills.work(n, OPERATIONS // TILLS), range(TILLS)))
        finally:
            stop.set()
            killer.join()
        assert set(PARTS) <= set(killed)
        verified = huike("ledger", "verify", env=product.env)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        told = sum(1 for _, earned, burned in tills.books.values() if earned or burned)
        assert told > OPERATIONS // 4
        assert found_in(product) == expected(tills)
        seconds = time.monotonic() - began
        print(
            f"{tills.answered} operations, {told} sales stand, {len(killed)} killed {dict(Counter(killed))}, "
            f"{seconds:.0f} s: {verified.stdout.strip()}"
        )
    finally:
        product.stop()


def expected(tills: Tills) -> dict[str, tuple[int, int]]:
    return {receipt: (earned, burned) for receipt, (_, earned, burned) in tills.books.items()}


def found_in(product: Product) -> dict[str, tuple[int, int]]:
    """Where each sale stands, and that her balance is what they sum to."""
    script = """
import json
from huike.cli.environment import database
with database(what="a test"):
    from django.db.models import Sum
    from huike.ledger.models import Account
    from huike.loyalty.models import OrderPoints
    rows = list(OrderPoints.objects.filter(order__kind="sale").values_list("order__external_id", "earned", "burned"))
    has = Account.objects.filter(customer_id__isnull=False).aggregate(a=Sum("available"), o=Sum("owed"))
    assert has["a"] + has["o"] == sum(e - b for _, e, b in rows), (has, sum(e - b for _, e, b in rows))
    print(json.dumps(rows))
"""
    done = subprocess.run([sys.executable, "-c", script], env=product.env, check=True, capture_output=True, text=True)
    return {receipt: (earned, burned) for receipt, earned, burned in json.loads(done.stdout.splitlines()[-1])}
