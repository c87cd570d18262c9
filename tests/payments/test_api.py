"""Payments, refunds and accounts at providers over HTTP: who may, what is shown, what never is."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from huike.payments import asking, services
from huike.payments.models import Payment, ProviderSetup, Refund
from huike.platform import clock
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.payments.sandbox import Book, Sandbox
from tests.payments.test_payments import ask, captured, opened, started
from tests.payments.test_wechat import API_V3_KEY, MERCHANT, private_pem
from tests.people import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]

STRIPE = {"kind": "stripe", "title": "Stripe", "secret_key": "sk_test_x", "webhook_secret": "whsec_x"}
WECHAT = {
    "kind": "wechat",
    "title": "微信支付",
    "appid": "wxd678efh567hg6787",
    "mchid": "1900007291",
    "merchant_serial": "408B07E79B8269FE",
    "private_key": private_pem(MERCHANT),
    "api_v3_key": API_V3_KEY,
}


def refused(sandbox: Sandbox) -> Refund:
    payment = captured(minor=1000)
    sandbox.plan(script=[{"verb": "refund", "fault": "refuse_refund"}])
    made = services.refund(payment.id, 600, key="a", reason="group.failed", now=clock.now())
    ask()
    return Refund.objects.get(pk=made.id)


def test_a_payment_is_shown_with_every_question_and_notification(sandbox: Sandbox, book: Book) -> None:
    refund = refused(sandbox)
    shown = signed_in(Role.SERVICE).get(f"/payments/{refund.payment_id}").json()
    assert (shown["state"], shown["amount"], shown["refunding"]) == (
        "captured",
        {"amount_minor": 1000, "currency": "CNY"},
        {"amount_minor": 0, "currency": "CNY"},
    )
    assert [(q["verb"], q["outcome"], q["told"]) for q in shown["questions"]] == [
        ("refund", "answered", "refused"),
        ("query", "answered", "captured"),
        ("authorise", "answered", "pending"),
    ]
    assert [(r["state"], r["failure_code"], r["reason"]) for r in shown["refunds"]] == [
        ("refused", "account_closed", "group.failed")
    ]


def test_the_list_narrows(sandbox: Sandbox, book: Book) -> None:
    refund = refused(sandbox)
    other = opened("k2", reference="test:13")
    owner = signed_in(Role.OWNER)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in owner.get(f"/payments{query}").json()["items"]]

    assert ids("") == [other.id, refund.payment_id]
    assert ids("?state=captured") == [refund.payment_id]
    told = {row["id"]: row["has_refused_refund"] for row in owner.get("/payments").json()["items"]}
    assert told == {other.id: False, refund.payment_id: True}
    assert ids("?needs_look=true") == [refund.payment_id]
    assert ids("?q=test:13") == [other.id]
    assert ids(f"?q={Payment.objects.get(pk=other.id).number}") == [other.id]
    assert ids("?q=" + "下午茶") == [other.id, refund.payment_id]
    assert ids("?provider=stripe") == []
    tomorrow = (clock.now() + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert ids(f"?starts_at={tomorrow}") == []
    assert [row["id"] for row in owner.get("/payments/refunds?state=refused").json()["items"]] == [refund.pk]


def test_a_refused_refund_is_tried_again_by_whoever_may(sandbox: Sandbox, book: Book) -> None:
    refund = refused(sandbox)
    assert signed_in(Role.SERVICE).post(f"/payments/refunds/{refund.pk}/retry").status_code == 403
    assert Refund.objects.get().state == "refused"
    owner = signed_in(Role.OWNER)
    again = owner.post(f"/payments/refunds/{refund.pk}/retry")
    assert (again.status_code, again.json()["state"], again.json()["attempt"]) == (200, "requested", 2)
    assert owner.post(f"/payments/refunds/{refund.pk}/retry").json()["code"] == "refund.not_refused"
    ask()
    assert Refund.objects.get().state == "succeeded"
    assert AuditEntry.objects.filter(action="retry_refund", subject_id=refund.pk).count() == 1


def test_a_person_can_have_it_asked_for_now(sandbox: Sandbox, book: Book) -> None:
    payment, number = started()
    sandbox.pay(number)
    Payment.objects.update(due_at=clock.now() + timedelta(hours=1))
    assert signed_in(Role.OWNER).post(f"/payments/{payment.id}/ask").status_code == 200
    asking.ask_due()
    assert signed_in(Role.OWNER).get(f"/payments/{payment.id}").json()["state"] == "captured"


def test_whoever_is_limited_to_a_store_sees_no_payments(sandbox: Sandbox, book: Book) -> None:
    refund = refused(sandbox)
    limited = signed_in(Role.OWNER, store_ids=[])
    assert limited.get("/payments").json()["items"] == []
    assert limited.get("/payments/refunds").json()["items"] == []
    assert limited.get(f"/payments/{refund.payment_id}").status_code == 404
    assert limited.post(f"/payments/refunds/{refund.pk}/retry").status_code == 404
    written = b"".join(limited.get("/payments/export").streaming_content).decode("utf-8-sig")
    assert len(written.splitlines()) == 1


def test_the_export_says_what_came_and_what_went_back(sandbox: Sandbox, book: Book) -> None:
    refund = refused(sandbox)
    answer = signed_in(Role.OWNER).get("/payments/export")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    number = Payment.objects.get().number
    assert [line.split(",")[:8] for line in lines[1:]] == [
        ["payment", number, "test:12", "下午茶双人餐", "sandbox", "10.00", "CNY", "captured"],
        ["refund", refund.number, "test:12", "下午茶双人餐", "sandbox", "-6.00", "CNY", "refused"],
    ]


def test_secrets_are_sealed_and_never_shown(sandbox: Sandbox) -> None:
    owner = signed_in(Role.OWNER)
    shown = owner.call("PUT", "/payments/providers/wx", WECHAT)
    assert shown.status_code == 200
    assert shown.json()["settings"] == {
        "appid": "wxd678efh567hg6787",
        "mchid": "1900007291",
        "merchant_serial": "408B07E79B8269FE",
        "public_key_id": "",
        "public_key": "",
    }
    assert shown.json()["notify_url"].endswith("/pay/notify/wx")
    kept = ProviderSetup.objects.get()
    everything = json.dumps([owner.get("/payments/providers").json(), kept.settings, kept.secrets_sealed])
    assert API_V3_KEY not in everything
    assert "PRIVATE KEY" not in everything
    # Kept where nothing is entered, but not for another merchant's number.
    without = {name: value for name, value in WECHAT.items() if name not in {"private_key", "api_v3_key"}}
    assert owner.call("PUT", "/payments/providers/wx", {**without, "title": "微信"}).status_code == 200
    other = owner.call("PUT", "/payments/providers/wx", {**without, "mchid": "1900007292"})
    assert (other.status_code, other.json()["code"]) == (422, "payment.secret_missing")
    assert ProviderSetup.objects.get().settings["mchid"] == "1900007291"


def test_what_is_no_key_is_refused(sandbox: Sandbox) -> None:
    owner = signed_in(Role.OWNER)
    bad = owner.call("PUT", "/payments/providers/wx", {**WECHAT, "private_key": "no key"})
    assert (bad.status_code, bad.json()["code"]) == (422, "payment.provider_invalid")
    taken = owner.call("PUT", "/payments/providers/sandbox", STRIPE)
    assert (taken.status_code, taken.json()["code"]) == (422, "payment.provider_invalid")
    assert ProviderSetup.objects.count() == 0
    assert signed_in(Role.SERVICE).call("PUT", "/payments/providers/s", STRIPE).status_code == 403


def test_each_currency_has_its_provider(sandbox: Sandbox, book: Book) -> None:
    owner = signed_in(Role.OWNER)
    assert [(p["key"], p["default_for"]) for p in owner.get("/payments/providers").json()] == [("sandbox", ["CNY"])]
    owner.call("PUT", "/payments/providers/stripe", STRIPE)
    assert owner.call("PUT", "/payments/defaults/CNY", {"provider": "nobody"}).status_code == 404
    answer = owner.call("PUT", "/payments/defaults/CNY", {"provider": "stripe"}).json()
    assert [(p["key"], p["default_for"]) for p in answer] == [("sandbox", []), ("stripe", ["CNY"])]
    assert opened().provider == "stripe"
    # With payments it stays, turned off; and takes no new ones.
    gone = owner.delete("/payments/providers/stripe")
    assert (gone.status_code, gone.json()["code"]) == (409, "payment.provider_in_use")
    owner.call("PUT", "/payments/defaults/CNY", {"provider": None})
    assert opened("k2").provider == "sandbox"


def test_an_account_nobody_paid_through_can_be_removed(sandbox: Sandbox) -> None:
    owner = signed_in(Role.OWNER)
    owner.call("PUT", "/payments/providers/stripe", STRIPE)
    owner.call("PUT", "/payments/defaults/USD", {"provider": "stripe"})
    assert owner.delete("/payments/providers/stripe").status_code == 204
    assert [p["key"] for p in owner.get("/payments/providers").json()] == ["sandbox"]
    assert owner.delete("/payments/providers/stripe").status_code == 404


def test_the_test_button_says_whether_the_provider_accepts_the_account(sandbox: Sandbox) -> None:
    owner = signed_in(Role.OWNER)
    assert owner.post("/payments/providers/sandbox/test").json() == {
        "ok": True,
        "code": "",
        "detail": "the sandbox answers",
    }
    assert owner.post("/payments/providers/nobody/test").status_code == 404
