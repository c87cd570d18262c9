"""What moves says so, once a second at most: heard from the database, as the web server hears it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import transaction

from huike.channels.sms import OutgoingSms, SandboxProvider
from huike.orders.receivers import deliveries
from huike.payments import services as payments
from huike.platform import clock, signals
from huike.platform.signals import CHANNEL, nudge
from huike.promotions.batches import services as batches
from huike.promotions.tasks import make_codes
from huike.staff.rules import Role
from huike.webhooks import services as webhooks
from tests.behaviour import world as behaviour
from tests.loyalty.desks import plans
from tests.loyalty.members import member, programme
from tests.loyalty.test_adjustments import approve, propose
from tests.orders.shops import shop, shopify
from tests.payments.conftest import book as book
from tests.payments.conftest import sandbox as sandbox
from tests.payments.conftest import sandbox_process as sandbox_process
from tests.payments.sandbox import Book
from tests.payments.test_payments import opened
from tests.people import principal, signed_in
from tests.privacy import world as privacy
from tests.promotions.test_batches import batch
from tests.tills import NOW
from tests.webhooks import world
from tests.webhooks.conftest import _loopback_opened as _loopback_opened
from tests.webhooks.conftest import _running_receiver as _running_receiver
from tests.webhooks.conftest import receiver as receiver
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

Heard = Callable[[], list[str]]


@pytest.fixture
def heard(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Which topics were nudged since one asked last, each as often as it was told."""
    with psycopg.connect(os.environ["HUIKE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")

        def since() -> list[str]:
            told = [json.loads(news.payload) for news in connection.notifies(timeout=0.2)]
            # Whoever asks has seen this moment: the next nudge is told at once.
            monkeypatch.setattr(signals, "_quiet", signals._Quiet())
            return sorted(news["topic"] for news in told if news["data"] == {"again": True})

        since()
        yield since


def test_a_rush_is_told_once_and_not_before_it_is_committed(heard: Heard) -> None:
    with transaction.atomic():
        nudge("webhook:1")
        nudge("webhook:1")
        assert heard() == []
    for _ in range(100):
        nudge("webhook:1")
    nudge("webhook:2")
    assert heard() == ["webhook:1", "webhook:2"]
    nudge("webhook:1")
    assert heard() == ["webhook:1"]


def test_what_is_undone_nudges_nobody(heard: Heard) -> None:
    with transaction.atomic():
        nudge("mailbox")
        transaction.set_rollback(True)
    assert heard() == []


@pytest.mark.usefixtures("_loopback_opened")
def test_a_webhook_moves_when_something_waits_for_it_and_when_it_was_told(heard: Heard, receiver: Receiver) -> None:
    _, one = world.webhook(receiver.url)
    _, other = world.webhook(receiver.url, ["customer.created"])
    assert heard() == [f"webhook:{one.pk}", f"webhook:{other.pk}"]
    webhooks.send_test(principal(Role.OWNER), one.pk)
    assert heard() == [f"webhook:{one.pk}"]
    world.order_placed(7)
    world.tell()
    assert set(heard()) == {f"webhook:{one.pk}"}
    assert world.states() == {7: "delivered"}


def test_a_shop_moves_when_it_tells_an_order_and_when_that_is_understood(heard: Heard) -> None:
    receiver = shop("shopify")
    message = shopify("orders/paid", {"nothing": "of an order"}, "w1")
    kept = deliveries.keep(receiver, message.headers, message.body, now=NOW)
    assert kept is not None
    assert heard() == [f"shop:{receiver.pk}"]
    # What it told already is nothing new.
    assert deliveries.keep(receiver, message.headers, message.body, now=NOW) is None
    assert heard() == []
    deliveries.take(kept.pk, now=NOW)
    assert heard() == [f"shop:{receiver.pk}"]


def test_a_tracked_source_moves_with_its_events(heard: Heard) -> None:
    tracked = behaviour.shop()
    behaviour.send(behaviour.track(id="m1"), behaviour.track(id="m1"), tracked=tracked)
    assert heard() == [f"tracking:{tracked.pk}"]


def test_the_mailbox_moves_with_each_message_that_stays(heard: Heard) -> None:
    sms = OutgoingSms(id="m1", to_number="+8613812345678", text="到店有礼", purpose="marketing", sent_at=NOW)
    SandboxProvider("茶").send(sms)
    assert heard() == ["mailbox"]


def test_a_request_about_ones_data_moves_with_every_step(heard: Heard) -> None:
    service = signed_in(Role.SERVICE)
    her = int(privacy.told(signed_in(Role.OWNER).post("/customers", {"name": "林梅"}))["id"])
    request_id = privacy.ask(service, her, "export")
    assert heard() == ["privacy"]
    privacy.told(service.post(f"/privacy/requests/{request_id}/accept"))
    assert heard() == ["privacy"]
    privacy.work()
    assert heard() == ["privacy"]


def test_adjustments_move_when_one_waits_and_when_it_is_decided(heard: Heard) -> None:
    made = programme(**plans())
    waiting = propose(member(made), 1_001)
    assert heard() == ["adjustments"]
    approve(waiting)
    assert heard() == ["adjustments"]


@pytest.mark.usefixtures("sandbox")
def test_payments_move_with_what_is_told_of_them(heard: Heard, book: Book) -> None:
    payment = opened()
    assert heard() == []
    payments.close(payment.id, now=clock.now())
    assert heard() == ["payments"]
    assert book.heard == [("closed", "test:12", 1990)]


def test_a_batch_of_codes_moves_while_it_is_made(heard: Heard) -> None:
    one = batch(10)
    assert heard() == [batches.TOPIC]
    make_codes(job_id=one.job_id, batch_id=one.pk)
    assert set(heard()) == {batches.TOPIC}
