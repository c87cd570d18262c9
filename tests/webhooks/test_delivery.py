"""From an event to a receiver: a real server, real signatures, a real database."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from standardwebhooks import Webhook
from werkzeug import Request, Response

from huike.customers.models import Customer
from huike.insights.alerts import alerts_for
from huike.orders.events import OrderPlaced
from huike.platform import clock, housekeeping, outbox
from huike.platform.models import AuditEntry, OutboxCursor
from huike.platform.outward.results import Result
from huike.staff.rules import Role
from huike.webhooks import delivery, services
from huike.webhooks.errors import DeliveryWaiting, EndpointOff, ReplayTooLarge
from huike.webhooks.models import Attempt, Delivery, Endpoint
from huike.webhooks.signing import headers_of
from tests.people import principal
from tests.webhooks.receiver import Receiver
from tests.webhooks.world import let_time_pass, order_placed, states, tell, webhook

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_loopback_opened")]


def test_an_event_arrives_signed_so_that_the_receiver_can_check_it(receiver: Receiver) -> None:
    secret, endpoint = webhook(receiver.url)
    order_placed(41, customer_id=7, at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
    tell()
    (told,) = receiver.told
    verified = Webhook(secret).verify(told.body, told.headers)
    assert verified == {
        "type": "order.placed",
        "timestamp": "2026-11-22T09:30:00+00:00",
        "data": {"customer_id": 7, "order_id": 41},
    }
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64
    sent = Delivery.objects.get()
    assert (sent.state, sent.message_id, sent.attempts_count, sent.last_status) == ("delivered", told.id, 1, 200)
    endpoint.refresh_from_db()
    assert endpoint.last_success_at is not None


def test_the_signature_is_that_of_the_published_example() -> None:
    """The example of the specification's reference libraries."""
    headers = headers_of(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        '{"test": 2432232314}',
        at=datetime.fromtimestamp(1614265330, tz=UTC),
        signed_with=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_after_a_rotation_both_secrets_sign_until_the_overlap_is_over(receiver: Receiver) -> None:
    old, endpoint = webhook(receiver.url)
    new, _ = services.rotate_secret(principal(), endpoint.pk, overlap=timedelta(hours=24))
    order_placed(1)
    tell()
    endpoint.secrets.filter(ends_at__isnull=False).update(ends_at=clock.now())
    order_placed(2)
    tell()
    during, afterwards = receiver.told
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(during.body, during.headers)
    Webhook(new).verify(afterwards.body, afterwards.headers)
    assert len(afterwards.headers["webhook-signature"].split(" ")) == 1


def test_only_endpoints_that_are_on_and_asked_for_it_are_told(receiver: Receiver) -> None:
    webhook(receiver.url, ["customer.created"])
    _, off = webhook(receiver.url)
    services.disable_endpoint(principal(), off.pk)
    order_placed(1)
    tell()
    assert not Delivery.objects.exists()


def test_an_event_told_twice_to_the_queue_is_one_delivery(receiver: Receiver) -> None:
    webhook(receiver.url)
    order_placed(1)
    tell()
    OutboxCursor.objects.filter(handler="webhooks.queue").delete()
    tell()
    assert (len(receiver.told), Delivery.objects.count()) == (1, 1)


def test_a_rolled_back_change_tells_nobody(receiver: Receiver) -> None:
    webhook(receiver.url)
    with transaction.atomic():
        outbox.announce(OrderPlaced(order_id=1, occurred_at=clock.now()))
        transaction.set_rollback(True)
    tell()
    assert receiver.told == []


def test_a_refused_delivery_comes_again_under_the_same_id_with_a_new_signature(receiver: Receiver) -> None:
    secret, endpoint = webhook(receiver.url)
    receiver.answers(500, "our fault, ask li.na@example.com")
    order_placed(1)
    tell()
    tell()
    assert len(receiver.told) == 1  # it is not its time yet
    endpoint.refresh_from_db()
    assert endpoint.failing_since_at is not None
    receiver.answers(204)
    let_time_pass()
    tell()
    first, second = receiver.told
    assert first.id == second.id
    Webhook(secret).verify(second.body or "", second.headers)
    endpoint.refresh_from_db()
    assert endpoint.failing_since_at is None
    outcomes = list(Attempt.objects.order_by("pk").values_list("outcome", "status", "response"))
    assert outcomes == [("refused", 500, "our fault, ask ***"), ("delivered", 204, "")]


def test_a_failing_delivery_holds_back_its_own_customer_and_nobody_else(receiver: Receiver) -> None:
    webhook(receiver.url)

    def refuse_first_order(request: Request) -> Response:
        return Response(status=500 if (request.get_json() or {})["data"]["order_id"] == 1 else 200)

    receiver.answer = refuse_first_order
    order_placed(1, customer_id=7)
    order_placed(2, customer_id=7)
    order_placed(3, customer_id=8)
    order_placed(4)
    tell()
    order_placed(5, customer_id=7)
    tell()
    assert states() == {1: "pending", 2: "pending", 3: "delivered", 4: "delivered", 5: "pending"}
    # What waits is due no earlier than what it waits for, so that it is not looked at in vain.
    due = {row.data["order_id"]: row.due_at for row in Delivery.objects.filter(customer_id=7)}
    assert due[2] >= due[1]
    assert due[5] >= due[1]
    receiver.answers(200)
    let_time_pass()
    tell()
    seven = [told.content["data"]["order_id"] for told in receiver.of(customer_id=7)]
    assert seven == [1, 1, 2, 5]


def test_a_delivery_given_up_lets_the_queue_go_on_and_can_be_sent_again(receiver: Receiver) -> None:
    _, endpoint = webhook(receiver.url)

    def refuse_first_order(request: Request) -> Response:
        return Response(status=400 if (request.get_json() or {})["data"]["order_id"] == 1 else 200)

    receiver.answer = refuse_first_order
    order_placed(1, customer_id=7)
    order_placed(2, customer_id=7)
    for _ in range(10):
        tell()
        let_time_pass()
    tell()
    assert states() == {1: "failed", 2: "delivered"}
    assert [told.content["data"]["order_id"] for told in receiver.told] == [1] * 10 + [2]
    receiver.answers(200)
    owner = principal()
    failed = Delivery.objects.get(state="failed")
    services.replay(owner, endpoint.pk, failed.pk)
    with pytest.raises(DeliveryWaiting):
        services.replay(owner, endpoint.pk, failed.pk)
    tell()
    assert states() == {1: "delivered", 2: "delivered"}
    assert receiver.told[-1].id == failed.message_id
    assert Delivery.objects.get(pk=failed.pk).attempts_count == 11


def test_an_endpoint_that_is_gone_is_turned_off_and_today_says_so(receiver: Receiver) -> None:
    _, endpoint = webhook(receiver.url)
    receiver.answers(410)
    order_placed(1)
    tell()
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.disabled_reason) == (False, "gone")
    order_placed(2)
    tell()
    assert states() == {1: "failed"}
    owner = principal(Role.OWNER)
    assert ("webhook.turned_off", {"reason": "gone"}) in [(a.code, a.params) for a in alerts_for(owner)]
    assert "webhook.turned_off" not in [a.code for a in alerts_for(principal(Role.MARKETING))]
    assert AuditEntry.objects.filter(action="disable_webhook", actor_kind="system").count() == 1
    with pytest.raises(EndpointOff):
        services.send_test(owner, endpoint.pk)


def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(receiver: Receiver) -> None:
    _, endpoint = webhook(receiver.url)
    receiver.answers(429, **{"Retry-After": "3600"})
    order_placed(1, customer_id=7)
    tell()
    order_placed(2, customer_id=8)
    tell()
    endpoint.refresh_from_db()
    assert endpoint.held_until_at is not None
    assert timedelta(minutes=59) < endpoint.held_until_at - clock.now() <= timedelta(hours=1)
    assert len(receiver.told) == 1
    Endpoint.objects.update(held_until_at=clock.now())
    receiver.answers(200)
    tell()
    assert states() == {1: "pending", 2: "delivered"}


def test_five_days_of_nothing_but_failures_turn_an_endpoint_off(receiver: Receiver) -> None:
    _, endpoint = webhook(receiver.url)
    receiver.answers(500)
    Endpoint.objects.update(failing_since_at=clock.now() - timedelta(days=4, hours=23))
    order_placed(1)
    tell()
    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    Endpoint.objects.update(failing_since_at=clock.now() - timedelta(days=5))
    let_time_pass()
    tell()
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "failing"
    assert states() == {1: "pending"}
    services.enable_endpoint(principal(), endpoint.pk)
    receiver.answers(200)
    let_time_pass()
    tell()
    assert states() == {1: "delivered"}


def test_what_failed_since_a_moment_is_sent_again_and_nothing_else(receiver: Receiver) -> None:
    _, endpoint = webhook(receiver.url)
    now = clock.now()
    for number, hours in ((1, 5), (2, 2), (3, 1)):
        order_placed(number, at=now - timedelta(hours=hours))
    tell()
    Delivery.objects.exclude(data__order_id=3).update(state="failed")
    count = services.replay_range(
        principal(), endpoint.pk, what="failed", starts_at=now - timedelta(hours=3), ends_at=None
    )
    tell()
    assert count == 1
    assert [told.content["data"]["order_id"] for told in receiver.told[3:]] == [2]


def test_what_happened_while_it_was_off_is_sent_when_asked_for(receiver: Receiver) -> None:
    _, endpoint = webhook(receiver.url)
    owner = principal()
    order_placed(1)
    tell()
    services.disable_endpoint(owner, endpoint.pk)
    order_placed(2)
    tell()
    services.enable_endpoint(owner, endpoint.pk)
    hour_ago = clock.now() - timedelta(hours=1)
    assert services.replay_range(owner, endpoint.pk, what="all", starts_at=hour_ago, ends_at=None) == 2
    assert services.replay_range(owner, endpoint.pk, what="all", starts_at=hour_ago, ends_at=hour_ago) == 0
    tell()
    assert sorted(told.content["data"]["order_id"] for told in receiver.told) == [1, 1, 2]


def test_more_than_can_be_sent_again_at_once_is_refused(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    _, endpoint = webhook(receiver.url)
    monkeypatch.setattr(services, "REPLAY_AT_MOST", 1)
    order_placed(1)
    order_placed(2)
    tell()
    with pytest.raises(ReplayTooLarge):
        services.replay_range(
            principal(), endpoint.pk, what="all", starts_at=clock.now() - timedelta(hours=1), ends_at=None
        )
    assert set(states().values()) == {"delivered"}


def test_the_person_is_sent_only_where_asked_for_and_is_kept_nowhere(receiver: Receiver) -> None:
    ann = Customer.objects.create(name="李娜", phone="+8613800138000", email="li.na@example.com")
    webhook(receiver.url)
    webhook(receiver.url, includes_person=True)
    receiver.answers(500, "cannot store +86 138 0013 8000")
    order_placed(1, customer_id=ann.pk)
    tell()
    people = [told.content.get("person") for told in receiver.told]
    assert sorted(people, key=bool) == [
        None,
        {"name": "李娜", "phone": "+8613800138000", "email": "li.na@example.com"},
    ]
    kept = str(list(Delivery.objects.values())) + str(list(Attempt.objects.values()))
    assert "李娜" not in kept
    assert "0013" not in kept


def test_two_senders_at_once_send_each_delivery_once(receiver: Receiver) -> None:
    webhook(receiver.url)
    for number in range(60):
        order_placed(number, customer_id=number % 5)
    while outbox.drain():
        pass
    threads = [threading.Thread(target=_send_and_close) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    delivery.send_due()
    assert sorted(told.content["data"]["order_id"] for told in receiver.told) == list(range(60))
    for customer in range(5):
        orders = [told.content["data"]["order_id"] for told in receiver.of(customer_id=customer)]
        assert orders == sorted(orders)


def _send_and_close() -> None:
    from django.db import connection

    try:
        delivery.send_due()
    finally:
        connection.close()


def test_a_late_result_of_a_lost_claim_changes_nothing(receiver: Receiver) -> None:
    webhook(receiver.url)
    order_placed(1)
    while outbox.drain():
        pass
    (lost,) = delivery.claim(busy=Counter(), limit=8)
    assert delivery.claim(busy=Counter(), limit=8) == []
    let_time_pass()
    (held,) = delivery.claim(busy=Counter(), limit=8)
    delivery.finish([(lost, Result(outcome="refused", status=500))])
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["interrupted"]
    delivery.finish([(held, Result(outcome="delivered", status=200))])
    assert states() == {1: "delivered"}


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_kept(receiver: Receiver) -> None:
    webhook(receiver.url)
    order_placed(1)
    tell()
    receiver.answers(500)
    order_placed(2)
    tell()
    long_ago = clock.now() - services.DELIVERIES_KEPT - timedelta(hours=1)
    Delivery.objects.update(created_at=long_ago)
    assert housekeeping.tidy()["webhook_deliveries"] == 0
    Delivery.objects.filter(state="delivered").update(finished_at=long_ago)
    assert housekeeping.tidy()["webhook_deliveries"] == 1
    assert states() == {2: "pending"}


def test_attempts_that_end_together_are_written_down_each_with_what_follows(receiver: Receiver) -> None:
    _, here = webhook(receiver.url)
    _, there = webhook(receiver.url)
    for number in (1, 2):
        order_placed(number, customer_id=number)
    while outbox.drain():
        pass
    claimed = delivery.claim(busy=Counter(), limit=8)
    assert [one.endpoint_id for one in claimed] == [here.pk, here.pk, there.pk, there.pk]
    good, bad = Result(outcome="delivered", status=200), Result(outcome="refused", status=500)
    delivery.finish(list(zip(claimed, (bad, good, bad, bad), strict=True)))
    found = Delivery.objects.order_by("endpoint_id", "id").values_list("state", "last_status", "attempts_count")
    assert list(found) == [("pending", 500, 1), ("delivered", 200, 1), ("pending", 500, 1), ("pending", 500, 1)]
    assert Attempt.objects.count() == 4
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.failing_since_at, there.last_success_at) == (None, None)
    assert here.last_success_at is not None
    assert there.failing_since_at is not None
    assert all(due > clock.now() for due in Delivery.objects.filter(state="pending").values_list("due_at", flat=True))
