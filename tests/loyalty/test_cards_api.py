"""Cards over HTTP: the printer's file, the desk, the till, and who may not."""

from __future__ import annotations

import csv
import io
import zipfile
from base64 import b64decode
from datetime import datetime
from typing import Any

import pytest

from huike.loyalty.cards import codes
from huike.loyalty.models import Card, CardBatch, Member, Programme, UsedCode
from huike.platform import clock
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.loyalty.cards import FIRST, SECOND, THIRD, bind, box, customer, history, whose
from tests.people import Caller, api_key, code_of, outsider, signed_in
from tests.tills import NOW, store

pytestmark = pytest.mark.django_db

BATCH: dict[str, Any] = {
    "name": "南京西路店",
    "kind": "physical",
    "prefix": "8800",
    "length": 12,
    "unguessable": False,
    "count": 3,
}


def at(patch: pytest.MonkeyPatch, now: datetime) -> None:
    patch.setattr(clock, "now", lambda: now)


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_batch_is_made_once_whatever_is_sent_twice_and_counted_by_state() -> None:
    manager = signed_in(Role.LOYALTY)
    made = manager.once("/loyalty/card-batches", BATCH, key="k")
    again = manager.once("/loyalty/card-batches", BATCH, key="k")
    assert (made.status_code, made.json(), again["Idempotent-Replayed"]) == (201, again.json(), "true")
    bind(FIRST, customer())
    (listed,) = manager.get("/loyalty/card-batches").json()["items"]
    assert listed == {
        **BATCH,
        "id": made.json()["id"],
        "created_at": listed["created_at"],
        "states": {"made": 2, "active": 1, "blocked": 0, "lost": 0, "replaced": 0, "closed": 0},
    }
    assert manager.get(f"/loyalty/card-batches/{listed['id']}").json() == listed
    assert manager.get("/loyalty/card-batches?kind=digital").json()["items"] == []


def test_a_batch_that_would_be_guessable_is_refused_with_the_length_that_fits() -> None:
    refused = signed_in(Role.LOYALTY).once("/loyalty/card-batches", {**BATCH, "unguessable": True, "count": 100_000})
    assert (refused.status_code, code_of(refused)) == (422, "card_batch.invalid")
    assert refused.json()["params"] == {"shortest": 13}
    assert not CardBatch.objects.exists()


def test_the_printers_file_has_every_number_as_text_in_the_order_of_the_box() -> None:
    batch, manager = box(), signed_in(Role.LOYALTY)
    answer = manager.get(f"/loyalty/card-batches/{batch.pk}/file?format=csv")
    assert answer["Content-Disposition"] == f'attachment; filename="cards-{batch.pk}.csv"'
    assert answer["Cache-Control"] == "no-store"
    rows = list(csv.reader(io.StringIO(body_of(answer).decode("utf-8-sig"))))
    assert rows == [
        ["number", "printed"],
        [FIRST, "8800 0000 0013"],
        [SECOND, "8800 0000 0021"],
        [THIRD, "8800 0000 0039"],
    ]
    with zipfile.ZipFile(
        io.BytesIO(body_of(manager.get(f"/loyalty/card-batches/{batch.pk}/file?format=xlsx")))
    ) as book:
        cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert f'<c t="inlineStr"><is><t xml:space="preserve">{FIRST}</t></is></c>' in cells
    assert AuditEntry.objects.filter(action="download_card_batch", subject_id=batch.pk).count() == 2


def test_a_card_at_the_desk_from_the_box_to_its_replacement() -> None:
    box()
    her, clerk = customer(), signed_in(Role.CLERK, name="Zhao")
    bound = clerk.post("/loyalty/cards/8800%200000%200013/bind", {"customer_id": her})
    assert bound.status_code == 200
    assert bound.json()["customer"] == {"id": her, "name": "王小明"}
    assert clerk.post(f"/loyalty/cards/{FIRST}/block", {"note": "asked by phone"}).json()["state"] == "blocked"
    assert clerk.post(f"/loyalty/cards/{FIRST}/unblock", {"note": "it was her"}).json()["state"] == "active"
    assert clerk.post(f"/loyalty/cards/{FIRST}/report-lost", {"note": "bus"}).json()["state"] == "lost"
    assert clerk.post(f"/loyalty/cards/{FIRST}/found", {"note": "coat"}).json()["state"] == "active"
    new = clerk.post(f"/loyalty/cards/{FIRST}/replace", {"by_number": SECOND, "note": "bent"}).json()
    assert (new["number"], new["state"], new["replaces"]) == (SECOND, "active", FIRST)
    old = clerk.get(f"/loyalty/cards/{FIRST}").json()
    assert (old["state"], old["replaced_by"]) == ("replaced", SECOND)
    assert [(change["to_state"], change["note"], change["actor"]) for change in old["changes"]] == [
        ("active", "", "Zhao"),
        ("blocked", "asked by phone", "Zhao"),
        ("active", "it was her", "Zhao"),
        ("lost", "bus", "Zhao"),
        ("active", "coat", "Zhao"),
        ("replaced", "bent", "Zhao"),
    ]
    assert [card["number"] for card in clerk.get(f"/customers/{her}/cards").json()] == [SECOND, FIRST]
    held = clerk.post(f"/customers/{her}/cards")
    assert (held.status_code, code_of(held)) == (409, "card.held")
    given = clerk.post(f"/customers/{customer('李雷')}/cards")
    assert (given.status_code, given.json()["kind"], given.json()["state"]) == (201, "digital", "active")


def test_a_change_without_a_reason_is_refused_and_leaves_no_trace() -> None:
    box()
    bind(FIRST, customer())
    clerk = signed_in(Role.CLERK)
    for deed in ("block", "report-lost", "replace"):
        assert clerk.post(f"/loyalty/cards/{FIRST}/{deed}", {"note": " "}).status_code == 422
    refused = clerk.post(f"/loyalty/cards/{FIRST}/unblock", {"note": "n"})
    assert (refused.status_code, code_of(refused), refused.json()["params"]) == (
        409,
        "card.state_refused",
        {"state": "active", "number": FIRST},
    )
    assert history(FIRST) == [("made", "active", "")]


def test_a_card_of_another_stores_customer_is_not_found() -> None:
    box()
    here, there = store(), store("BJ01", "国贸店")
    theirs = customer("李雷", home_store_id=there.pk)
    bind(FIRST, theirs)
    clerk = signed_in(Role.CLERK, store_ids=[here.pk])
    assert clerk.get(f"/loyalty/cards/{FIRST}").status_code == 404
    assert clerk.get(f"/customers/{theirs}/cards").status_code == 404
    assert clerk.post(f"/customers/{theirs}/cards").status_code == 404
    for deed in ("block", "report-lost", "replace"):
        assert clerk.post(f"/loyalty/cards/{FIRST}/{deed}", {"note": "n"}).status_code == 404
    assert clerk.post(f"/loyalty/cards/{SECOND}/bind", {"customer_id": theirs}).status_code == 404
    assert (whose(FIRST), Card.objects.get(number=SECOND).state, Card.objects.count()) == (theirs, "made", 3)


def test_a_till_identifies_any_member_and_hears_her_tier_and_no_more_of_her_than_it_must(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(monkeypatch, NOW)
    box()
    here, there = store(), store("BJ01", "国贸店")
    her = customer(phone="13812345678", home_store_id=there.pk)
    bind(FIRST, her)
    programme = Programme.objects.create(name="会员", points_name="积分", currency="CNY", state="active")
    Member.objects.create(programme=programme, customer_id=her, joined_at=NOW, tier="gold")
    till = Caller(key=api_key(["orders.write"], store_id=here.pk))
    said = {
        "customer_id": her,
        "name_masked": "王**",
        "tier": "gold",
        "member_since_at": "2026-11-22T04:00:00Z",
        "card": {"number_masked": "****0013", "state": "active"},
    }
    code = codes.code_of(FIRST, codes.step_of(NOW))
    for told in ({"code": code}, {"card_number": FIRST}, {"phone": "13812345678"}):
        answer = till.once("/loyalty/members/identify", told)
        assert (answer.status_code, answer.json()) == (200, said)


def test_a_code_is_used_up_but_not_by_a_till_that_heard_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)
    box()
    her = customer()
    bind(FIRST, her)
    till, other = Caller(key=api_key(["orders.write"])), Caller(key=api_key(["orders.write"]))
    told = {"code": codes.code_of(FIRST, codes.step_of(NOW))}
    assert till.once("/loyalty/members/identify", told, key="a").json()["customer_id"] == her
    assert till.once("/loyalty/members/identify", told, key="a").json()["customer_id"] == her
    for who, key in ((till, "b"), (other, "a")):
        refused = who.once("/loyalty/members/identify", told, key=key)
        assert (refused.status_code, code_of(refused)) == (409, "member_code.used")
    assert UsedCode.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"code": "HK1AAAA"}, 422, "member_code.unreadable"),
        ({"code": codes.code_of(FIRST, codes.step_of(NOW) - 2)}, 409, "member_code.too_old"),
        ({"code": codes.code_of(FIRST, codes.step_of(NOW) + 2)}, 409, "member_code.too_early"),
        ({"code": codes.code_of(FIRST, codes.step_of(NOW))}, 409, "card.not_bound"),
        ({"card_number": SECOND}, 409, "card.not_bound"),
        ({"card_number": "12345678"}, 404, "member.not_found"),
        ({"card_number": "?"}, 422, "customer.card_invalid"),
        ({"phone": "13900000000"}, 404, "member.not_found"),
        ({"phone": "12"}, 422, "customer.phone_invalid"),
        ({}, 422, "invalid"),
        ({"phone": "13900000000", "card_number": FIRST}, 422, "invalid"),
    ],
)
def test_what_identifies_nobody(told: dict[str, str], status: int, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)
    box()
    refused = signed_in(Role.CLERK).once("/loyalty/members/identify", told)
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert not UsedCode.objects.exists()


def test_a_till_is_given_the_public_half_of_the_key_only() -> None:
    said = Caller(key=api_key(["orders.write"])).get("/loyalty/member-code-key").json()
    assert b64decode(said.pop("public_key")) == codes.public_key_bytes()
    assert said == {"algorithm": "Ed25519", "step_seconds": 30, "margin_steps": 1}


def test_whoever_may_not_is_refused_and_nothing_happens() -> None:
    box()
    her = customer()
    analyst, clerk = signed_in(Role.ANALYST), signed_in(Role.CLERK)
    assert clerk.once("/loyalty/card-batches", BATCH).status_code == 403
    assert clerk.get(f"/loyalty/card-batches/{CardBatch.objects.get().pk}/file").status_code == 403
    assert clerk.post(f"/loyalty/cards/{FIRST}/close", {"note": "n"}).status_code == 403
    for who, status in ((analyst, 403), (outsider(), 401)):
        assert who.post(f"/loyalty/cards/{FIRST}/bind", {"customer_id": her}).status_code == status
        assert who.once("/loyalty/members/identify", {"card_number": FIRST}).status_code == status
    assert (Card.objects.filter(state="made").count(), CardBatch.objects.count()) == (3, 1)
