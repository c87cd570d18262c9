"""A payment's life and a refund's, with the real sandbox over HTTP. docs/algorithms/payments.md."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.db import IntegrityError, transaction

from huike.kernel.money import Money
from huike.payments import asking, selectors, services
from huike.payments.errors import (
    KeyReused,
    PaymentOver,
    PaymentRefused,
    ProviderSilent,
    RefundNotRefused,
    RefundTooMuch,
)
from huike.payments.models import Payment, Question, Refund
from huike.payments.selectors import PaymentView
from huike.platform import audit, clock
from huike.platform.config import get_config
from huike.platform.models import OutboxEvent
from tests.payments.sandbox import SECRET, Book, Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]


def opened(key: str = "k1", *, minor: int = 1990, minutes: float = 15, reference: str = "test:12") -> PaymentView:
    now = clock.now()
    return services.open_payment(
        reference=reference,
        amount=Money(minor, "CNY"),
        provider=None,
        subject="下午茶双人餐",
        key=key,
        expires_at=now + timedelta(minutes=minutes),
        now=now,
    )


def started(key: str = "k1", **told) -> tuple[PaymentView, str]:
    """A payment that the sandbox knows, and its number."""
    payment = opened(key, **told)
    services.start(payment.id, return_url="https://shop.example/back", now=clock.now())
    return payment, number_of(payment)


def number_of(payment: PaymentView) -> str:
    return Payment.objects.get(pk=payment.id).number


def due_now() -> None:
    Payment.objects.filter(due_at__isnull=False, state="pending").update(due_at=clock.now())
    Refund.objects.filter(due_at__isnull=False).update(due_at=clock.now())


def ask() -> None:
    due_now()
    asking.ask_due()


def captured(key: str = "k1", **told) -> PaymentView:
    payment, number = started(key, **told)
    told = httpx.post(
        f"{get_config().payments_sandbox_url}/admin/pay",
        json={"number": number},
        headers={"Authorization": f"Bearer {SECRET}"},
    )
    assert told.json()["state"] == "captured"
    ask()
    return selectors.payment(payment.id)


def test_a_payment_is_opened_without_the_network_started_and_captured(sandbox: Sandbox, book: Book) -> None:
    payment = opened()
    assert (payment.state, payment.refundable_minor, payment.provider) == ("created", 0, "sandbox")
    assert Question.objects.count() == 0
    instruction = services.start(payment.id, return_url="https://shop.example/back", now=clock.now())
    number = number_of(payment)
    assert (instruction.kind, instruction.url) == ("redirect", f"{sandbox.url}/pay/{number}")
    assert selectors.payment(payment.id).state == "pending"
    assert book.heard == []
    sandbox.pay(number)
    ask()
    assert selectors.payment(payment.id).state == "captured"
    assert selectors.payment(payment.id).refundable_minor == 1990
    assert book.heard == [("captured", "test:12", 1990)]
    assert [event.name for event in OutboxEvent.objects.all()] == ["payments.payment_captured"]
    assert services.start(payment.id, return_url="https://shop.example", now=clock.now()).kind == "done"


def test_the_same_key_is_the_same_payment_and_with_other_money_refused(book: Book) -> None:
    assert opened("k1").id == opened("k1").id
    with pytest.raises(KeyReused):
        opened("k1", minor=2000)
    with pytest.raises(KeyReused):
        opened("k1", reference="test:13")
    assert Payment.objects.count() == 1


def test_a_reference_nobody_waits_for_is_refused(book: Book) -> None:
    with pytest.raises(LookupError):
        opened(reference="nobody:1")
    assert Payment.objects.count() == 0


def test_when_the_answer_is_lost_after_the_deed_the_payment_is_asked_for(sandbox: Sandbox, book: Book) -> None:
    sandbox.plan(script=[{"verb": "authorise", "fault": "cut_after"}])
    payment = opened()
    with pytest.raises(ProviderSilent):
        services.start(payment.id, return_url="https://shop.example/back", now=clock.now())
    assert selectors.payment(payment.id).state == "pending"
    assert Payment.objects.get().problem == "provider.unanswered"
    # She starts again: the same page. And where she does not, the money is found all the same.
    again = services.start(payment.id, return_url="https://shop.example/other", now=clock.now())
    assert again.url.endswith(number_of(payment))
    sandbox.pay(number_of(payment))
    ask()
    assert selectors.payment(payment.id).state == "captured"
    assert [(q.verb, q.outcome, q.told) for q in Question.objects.order_by("pk")] == [
        ("authorise", "provider.unanswered", ""),
        ("authorise", "answered", "pending"),
        ("query", "answered", "captured"),
    ]


def test_a_payment_that_never_arrived_is_closed_only_when_it_can_no_longer_arrive(sandbox: Sandbox, book: Book) -> None:
    sandbox.plan(script=[{"verb": "authorise", "fault": "cut_before"}])
    payment = opened()
    with pytest.raises(ProviderSilent):
        services.start(payment.id, return_url="", now=clock.now())
    services.close(payment.id, now=clock.now())
    ask()
    assert selectors.payment(payment.id).state == "pending"
    Payment.objects.update(authorise_at=clock.now() - timedelta(minutes=2))
    ask()
    assert selectors.payment(payment.id).state == "closed"
    assert book.heard == [("closed", "test:12", 1990)]
    with pytest.raises(PaymentOver):
        services.start(payment.id, return_url="", now=clock.now())


def test_closing_what_was_never_started_asks_nobody_and_tells_the_listener_at_once(book: Book) -> None:
    payment = opened()
    assert services.close(payment.id, now=clock.now()).state == "closed"
    assert services.close(payment.id, now=clock.now()).state == "closed"
    assert book.heard == [("closed", "test:12", 1990)]
    assert Question.objects.count() == 0


def test_what_nobody_started_ends_when_its_time_is_over(book: Book) -> None:
    payment = opened(minutes=-1)
    asking.ask_due()
    assert selectors.payment(payment.id).state == "closed"
    assert book.heard == [("closed", "test:12", 1990)]


def test_closing_closes_at_the_provider_who_takes_no_payment_any_more(sandbox: Sandbox, book: Book) -> None:
    payment, number = started()
    assert services.close(payment.id, now=clock.now()).state == "pending"
    asking.ask_due()
    assert selectors.payment(payment.id).state == "closed"
    assert sandbox.client.post("/admin/pay", json={"number": number}).status_code == 409
    assert sandbox.money() == money_before(sandbox, number)


def money_before(sandbox: Sandbox, number: str) -> tuple[int, int]:
    truth = sandbox.truth()
    others = [row for row in truth["payments"] if row["number"] != number and row["state"] == "captured"]
    return sum(row["amount_minor"] for row in others), sandbox.money()[1]


def test_money_that_came_before_the_close_is_captured(sandbox: Sandbox, book: Book) -> None:
    payment, number = started()
    services.close(payment.id, now=clock.now())
    sandbox.pay(number)
    asking.ask_due()
    assert selectors.payment(payment.id).state == "captured"
    assert book.heard == [("captured", "test:12", 1990)]


def test_money_wins_over_a_payment_that_was_given_up(sandbox: Sandbox, book: Book) -> None:
    payment, number = started()
    with transaction.atomic():
        row = services.lock_payment(payment.id)
        services.apply_to_payment(row, services.PaymentTold(state="closed"), now=clock.now())
    sandbox.pay(number)
    with transaction.atomic():
        row = services.lock_payment(payment.id)
        told = services.PaymentTold(state="captured", amount=Money(1990, "CNY"))
        services.apply_to_payment(row, told, now=clock.now())
    assert book.heard == [("closed", "test:12", 1990), ("captured", "test:12", 1990)]
    assert selectors.payment(payment.id).state == "captured"


def test_another_amount_is_no_capture_but_shown(book: Book) -> None:
    payment, _ = started()
    with transaction.atomic():
        row = services.lock_payment(payment.id)
        told = services.PaymentTold(state="captured", amount=Money(1, "CNY"))
        services.apply_to_payment(row, told, now=clock.now())
    assert (selectors.payment(payment.id).state, Payment.objects.get().problem) == ("pending", "payment.amount_differs")
    assert book.heard == []


def test_a_refused_payment_has_failed_and_says_why(sandbox: Sandbox, book: Book) -> None:
    payment, number = started()
    sandbox.pay(number, outcome="refuse")
    ask()
    over = selectors.payment(payment.id)
    assert (over.state, over.failure_code) == ("failed", "card_declined")
    assert book.heard == [("failed", "test:12", 1990)]


def test_an_authorise_the_provider_refuses_ends_the_payment(sandbox: Sandbox, book: Book) -> None:
    payment = opened()
    number = number_of(payment)
    told = {"number": number, "amount_minor": 5, "currency": "CNY", "subject": "", "notify_url": "", "return_url": ""}
    sandbox.client.post("/v1/payments", json={**told, "expires_at": clock.now().timestamp() + 99}).raise_for_status()
    with pytest.raises(PaymentRefused):
        services.start(payment.id, return_url="", now=clock.now())
    assert selectors.payment(payment.id).failure_code == "number_reused"
    assert book.heard == [("failed", "test:12", 1990)]


def test_a_provider_of_two_steps_is_asked_to_take_the_money(sandbox: Sandbox, book: Book) -> None:
    sandbox.plan(script=[{"verb": "pay", "fault": "two_steps"}])
    payment, number = started()
    sandbox.pay(number)
    ask()
    assert selectors.payment(payment.id).state == "captured"
    assert [q.verb for q in Question.objects.order_by("pk")] == ["authorise", "query", "capture"]


def test_a_refund_goes_back_once_whatever_was_cut_off(sandbox: Sandbox, book: Book) -> None:
    payment = captured()
    before = sandbox.money()[1]
    sandbox.plan(script=[{"verb": "refund", "fault": "cut_after"}, {"verb": "query_refund", "fault": "fail"}])
    refund = services.refund(payment.id, 600, key="r1", reason="group.failed", now=clock.now())
    assert refund.state == "requested"
    assert services.refund(payment.id, 600, key="r1", reason="group.failed", now=clock.now()).id == refund.id
    for _ in range(3):
        ask()
    assert selectors.refund(refund.id).state == "succeeded"
    assert selectors.payment(payment.id).refundable_minor == 1390
    assert sandbox.money()[1] - before == 600
    assert book.heard[1:] == [("refund succeeded", "test:12", 600)]
    assert [q.verb for q in Question.objects.filter(refund__isnull=False).order_by("pk")] == [
        "refund",
        "query_refund",
        "query_refund",
    ]


def test_a_refund_that_never_arrived_is_told_again_under_its_number(sandbox: Sandbox, book: Book) -> None:
    payment = captured()
    sandbox.plan(script=[{"verb": "refund", "fault": "cut_before"}])
    refund = services.refund(payment.id, 600, key="r1", reason="group.failed", now=clock.now())
    ask()
    assert selectors.refund(refund.id).state == "sent"
    ask()
    assert selectors.refund(refund.id).state == "succeeded"


def test_no_more_goes_back_than_came_in_and_the_database_sees_to_it(book: Book) -> None:
    payment = captured(minor=1000)
    services.refund(payment.id, 600, key="a", reason="r", now=clock.now())
    with pytest.raises(RefundTooMuch) as refused:
        services.refund(payment.id, 600, key="b", reason="r", now=clock.now())
    assert refused.value.params == {"left_minor": 400}
    row = Payment.objects.get()
    with pytest.raises(IntegrityError, match="payment_refunds_fit"):
        Refund.objects.create(payment=row, number="R1", key="b", amount_minor=401, reason="r", due_at=clock.now())
    with pytest.raises(IntegrityError, match="refunding_minor"):
        Payment.objects.update(refunding_minor=0)
    with pytest.raises(IntegrityError, match="captured money stays captured"):
        Payment.objects.update(
            state="pending", captured_at=None, ended_at=None, due_at=clock.now(), refunding_minor=600
        )
    assert Refund.objects.count() == 1


def test_nothing_can_be_refunded_of_what_is_not_captured(book: Book) -> None:
    payment, _ = started()
    with pytest.raises(RefundTooMuch):
        services.refund(payment.id, 1, key="a", reason="r", now=clock.now())
    row = Payment.objects.get()
    with pytest.raises(IntegrityError, match="payment_refunds_fit"):
        Refund.objects.create(payment=row, number="R1", key="b", amount_minor=1, reason="r", due_at=clock.now())


def test_a_refused_refund_frees_its_room_and_may_be_tried_again_by_hand(sandbox: Sandbox, book: Book) -> None:
    payment = captured(minor=1000)
    sandbox.plan(script=[{"verb": "refund", "fault": "refuse_refund"}])
    a = services.refund(payment.id, 600, key="a", reason="r", now=clock.now())
    ask()
    assert (selectors.refund(a.id).state, selectors.refund(a.id).failure_code) == ("refused", "account_closed")
    b = services.refund(payment.id, 600, key="b", reason="r", now=clock.now())
    ask()
    assert selectors.refund(b.id).state == "succeeded"
    with pytest.raises(RefundTooMuch):
        services.try_again(audit.SYSTEM, a.id, now=clock.now())
    c = services.refund(payment.id, 400, key="c", reason="r", now=clock.now())
    sandbox.plan(script=[{"verb": "refund", "fault": "refuse_refund"}])
    ask()
    assert selectors.refund(c.id).state == "refused"
    services.try_again(audit.SYSTEM, c.id, now=clock.now())
    with pytest.raises(RefundNotRefused):
        services.try_again(audit.SYSTEM, c.id, now=clock.now())
    ask()
    assert selectors.refund(c.id).state == "succeeded"
    assert Refund.objects.get(pk=c.id).told_number.endswith("-2")
    assert [what for what, *_ in book.heard] == [
        "captured", "refund refused", "refund succeeded", "refund refused", "refund succeeded",
    ]  # fmt: skip


def test_a_slow_refund_is_asked_for_until_it_is_through(sandbox: Sandbox, book: Book) -> None:
    payment = captured()
    sandbox.plan(script=[{"verb": "refund", "fault": "late_refund"}], refund_seconds=0.5)
    refund = services.refund(payment.id, 1990, key="a", reason="r", now=clock.now())
    ask()
    assert selectors.refund(refund.id).state == "sent"
    while selectors.refund(refund.id).state == "sent":
        ask()
    assert selectors.refund(refund.id).state == "succeeded"


def test_a_listener_that_fails_undoes_the_step_and_is_told_again(sandbox: Sandbox, book: Book, monkeypatch) -> None:
    payment, number = started()
    sandbox.pay(number)
    with monkeypatch.context() as patched:
        patched.setattr(book, "captured", lambda payment, now: 1 / 0)
        ask()
    row = Payment.objects.get()
    assert (row.state, row.problem) == ("pending", "payment.listener_failed")
    assert OutboxEvent.objects.count() == 0
    ask()
    assert selectors.payment(payment.id).state == "captured"


def test_what_was_asked_and_told_stays(book: Book) -> None:
    captured()
    with pytest.raises(IntegrityError, match="append-only"):
        Question.objects.update(at=clock.now())
    with pytest.raises(IntegrityError, match="append-only"):
        Payment.objects.all()._raw_delete("default")
