"""Deals, groups, payments, refunds and vouchers in any order, with a provider that fails in every way and a worker that
dies by SIGKILL.

At the end money in = captured - refunded for every participant, every formed group has all its vouchers, every failed
one all its refunds, and the ledger agrees to the minor unit. `OPERATIONS=2000` runs more of the same.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from huike.groupbuy.deals import services as deals
from huike.groupbuy.groups import joining, seats
from huike.groupbuy.models import Deal, Group, Merchant, Participation, Voucher
from huike.groupbuy.vouchers import services as vouchers
from huike.groupbuy.vouchers.services import Told
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.payments import services as payments
from huike.payments.models import Payment, Refund
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from tests.cli.product import free_port, until
from tests.groupbuy.proof import holds_always, holds_at_the_end
from tests.groupbuy.world import a_store, buyer, deal, merchant
from tests.payments.sandbox import SECRET, Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

OPERATIONS = int(os.environ.get("OPERATIONS", "240"))
SEED = int(os.environ.get("HUIKE_SEED", "7"))
STEPS = 60
RATES = {
    "cut_before": 0.04, "cut_after": 0.08, "fail": 0.04, "busy": 0.03, "slow": 0.02,
    "notice_lost": 0.3, "notice_twice": 0.2, "notice_late": 0.3,
    "refuse_payment": 0.05, "two_steps": 0.1, "refuse_refund": 0.5, "late_refund": 0.2,
}  # fmt: skip
REFUSED = {"verb": "refund", "fault": "refuse_refund"}  # the next one, whatever chance says
_DAY = timedelta(days=1)


class House:
    """The worker, to be killed."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.port, self.deaths = free_port(), 0
        self.env = {
            **os.environ,
            "HUIKE_PAYMENTS_SANDBOX_URL": sandbox.url,
            "HUIKE_PAYMENTS_SANDBOX_SECRET": SECRET,
            "HUIKE_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
        }
        self.start()
        until(self.answers, "the house answers")

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "tests.groupbuy.house", str(self.port)], env=self.env)

    def answers(self) -> bool:
        assert self.process.poll() is None
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/pay/notify/x", timeout=10).status_code == 405
        return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        self.deaths += 1


class World:
    sandbox: Sandbox
    house: House


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[World]]:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    World.sandbox = Sandbox(tmp_path)
    World.house = House(World.sandbox)
    for name in ("HUIKE_PAYMENTS_SANDBOX_URL", "HUIKE_PAYMENTS_SANDBOX_SECRET", "HUIKE_PUBLIC_URL"):
        monkeypatch.setenv(name, World.house.env[name])
    get_config.cache_clear()
    yield World
    World.house.kill()
    World.sandbox.kill()
    monkeypatch.undo()
    get_config.cache_clear()


people = st.integers(1, 12)
numbers = count(1)


class Groups(RuleBasedStateMachine):
    """Each rule does one thing somebody may do, and takes a typed refusal for an answer; nothing else may be raised.

    What was refused is a part all the same, None: how other processes get on decides nothing of what is drawn next.
    """

    parts = Bundle("parts")
    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        World.sandbox.plan(
            seed=SEED, rates=RATES, script=[REFUSED], late_seconds=1, refund_seconds=0.5, slow_seconds=0.3
        )
        now = clock.now()
        of = merchant(f"商户{next(numbers)}")
        window = {"starts_at": (now - _DAY).isoformat(), "ends_at": (now + 30 * _DAY).isoformat()}
        self.deal = deal(
            of=of,
            stock=30,
            most_per_order=2,
            most_per_person=6,
            uses=3,
            on_expiry="keep" if of.pk % 2 else "refund",
            **window,
        )
        self.store = a_store()

    # Buyers

    @initialize(target=parts, size=st.sampled_from([2, 3]), patience=st.sampled_from([0.2, 20.0]))
    def some_fill_a_group(self, size: int, patience: float) -> object:
        return self.fills_a_group(size, patience)

    @rule(target=parts, size=st.sampled_from([2, 3]), patience=st.sampled_from([0.2, 20.0]))
    def others_fill_a_group(self, size: int, patience: float) -> object:
        return self.fills_a_group(size, patience)

    def fills_a_group(self, size: int, patience: float) -> object:
        """People open a group, and all but impatient ones wait for the money to be seen."""
        first = self._join(next(numbers) + 100, size=size, quantity=2)
        if first is None:
            return multiple(*[None] * size)
        group_id = Participation.objects.get(pk=first).group_id
        everybody: list[int | None] = [first]
        self._pay_and_wait(first, patience)
        for _ in range(size - 1):
            one = self._join(next(numbers) + 100, group_id=group_id, quantity=1)
            everybody.append(one)
            if one is not None:
                self._pay_and_wait(one, patience)
        return multiple(*everybody)

    def _pay_and_wait(self, part: int, patience: float) -> None:
        until_at = time.monotonic() + patience
        while time.monotonic() < until_at and Participation.objects.get(pk=part).state == "reserved":
            payment = Payment.objects.filter(reference=f"participation:{part}").latest("pk")
            if payment.state in {"failed", "closed"}:
                return
            with suppress(HuikeError):
                payments.start(payment.pk, return_url="https://shop.example", now=clock.now())
            with suppress(httpx.TransportError):
                World.sandbox.client.post("/admin/pay", json={"number": payment.number})
            Payment.objects.filter(pk=payment.pk, state="pending").update(due_at=clock.now())
            time.sleep(0.05)

    @rule(target=parts, person=people, size=st.sampled_from([2, 3]), quantity=st.integers(1, 2))
    def opens(self, person: int, size: int, quantity: int) -> int | None:
        return self._join(person, size=size, quantity=quantity)

    @rule(target=parts, person=people, quantity=st.integers(1, 2), pick=st.integers(0, 99))
    def joins(self, person: int, quantity: int, pick: int) -> int | None:
        running = list(Group.objects.filter(deal=self.deal, state="forming", seats__gt=0).values_list("pk", flat=True))
        return self._join(person, group_id=running[pick % len(running)], quantity=quantity) if running else None

    def _join(self, person: int, **told: object) -> int | None:
        key = f"machine:{next(numbers)}"
        for _ in range(2):  # asked twice under one key it is one part
            try:
                joined = joining.join(
                    self.deal.pk,
                    buyer=buyer(person),
                    key=key,
                    actor=SYSTEM,
                    now=clock.now(),
                    **told,  # type: ignore[arg-type]
                )
            except HuikeError:
                return None
        with suppress(HuikeError):
            payments.start(joined.payment.id, return_url="https://shop.example", now=clock.now())
        return joined.participation_id

    @rule(part=parts, outcome=st.sampled_from(["pay", "pay", "pay", "refuse"]), which=st.integers(0, 9))
    def pays(self, part: int | None, outcome: str, which: int) -> None:
        """Whichever payment of hers the provider knows, also one that nobody wants any more."""
        started = list(Payment.objects.filter(reference=f"participation:{part}", started_at__isnull=False))
        if started:
            body = {"number": started[which % len(started)].number, "outcome": outcome}
            with suppress(httpx.TransportError):
                World.sandbox.client.post("/admin/pay", json=body)

    @rule(part=parts)
    def pays_another_way(self, part: int | None) -> None:
        if part is None:
            return
        with suppress(HuikeError):
            payment = joining.pay_again(part, key=str(next(numbers)), actor=SYSTEM, now=clock.now())
            payments.start(payment.id, return_url="https://shop.example", now=clock.now())

    @rule(part=parts)
    def leaves(self, part: int | None) -> None:
        if part is None:
            return
        with suppress(HuikeError):
            seats.leave(part, actor=SYSTEM, now=clock.now())

    # Stores

    @rule(target=taken, pick=st.integers(0, 99), uses=st.integers(1, 3))
    def redeems(self, pick: int, uses: int) -> int | None:
        codes = list(Voucher.objects.filter(deal=self.deal).order_by("pk").values_list("code", flat=True))
        if not codes:
            return None
        told = Told(code=codes[pick % len(codes)], store_id=self.store, key=f"machine:{next(numbers)}", uses=uses)
        try:
            return vouchers.redeem(told, actor=SYSTEM, scope=EVERYTHING, now=clock.now()).pk
        except HuikeError:
            return None

    @rule(redemption=consumes(taken))
    def undoes(self, redemption: int | None) -> None:
        if redemption is None:
            return
        with suppress(HuikeError):
            vouchers.undo(redemption, reason="test", actor=SYSTEM, scope=EVERYTHING, now=clock.now())

    @rule(pick=st.integers(0, 99))
    def gives_back(self, pick: int) -> None:
        ids = list(Voucher.objects.filter(deal=self.deal).order_by("pk").values_list("pk", flat=True))
        with suppress(HuikeError):
            if ids:
                vouchers.refund_unused(ids[pick % len(ids)], actor=SYSTEM, now=clock.now())

    # The office, time, and death

    @rule()
    def pauses_or_sells_again(self) -> None:
        with suppress(HuikeError):
            deals.pause_deal(self.deal.pk, actor=SYSTEM, now=clock.now())
            return
        with suppress(HuikeError):
            deals.publish_deal(self.deal.pk, actor=SYSTEM, now=clock.now())

    @rule(state=st.sampled_from(["admitted", "suspended"]))
    def merchant_is(self, state: str) -> None:
        Merchant.objects.filter(pk=self.deal.merchant_id).update(state=state)

    @rule(pick=st.integers(0, 99))
    def deadline_comes(self, pick: int) -> None:
        running = list(Group.objects.filter(deal=self.deal, state="forming").values_list("pk", flat=True))
        if running:
            _deadline(running[pick % len(running)])

    @rule(pick=st.integers(0, 99))
    def last_day_is_over(self, pick: int) -> None:
        ids = list(Voucher.objects.filter(deal=self.deal).order_by("pk").values_list("pk", flat=True))
        if ids:
            Voucher.objects.filter(pk=ids[pick % len(ids)]).update(valid_until=clock.now() - 2 * _DAY)

    @rule()
    def refused_refunds_are_tried_again(self) -> None:
        _try_again()

    @rule()
    def worker_dies(self) -> None:
        World.house.kill()
        World.house.start()

    @rule(seconds=st.sampled_from([0.05, 0.3]))
    def time_passes(self, seconds: float) -> None:
        Payment.objects.filter(state="pending").update(due_at=clock.now())
        time.sleep(seconds)

    @invariant()
    def holds(self) -> None:
        holds_always()

    def teardown(self) -> None:
        """No fault any more but one refusal, nobody dies: everything ends by itself."""
        World.sandbox.plan(script=[REFUSED])
        until(World.house.answers, "the house answers")
        # The time of groups is over, and of everybody who has not paid, also where her group has ended before.
        of_reserved = Participation.objects.filter(state="reserved").values_list("group_id", flat=True)
        for group_id in {*Group.objects.filter(state="forming").values_list("pk", flat=True), *of_reserved}:
            _deadline(group_id)
        try:
            until(_is_over, "everything has ended")
        except AssertionError as error:
            raise AssertionError(f"{error}: {_left(clock.now())}") from error
        holds_at_the_end(World.sandbox.truth())


def _deadline(group_id: int) -> None:
    now = clock.now()
    Group.objects.filter(pk=group_id, state="forming").update(deadline_at=now)
    Participation.objects.filter(group_id=group_id, pay_until__gt=now).update(pay_until=now)
    Payment.objects.filter(
        reference__in=[
            f"participation:{id_}"
            for id_ in Participation.objects.filter(group_id=group_id).values_list("pk", flat=True)
        ],
        expires_at__gt=now,
    ).update(expires_at=now)


def _try_again() -> None:
    for refund_id in Refund.objects.filter(state="refused").values_list("pk", flat=True):
        with suppress(HuikeError):
            payments.try_again(SYSTEM, refund_id, now=clock.now())


def _is_over() -> bool:
    now = clock.now()
    settled = now - timedelta(minutes=3)
    Payment.objects.filter(state="pending").update(due_at=now, authorise_at=settled)
    Payment.objects.filter(state="created").update(expires_at=now, due_at=now)
    waiting = Refund.objects.filter(due_at__isnull=False)
    waiting.update(due_at=now)
    for rows in (Payment.objects.filter(state="pending"), waiting):
        rows.filter(claimed_until__lt=now + timedelta(seconds=45)).update(claim=None, claimed_until=None)
    _try_again()
    time.sleep(0.2)
    return not _left(now)


def _left(now: datetime) -> list[tuple[object, ...]]:
    """What has not ended, with what is known of it."""
    asked = ("pk", "state", "due_at", "tries", "claim", "claimed_until", "problem")
    waiting: list[QuerySet[Any, tuple[object, ...]]] = [
        Payment.objects.filter(state__in=["created", "pending"]).values_list(
            *asked, "reference", "unwanted_at", "expires_at", "started_at"
        ),
        Refund.objects.exclude(state="succeeded").values_list(*asked, "failure_code"),
        Group.objects.filter(state="forming").values_list("pk", "state", "seats", "deadline_at"),
        Participation.objects.filter(state__in=["reserved", "seated", "refunding"]).values_list(
            "pk", "state", "reason"
        ),
        Voucher.objects.filter(state__in=["issued", "partly_used"], valid_until__lt=now - _DAY).values_list(
            "pk", "state"
        ),
    ]
    return [row for rows in waiting for row in rows]


def test_whatever_happens_in_whatever_order_everybody_has_what_is_hers(world: type[World]) -> None:
    examples = max(OPERATIONS // STEPS, 1)
    run_state_machine_as_test(
        Groups,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="HUIKE_SEED" not in os.environ,
            phases=[Phase.generate],  # what other processes do beside is not repeated by shrinking
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert World.house.deaths > 0
    assert Group.objects.filter(state="formed").exists()
    assert Group.objects.filter(state="failed").exists()
    assert Refund.objects.filter(attempt__gt=1).exists()
    assert Deal.objects.count() >= examples
    print(
        f"{World.house.deaths} deaths, {Payment.objects.count()} payments, {Refund.objects.count()} refunds, "
        f"{Voucher.objects.count()} vouchers, {Group.objects.filter(state='formed').count()} groups formed, "
        f"{Group.objects.filter(state='failed').count()} failed"
    )
