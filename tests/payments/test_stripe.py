"""The adapter against a server that keeps sessions and refunds as Stripe does, idempotency keys included; signatures
against Stripe's own library. Nothing here ever reached Stripe itself."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from huike.kernel.money import Money
from huike.payments.errors import NoticeRefused
from huike.payments.providers.base import Misconfigured, PaymentAsk, RefundAsk, Refused, Unanswered
from huike.payments.providers.stripe import API_VERSION, StripeProvider, check_signature, stripe_amount

KEY, SECRET = "sk_test_x", "whsec_test_secret"


class Stripe:
    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, tuple[str, dict[str, Any]]] = {}
        self.lose_next_answer = False
        server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return self.said(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})
        assert request.headers["Stripe-Version"] == API_VERSION
        form = request.get_data(as_text=True)
        key = request.headers.get("Idempotency-Key")
        if key in self.kept:
            before, answer = self.kept[key]
            if before != form:
                return self.said(400, {"error": {"type": "idempotency_error", "message": "other parameters"}})
            return self.said(200, answer)
        status, answer = self.do(request, dict(parse_qsl(form)))
        if key is not None and status == 200:
            self.kept[key] = (form, answer)
        if self.lose_next_answer:
            self.lose_next_answer = False
            return Response(b"", 502)
        return self.said(status, answer)

    def said(self, status: int, answer: dict[str, Any]) -> Response:
        return Response(json.dumps(answer), status, content_type="application/json")

    def do(self, request: Request, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match request.method, request.path.strip("/").split("/")[1:]:
            case "GET", ["balance"]:
                return 200, {"object": "balance", "livemode": False}
            case "POST", ["checkout", "sessions"]:
                return self.open(form)
            case "GET", ["checkout", "sessions", id]:
                return self.found(told_whole(self.sessions.get(id), request.args.getlist("expand[]")))
            case "POST", ["checkout", "sessions", id, "expire"]:
                session = self.sessions[id]
                if session["status"] != "open":
                    return 400, {"error": {"type": "invalid_request_error", "message": "not open"}}
                session |= {"status": "expired", "url": None}
                return 200, session
            case "POST", ["refunds"]:
                return self.give_back(form)
            case "GET", ["refunds"]:
                wanted = request.args["payment_intent"]
                return 200, {"data": [r for r in self.refunds.values() if r["payment_intent"] == wanted]}
            case "GET", ["refunds", id]:
                return self.found(self.refunds.get(id))
        return 404, {"error": {"code": "resource_missing"}}

    def found(self, row: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        return (200, row) if row else (404, {"error": {"code": "resource_missing", "message": "No such thing"}})

    def open(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        lasts_seconds = int(form["expires_at"]) - time.time()
        if not 30 * 60 <= lasts_seconds <= 24 * 3600:
            return 400, {"error": {"type": "invalid_request_error", "param": "expires_at", "message": "expires_at"}}
        id = f"cs_test_{len(self.sessions)}"
        self.sessions[id] = {
            "id": id,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "client_reference_id": form["client_reference_id"],
            "payment_intent": None,
            "url": f"https://checkout.stripe.com/c/pay/{id}",
        }
        return 200, self.sessions[id]

    def pay(self, number: str, *, fee: tuple[int, str] | None = None) -> None:
        """`fee` is what Stripe's balance transaction says, where it is made already."""
        session = next(s for s in self.sessions.values() if s["client_reference_id"] == number)
        moved = None if fee is None else {"object": "balance_transaction", "fee": fee[0], "currency": fee[1]}
        charge = {"object": "charge", "balance_transaction": moved}
        intent = {
            "id": f"pi_{session['id']}",
            "object": "payment_intent",
            "status": "succeeded",
            "latest_charge": charge,
        }
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent, "url": None}

    def give_back(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        intent = form["payment_intent"]
        session = next((s for s in self.sessions.values() if (s["payment_intent"] or {}).get("id") == intent), None)
        given = sum(r["amount"] for r in self.refunds.values() if r["payment_intent"] == intent)
        if session is None or given + int(form["amount"]) > session["amount_total"]:
            return 400, {"error": {"code": "charge_already_refunded", "type": "invalid_request_error"}}
        id = f"re_{len(self.refunds)}"
        self.refunds[id] = {
            "id": id,
            "object": "refund",
            "amount": int(form["amount"]),
            "currency": session["currency"],
            "payment_intent": intent,
            "status": "succeeded",
            "metadata": {"huike_number": form["metadata[huike_number]"]},
        }
        return 200, self.refunds[id]


def told_whole(session: dict[str, Any] | None, expanded: list[str]) -> dict[str, Any] | None:
    """Of the intent only its id, and of its charge, but as far as one asks to be told whole."""
    if session is None or session["payment_intent"] is None:
        return session
    intent, asked = dict(session["payment_intent"]), "".join(expanded)
    if "latest_charge.balance_transaction" not in asked:
        intent["latest_charge"] = "ch_1"
    return {**session, "payment_intent": intent if asked.startswith("payment_intent") else intent["id"]}


@pytest.fixture
def server(httpserver: HTTPServer) -> Stripe:
    return Stripe(httpserver)


def provider(server: Stripe, key: str = KEY) -> StripeProvider:
    return StripeProvider(secret_key=key, webhook_secret=SECRET, url=server.url)


def asked(number: str = "P1", *, currency: str = "USD", minor: int = 1990, **handles: str) -> PaymentAsk:
    return PaymentAsk(
        number=number,
        amount=Money(minor, currency),
        subject="Afternoon tea for two",
        payer="",
        return_url="https://shop.example/back",
        notify_url="https://shop.example/pay/notify/stripe",
        started_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
        handles=handles,
    )


def test_a_payment_is_a_page_of_stripes_and_found_captured(server: Stripe) -> None:
    ours = provider(server)
    instruction, told = ours.authorise(asked())
    assert (instruction.kind, instruction.url) == ("redirect", "https://checkout.stripe.com/c/pay/cs_test_0")
    assert (told.state, told.handles) == ("pending", {"session": "cs_test_0"})
    server.pay("P1")
    told = ours.query(asked(session="cs_test_0"))
    assert (told.state, told.amount, told.reference) == ("captured", Money(1990, "USD"), "pi_cs_test_0")
    assert told.handles == {"session": "cs_test_0", "intent": "pi_cs_test_0"}


def test_what_stripe_took_is_told_with_the_capture_in_the_currency_it_pays_out_in(server: Stripe) -> None:
    ours = provider(server)
    for number, fee, told in (
        ("P1", (88, "usd"), Money(88, "USD")),
        ("P2", (120, "jpy"), Money(120, "JPY")),
        ("P3", None, None),
    ):
        ours.authorise(asked(number))
        server.pay(number, fee=fee)
        session = ours.query(asked(number)).handles["session"]
        assert ours.query(asked(number, session=session)).fee == told


def test_a_lost_answer_is_found_again_under_the_same_key(server: Stripe) -> None:
    ours = provider(server)
    server.lose_next_answer = True
    with pytest.raises(Unanswered):
        ours.authorise(asked())
    assert ours.query(asked()).handles == {"session": "cs_test_0"}
    assert ours.authorise(asked())[0].url.endswith("cs_test_0")
    assert len(server.sessions) == 1


def test_a_number_told_with_other_money_is_unknown_and_ends_nothing(server: Stripe) -> None:
    ours = provider(server)
    ours.authorise(asked())
    with pytest.raises(Unanswered):
        ours.authorise(asked(minor=5))


def test_closing_expires_the_page_but_for_what_was_paid(server: Stripe) -> None:
    ours = provider(server)
    ours.authorise(asked())
    assert ours.close(asked(session="cs_test_0")).state == "closed"
    assert ours.close(asked(session="cs_test_0")).state == "closed"
    ours.authorise(asked("P2"))
    server.pay("P2")
    assert ours.close(asked("P2", session="cs_test_1")).state == "captured"


def test_a_refund_is_one_by_its_number_and_found_without_its_id(server: Stripe) -> None:
    ours = provider(server)
    ours.authorise(asked())
    server.pay("P1")
    payment = asked(session="cs_test_0", intent="pi_cs_test_0")
    refund = RefundAsk(number="R1", payment=payment, amount=Money(600, "USD"), reason="group.failed")
    assert ours.query_refund(refund).state == "not_found"
    server.lose_next_answer = True
    with pytest.raises(Unanswered):
        ours.refund(refund)
    told = ours.query_refund(refund)
    assert (told.state, told.amount, told.reference) == ("succeeded", Money(600, "USD"), "re_0")
    assert ours.refund(refund) == told
    assert len(server.refunds) == 1
    too_much = RefundAsk(number="R2", payment=payment, amount=Money(1391, "USD"), reason="r")
    with pytest.raises(Refused) as refused:
        ours.refund(too_much)
    assert refused.value.reason == "charge_already_refunded"


def test_a_key_stripe_does_not_know_is_told_as_a_wrong_setting(server: Stripe) -> None:
    assert provider(server).check() == "test"
    with pytest.raises(Misconfigured):
        provider(server, key="sk_test_other").check()


@pytest.mark.parametrize(
    ("minor", "currency", "wanted"),
    [
        (1990, "CNY", 1990),
        (500, "JPY", 500),
        (12340, "KWD", 12340),
        (500, "ISK", 50000),
        (700, "UGX", 70000),
        (500, "MGA", 5),
    ],
)
def test_amounts_are_told_in_the_unit_stripe_counts_in(minor: int, currency: str, wanted: int) -> None:
    assert stripe_amount(Money(minor, currency)) == wanted


def test_what_stripe_cannot_say_is_refused() -> None:
    with pytest.raises(Refused):
        stripe_amount(Money(501, "MGA"))


def event(about: str, object_: dict[str, Any]) -> bytes:
    return json.dumps({"id": "evt_1", "type": about, "data": {"object": object_}}).encode()


def signature(body: bytes, *, at: float, secret: str = SECRET) -> str:
    """By Stripe's own library."""
    signed = stripe.WebhookSignature._compute_signature(f"{int(at)}.{body.decode()}", secret)
    return f"t={int(at)},v1={signed},v0=ignored"


def test_a_webhook_is_verified_and_read(server: Stripe) -> None:
    provider(server).authorise(asked())
    server.pay("P1")
    body = event("checkout.session.completed", server.sessions["cs_test_0"])
    notice = provider(server).verify({"stripe-signature": signature(body, at=time.time())}, body, now=datetime.now(UTC))
    assert (notice.id, notice.number) == ("evt_1", "P1")
    assert notice.payment is not None
    assert (notice.payment.state, notice.payment.amount) == ("captured", Money(1990, "USD"))
    told = {"id": "re_9", "object": "refund", "amount": 600, "currency": "usd", "status": "failed"}
    body = event(
        "refund.failed", {**told, "failure_reason": "expired_or_canceled_card", "metadata": {"huike_number": "R1"}}
    )
    notice = provider(server).verify({"stripe-signature": signature(body, at=time.time())}, body, now=datetime.now(UTC))
    assert notice.refund is not None
    assert (notice.number, notice.refund.state, notice.refund.code) == ("R1", "refused", "expired_or_canceled_card")


@given(
    body=st.binary(max_size=60).filter(lambda b: b.isascii()),
    age_seconds=st.integers(0, 400),
    change=st.sampled_from(["", "secret", "body", "header", "scheme", "time"]),
)
def test_we_believe_what_stripes_library_believes(body: bytes, age_seconds: int, change: str) -> None:
    at = time.time() - age_seconds
    header = signature(body, at=at, secret="whsec_other" if change == "secret" else SECRET)
    if change == "header":
        header = header.replace("v1=", "v1=0")
    elif change == "scheme":
        header = header.replace("v1=", "v2=")
    elif change == "time":
        header = header.replace(f"t={int(at)}", f"t={int(at) + 1}")
    seen = body + b"x" if change == "body" else body
    try:
        stripe.WebhookSignature.verify_header(seen.decode(), header, SECRET, tolerance=300)
        theirs = True
    except stripe.SignatureVerificationError:
        theirs = False
    try:
        check_signature(header, seen, secret=SECRET, now=datetime.now(UTC))
        ours = True
    except NoticeRefused:
        ours = False
    if abs(age_seconds - 300) > 2:
        assert ours == theirs == (change == "" and age_seconds < 300)


def test_an_event_from_the_future_or_of_no_shape_is_refused(server: Stripe) -> None:
    body = event("checkout.session.completed", {})
    for header in (signature(body, at=time.time() + 400), signature(body, at=time.time()), "", "t=1", "t=x,v1="):
        with pytest.raises(NoticeRefused):
            provider(server).verify({"stripe-signature": header}, body, now=datetime.now(UTC))
