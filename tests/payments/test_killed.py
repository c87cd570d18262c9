"""Payments and refunds while the house and the provider die by SIGKILL at random, and every call may fail in every way.

At the end money in at the provider is what our rows say, for each payment, and the listener heard of each change once.
`OPERATIONS=3000` runs more of the same.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from django.db import close_old_connections, connections

from huike.kernel.money import Money
from huike.payments import listeners as waiting
from huike.payments import services
from huike.payments.errors import PaymentOver, PaymentRefused, ProviderSilent, RefundTooMuch
from huike.payments.models import Notification, Payment, Question, Refund
from huike.platform import clock
from huike.platform.config import get_config
from huike.platform.models import AuditEntry, OutboxEvent
from tests.cli.product import free_port, until
from tests.payments.sandbox import SECRET, Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

OPERATIONS = int(os.environ.get("OPERATIONS", "240"))
SEED = int(os.environ.get("HUIKE_SEED", "11"))
RATES = {
    "cut_before": 0.05, "cut_after": 0.08, "fail": 0.05, "busy": 0.03, "slow": 0.03,
    "notice_lost": 0.3, "notice_twice": 0.2, "notice_late": 0.3,
    "refuse_payment": 0.1, "two_steps": 0.1, "refuse_refund": 0.15, "late_refund": 0.2,
}  # fmt: skip


class House:
    def __init__(self, sandbox: Sandbox) -> None:
        self.port = free_port()
        self.env = {
            **os.environ,
            "HUIKE_PAYMENTS_SANDBOX_URL": sandbox.url,
            "HUIKE_PAYMENTS_SANDBOX_SECRET": SECRET,
            "HUIKE_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
        }
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "tests.payments.house", str(self.port)], env=self.env)
        until(self.answers, "the house answers")

    def answers(self) -> bool:
        assert self.process.poll() is None
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/pay/notify/x", timeout=10).status_code == 405
        return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)


@pytest.fixture
def at_random(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sandbox = Sandbox(tmp_path)
    house = House(sandbox)
    for name in ("HUIKE_PAYMENTS_SANDBOX_URL", "HUIKE_PAYMENTS_SANDBOX_SECRET", "HUIKE_PUBLIC_URL"):
        monkeypatch.setenv(name, house.env[name])
    get_config.cache_clear()
    from tests.payments.house import Noted

    monkeypatch.setattr(waiting, "_listeners", {**waiting._listeners, "noted": Noted()})
    yield sandbox, house
    house.kill()
    sandbox.kill()
    monkeypatch.undo()
    get_config.cache_clear()


def one_buyer(number: int, count: int, sandbox: Sandbox) -> None:
    """Opens, starts, pays, closes, asks for money back, in any order, and takes no failure for an answer."""
    rng = random.Random(f"{SEED}:{number}")
    for n in range(count):
        now, wants_back = clock.now(), rng.random() < 0.3
        payment = services.open_payment(
            reference=f"noted:{number}-{n}{':back' if wants_back else ''}",
            amount=Money(rng.randrange(1, 100_000), "CNY"),
            provider="sandbox",
            subject="test",
            key=f"{number}-{n}",
            expires_at=now + timedelta(seconds=rng.choice([1, 20, 600])),
            now=now,
        )
        told = Payment.objects.get(pk=payment.id).number
        if rng.random() < 0.95:
            for _ in range(rng.randrange(1, 4)):
                with suppress(ProviderSilent, PaymentRefused, PaymentOver):
                    services.start(payment.id, return_url="https://shop.example", now=clock.now())
        if rng.random() < 0.8:
            with suppress(httpx.TransportError):
                httpx.post(
                    f"{sandbox.url}/admin/pay",
                    json={"number": told},
                    headers={"Authorization": f"Bearer {SECRET}"},
                    trust_env=False,
                )
        if rng.random() < 0.3:
            services.close(payment.id, now=clock.now())
        if rng.random() < 0.5:
            with suppress(RefundTooMuch):
                part = rng.randrange(1, payment.amount.amount_minor + 1)
                services.refund(payment.id, part, key=f"part:{payment.id}", reason="test", now=clock.now())
    close_old_connections()
    connections["default"].close()


def kill_at_random(sandbox: Sandbox, house: House, stop: Event, deaths: Counter[str]) -> None:
    rng = random.Random(SEED)
    while not stop.wait(rng.uniform(0.3, 2.0)):
        if rng.random() < 0.5:
            house.kill()
            deaths["house"] += 1
            house.start()
        else:
            sandbox.kill()
            deaths["sandbox"] += 1
            time.sleep(rng.uniform(0, 0.3))
            sandbox.start()


def test_money_at_the_provider_is_what_our_rows_say_whoever_dies(at_random) -> None:
    sandbox, house = at_random
    sandbox.plan(seed=SEED, rates=RATES, late_seconds=2, refund_seconds=1, slow_seconds=0.5)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stop, deaths = Event(), Counter()
    killer = Thread(target=kill_at_random, args=(sandbox, house, stop, deaths))
    killer.start()
    buyers = 6
    with ThreadPoolExecutor(buyers) as pool:
        for done in [pool.submit(one_buyer, n, OPERATIONS // buyers, sandbox) for n in range(buyers)]:
            done.result()
    while len(deaths) < 2 or deaths.total() < 6:
        time.sleep(0.1)
    stop.set()
    killer.join()

    # No fault any more, nobody dies: what is unknown becomes known by asking alone.
    sandbox.plan()
    everything = Payment.objects.filter(due_at__isnull=False)
    for _ in range(200):
        settled = clock.now() - timedelta(minutes=2)
        Payment.objects.filter(state="pending").update(
            due_at=clock.now(), unwanted_at=clock.now(), authorise_at=settled, claim=None, claimed_until=None
        )
        Payment.objects.filter(state="created").update(expires_at=clock.now(), due_at=clock.now())
        Refund.objects.filter(due_at__isnull=False).update(due_at=clock.now(), claim=None, claimed_until=None)
        if not everything.exists() and not Refund.objects.filter(due_at__isnull=False).exists():
            break
        time.sleep(0.3)
    assert list(everything.values_list("state", "problem", "problem_detail")) == []
    assert list(Refund.objects.filter(due_at__isnull=False).values_list("state", "problem", "problem_detail")) == []

    truth = sandbox.truth()
    theirs = {row["number"]: (row["state"] == "captured", row["amount_minor"]) for row in truth["payments"]}
    for payment in Payment.objects.all():
        taken, amount = theirs.get(payment.number, (False, payment.amount_minor))
        assert (payment.state == "captured", payment.amount_minor) == (taken, amount), payment.number
    back = {row["number"]: row["amount_minor"] for row in truth["refunds"] if row["state"] == "succeeded"}
    ours = {r.told_number: r.amount_minor for r in Refund.objects.filter(state="succeeded")}
    assert ours == back
    captured = sum(Payment.objects.filter(state="captured").values_list("amount_minor", flat=True))
    assert (captured, sum(ours.values())) == sandbox.money()

    # The listener heard of each change once, and so will others.
    heard = Counter(AuditEntry.objects.filter(subject_kind="test_payments").values_list("action", "subject_id"))
    assert set(heard.values()) == {1}
    said = {f"{state}" for state in Payment.objects.values_list("state", flat=True)}
    assert said >= {"captured", "failed", "closed"}
    assert {(p.state, p.pk) for p in Payment.objects.all()} <= set(heard)
    assert {(f"refund_{r.state}", r.pk) for r in Refund.objects.all()} <= set(heard)
    assert OutboxEvent.objects.filter(name__startswith="payments.").count() == sum(heard.values())
    # Whoever was to get everything back got it, unless the provider refused.
    for payment in Payment.objects.filter(state="captured", reference__endswith=":back"):
        assert Refund.objects.filter(payment=payment).exists()
    print(f"{deaths=} {len(theirs)=} {len(back)=} {Question.objects.count()=} {Notification.objects.count()=}")
