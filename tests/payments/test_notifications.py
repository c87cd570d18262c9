"""What a provider tells by itself, over the address it tells it to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from standardwebhooks import Webhook

from huike.payments import selectors
from huike.payments.models import Notification, Payment
from huike.platform import clock
from tests.payments.sandbox import SECRET, Book, Sandbox
from tests.payments.test_payments import number_of, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]


def told(number: str, state: str = "captured", *, minor: int = 1990, about: str = "payment") -> bytes:
    data = {"number": number, "id": "sp_1", "state": state, "amount_minor": minor, "currency": "CNY", "code": ""}
    return json.dumps({"type": about, "data": data}).encode()


def send(body: bytes, *, id: str = "sn_1", secret: str = SECRET, at: datetime | None = None, to: str = "sandbox"):
    at = at or datetime.now(UTC)
    headers = {
        "HTTP_WEBHOOK_ID": id,
        "HTTP_WEBHOOK_TIMESTAMP": str(int(at.timestamp())),
        "HTTP_WEBHOOK_SIGNATURE": Webhook(secret).sign(id, at, body.decode()),
    }
    return Client().post(f"/pay/notify/{to}", body, content_type="application/json", **headers)


def test_a_signed_notification_captures_once_however_often_it_comes(book: Book) -> None:
    payment, number = started()
    for id in ("sn_1", "sn_1", "sn_2"):
        assert send(told(number), id=id).status_code == 200
    assert selectors.payment(payment.id).state == "captured"
    assert book.heard == [("captured", "test:12", 1990)]
    assert [(n.notice_id, n.about, n.told, n.payment_id) for n in Notification.objects.order_by("pk")] == [
        ("sn_1", "payment.captured", "captured", payment.id),
        ("sn_2", "payment.captured", "captured", payment.id),
    ]
    assert Notification.objects.first().body == told(number).decode()
    with pytest.raises(IntegrityError, match="append-only"):
        Notification.objects.update(body="")


def test_what_arrives_in_the_wrong_order_ends_the_same(book: Book) -> None:
    payment, number = started()
    for id, state in (("sn_1", "captured"), ("sn_2", "pending"), ("sn_3", "closed"), ("sn_4", "failed")):
        assert send(told(number, state), id=id).status_code == 200
    assert selectors.payment(payment.id).state == "captured"
    assert book.heard == [("captured", "test:12", 1990)]


@pytest.mark.parametrize("what", ["other secret", "old", "of the future", "other body"])
def test_what_is_not_signed_leaves_nothing(what: str, book: Book) -> None:
    payment, number = started()
    body, now = told(number), datetime.now(UTC)
    if what == "other secret":
        answer = send(body, secret="whsec_" + "A" * 43 + "=")
    elif what == "old":
        answer = send(body, at=now - timedelta(minutes=6))
    elif what == "of the future":
        answer = send(body, at=now + timedelta(minutes=6))
    else:
        signature = Webhook(SECRET).sign("sn_1", now, told("other").decode())
        answer = Client().post(
            "/pay/notify/sandbox",
            body,
            content_type="application/json",
            HTTP_WEBHOOK_ID="sn_1",
            HTTP_WEBHOOK_TIMESTAMP=str(int(now.timestamp())),
            HTTP_WEBHOOK_SIGNATURE=signature,
        )
    assert (answer.status_code, answer.json()["code"]) == (401, "payment.notice_refused")
    assert Notification.objects.count() == 0
    assert selectors.payment(payment.id).state == "pending"


def test_strangers_are_no_longer_looked_at_after_sixty_tries_in_a_minute() -> None:
    answers = [Client().post("/pay/notify/nobody", b"{}", content_type="application/json") for _ in range(62)]
    assert [answer.status_code for answer in answers] == [401] * 60 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_body_too_large_is_refused_unread() -> None:
    answer = Client().post("/pay/notify/sandbox", b"x" * (256 * 1024 + 1), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


def test_a_signed_notification_of_nobodys_payment_is_kept_and_changes_nothing() -> None:
    assert send(told("P123456789")).status_code == 200
    assert send(told("R123456789-x", "succeeded", about="refund"), id="sn_2").status_code == 200
    assert list(Notification.objects.values_list("payment_id", flat=True)) == [None, None]


def test_a_listener_that_fails_makes_the_provider_tell_it_again(book: Book, monkeypatch) -> None:
    payment, number = started()
    with monkeypatch.context() as patched:
        patched.setattr(book, "captured", lambda payment, now: 1 / 0)
        client = Client(raise_request_exception=False)
        at = datetime.now(UTC)
        answer = client.post(
            "/pay/notify/sandbox",
            told(number),
            content_type="application/json",
            HTTP_WEBHOOK_ID="sn_1",
            HTTP_WEBHOOK_TIMESTAMP=str(int(at.timestamp())),
            HTTP_WEBHOOK_SIGNATURE=Webhook(SECRET).sign("sn_1", at, told(number).decode()),
        )
    assert answer.status_code == 500
    assert (Notification.objects.count(), selectors.payment(payment.id).state) == (1, "pending")
    assert send(told(number)).status_code == 200
    assert (Notification.objects.count(), selectors.payment(payment.id).state) == (1, "captured")


def test_an_authorised_payment_that_is_told_makes_the_loop_take_the_money_at_once(book: Book, sandbox: Sandbox) -> None:
    payment, number = started()
    Payment.objects.update(due_at=clock.now() + timedelta(hours=1))
    assert send(told(number, "authorised")).status_code == 200
    assert Payment.objects.filter(due_at__lte=clock.now()).exists()
    assert number_of(payment) == number
