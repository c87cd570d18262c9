"""What payments cost: agreed by account and currency, told by the provider, kept on the payment
(`docs/algorithms/payments.md`, section 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from huike.kernel.money import Money
from huike.payments import fees, services, setups
from huike.payments.applying import apply_to_payment, lock_payment
from huike.payments.errors import FeeTermsTaken, ProviderNotFound
from huike.payments.models import FeeTerms, Payment, ProviderSetup
from huike.payments.providers.base import PaymentTold
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.payments.sandbox import Book, Sandbox
from tests.payments.test_payments import ask, captured, opened
from tests.people import Caller, api_key, code_of, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]

PAST = datetime(2026, 1, 1, tzinfo=UTC)


def agree(rate_bp: int = 60, *, fixed: int = 0, back: bool = False, since: datetime = PAST, **told: Any) -> FeeTerms:
    return fees.agree(
        SYSTEM,
        told.get("provider", "sandbox"),
        currency=told.get("currency", "CNY"),
        rate_bp=rate_bp,
        fixed_minor=fixed,
        gives_back=back,
        starts_at=since,
        now=clock.now(),
    )


def gives_back(payment_id: int, amount_minor: int) -> None:
    services.refund(payment_id, amount_minor, key=f"{payment_id}:{amount_minor}", reason="test", now=clock.now())
    ask()


def kept(payment_id: int) -> tuple[int | None, int]:
    row = Payment.objects.get(pk=payment_id)
    return row.fee_minor, row.fee_back_minor


def test_a_captured_payment_costs_what_was_agreed_and_a_refund_brings_nothing_back(
    sandbox: Sandbox, book: Book
) -> None:
    terms = agree(290, fixed=30)
    payment = captured(minor=1_990)
    assert kept(payment.id) == (88, 0)
    assert Payment.objects.get().fee_terms_id == terms.pk
    gives_back(payment.id, 1_990)
    assert kept(payment.id) == (88, 0)


def test_a_refund_brings_its_part_back_where_that_was_agreed(sandbox: Sandbox, book: Book) -> None:
    agree(60, back=True)
    payment = captured(minor=9_900)
    gives_back(payment.id, 3_300)
    assert kept(payment.id) == (59, 20)
    gives_back(payment.id, 6_600)
    assert kept(payment.id) == (59, 59)


def test_a_refused_refund_brings_nothing_back(sandbox: Sandbox, book: Book) -> None:
    agree(60, back=True)
    payment = captured(minor=9_900)
    sandbox.plan(script=[{"verb": "refund", "fault": "refuse_refund"}])
    gives_back(payment.id, 3_300)
    assert kept(payment.id) == (59, 0)


def test_what_nobody_agreed_is_unknown_and_not_zero(sandbox: Sandbox, book: Book) -> None:
    agree(60, currency="USD")
    agree(60, since=clock.now() + timedelta(days=1))
    payment = captured()
    gives_back(payment.id, 500)
    assert kept(payment.id) == (None, 0)


def tell(payment_id: int, fee: Money) -> None:
    with transaction.atomic():
        payment = lock_payment(payment_id)
        amount = Money(payment.amount_minor, payment.currency)
        apply_to_payment(payment, PaymentTold(state="captured", amount=amount, fee=fee), now=clock.now())


def test_what_the_provider_tells_is_the_fee_in_the_payments_own_currency(sandbox: Sandbox, book: Book) -> None:
    terms = agree(60)
    told, elsewhere = opened("a", minor=9_900), opened("b", minor=9_900)
    tell(told.id, Money(77, "CNY"))
    tell(elsewhere.id, Money(11, "USD"))
    assert (kept(told.id), Payment.objects.get(pk=told.id).fee_terms_id) == ((77, 0), None)
    assert (kept(elsewhere.id), Payment.objects.get(pk=elsewhere.id).fee_terms_id) == ((59, 0), terms.pk)


def test_fees_agreed_later_reach_back_to_payments_without_one_and_to_no_other(sandbox: Sandbox, book: Book) -> None:
    ids = [captured(key, minor=9_900).id for key in "abcd"]
    tell(opened("told", minor=9_900).id, Money(77, "CNY"))
    open_one = opened("open")
    for days, id_ in enumerate(ids):
        Payment.objects.filter(pk=id_).update(captured_at=PAST + timedelta(days=days))
    gives_back(ids[2], 3_300)
    later = agree(100, since=PAST + timedelta(days=3))
    assert [kept(id_) for id_ in ids] == [(None, 0), (None, 0), (None, 0), (99, 0)]

    agree(60, back=True, since=PAST + timedelta(days=1))

    assert [kept(id_) for id_ in ids] == [(None, 0), (59, 0), (59, 20), (99, 0)]
    assert kept(open_one.id) == (None, 0)
    assert Payment.objects.get(key="told").fee_minor == 77
    assert Payment.objects.get(pk=ids[3]).fee_terms_id == later.pk


def test_a_version_stays_as_it_is_and_there_is_one_of_an_instant(sandbox: Sandbox) -> None:
    made = agree(60)
    with pytest.raises(FeeTermsTaken):
        agree(70)
    with pytest.raises(DatabaseError), transaction.atomic():
        FeeTerms.objects.update(rate_bp=1)
    with pytest.raises(ProviderNotFound):
        agree(provider="nobody")
    assert list(FeeTerms.objects.values_list("pk", "rate_bp")) == [(made.pk, 60)]


def test_the_database_refuses_a_fee_of_what_was_not_captured_and_more_back_than_it_was(
    sandbox: Sandbox, book: Book
) -> None:
    payment = opened()
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.id).update(fee_minor=1)
    agree(60)
    paid = captured("k2", minor=9_900)
    for told in ({"fee_back_minor": 60}, {"fee_minor": -1}, {"fee_minor": None, "fee_back_minor": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.filter(pk=paid.id).update(**told)


def test_an_account_that_never_took_a_payment_goes_with_its_fees(sandbox: Sandbox) -> None:
    ProviderSetup.objects.create(key="wx", kind="wechat", title="W")
    agree(60, provider="wx")
    setups.delete_provider(SYSTEM, "wx")
    assert FeeTerms.objects.count() == 0


# Over HTTP


def test_fees_are_agreed_over_http_and_shown_with_account_and_payment(sandbox: Sandbox, book: Book) -> None:
    owner = signed_in(Role.OWNER)
    payment = captured(minor=9_900)
    body = {"currency": "CNY", "rate_bp": 60, "fixed_minor": 0, "gives_back": True, "starts_at": "2026-01-01T00:00:00Z"}
    shown = owner.post("/payments/providers/sandbox/fees", body).json()
    assert [(one["currency"], one["rate_bp"], one["gives_back"]) for one in shown["fees"]] == [("CNY", 60, True)]
    assert owner.get("/payments/providers").json()[0]["fees"] == shown["fees"]
    assert code_of(owner.post("/payments/providers/sandbox/fees", body)) == "payment.fee_terms_taken"
    assert AuditEntry.objects.get(action="set_payment_fees").details["rate_bp"] == 60

    assert owner.get(f"/payments/{payment.id}").json()["fee"] == {"amount_minor": 59, "currency": "CNY"}
    gives_back(payment.id, 3_300)
    assert owner.get("/payments").json()["items"][0]["fee"] == {"amount_minor": 39, "currency": "CNY"}
    lines = b"".join(owner.get("/payments/export").streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert [line.split(",")[-1] for line in lines] == ["fee", "0.39", ""]


def test_outsiders_agree_nothing(sandbox: Sandbox) -> None:
    body = {"currency": "CNY", "rate_bp": 60}
    for outsider, status in (
        (Caller(), 401),
        (signed_in(Role.SERVICE), 403),
        (Caller(key=api_key(["payments.read"])), 403),
    ):
        assert outsider.post("/payments/providers/sandbox/fees", body).status_code == status
    owner = signed_in(Role.OWNER)
    assert code_of(owner.post("/payments/providers/none/fees", body)) == "payment.no_provider"
    for wrong in ({"rate_bp": 10_001}, {"fixed_minor": -1}, {"currency": "yuan"}):
        assert owner.post("/payments/providers/sandbox/fees", {**body, **wrong}).status_code == 422
    assert FeeTerms.objects.count() == 0
