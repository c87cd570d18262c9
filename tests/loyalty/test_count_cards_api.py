"""Count cards over HTTP: the desk, her ledger, her own page, and who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huike.customers.models import Customer
from huike.ledger.models import Entry
from huike.loyalty.models import UsesRefund
from huike.loyalty.own import count_cards as own
from huike.loyalty.own.sections import Visit
from huike.orders.models import Order
from huike.platform import clock
from huike.staff.rules import Role
from tests.loyalty.members import buy, member, programme
from tests.loyalty.test_count_cards import CARDS, COFFEE, back, left, sold, use
from tests.people import code_of, outsider, signed_in
from tests.tills import NOW, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = member(programme(**CARDS))
    buy(sold())
    return made


def at_store(who: int, code: str = "SH01", name: str = "南京西路店") -> int:
    found = store(code, name)
    Customer.objects.filter(pk=who).update(home_store_id=found.pk)
    return int(found.pk)


def test_a_clerk_sees_uses_and_pays_out_each_once_whatever_is_sent_twice(who: int) -> None:
    shop = at_store(who)
    clerk = signed_in(Role.CLERK, name="Zhao", store_ids=[shop])
    on_sale = clerk.get("/loyalty/count-cards").json()["cards"]
    assert [(card["key"], card["uses"]) for card in on_sale] == [("coffee", COFFEE["uses"]), ("hair", 5)]
    body = {"card_key": "coffee", "uses": 3, "store_id": shop}
    used = clerk.once(f"/customers/{who}/count-cards/uses", body, key="k")
    again = clerk.once(f"/customers/{who}/count-cards/uses", body, key="k")
    assert (used.status_code, again.json(), again["Idempotent-Replayed"]) == (200, used.json(), "true")
    assert (used.json()["uses"], used.json()["left"], left(who)) == (3, 7, 7)
    other = clerk.once(f"/customers/{who}/count-cards/uses", {**body, "card_key": "hair"}, key="k")
    assert (other.status_code, code_of(other)) == (422, "idempotency.key_reused")
    too_many = clerk.once(f"/customers/{who}/count-cards/uses", {**body, "uses": 8}, key="k2")
    assert (too_many.status_code, code_of(too_many)) == (409, "ledger.insufficient")
    (card,) = clerk.get(f"/customers/{who}/count-cards").json()["cards"]
    (lot,) = card["lots"]
    assert (card["name"], card["balance"], lot["left"], lot["order_external_id"], lot["refundable"], lot["worth"]) == (
        "十杯咖啡",
        7,
        7,
        "A-1",
        7,
        {"amount_minor": 6_300, "currency": "CNY"},
    )
    sale = Order.objects.get().pk
    asked = f"/customers/{who}/count-cards/refund?order_id={sale}&card_key=coffee"
    assert clerk.get(f"{asked}&uses=2").json()["amount"] == {"amount_minor": 1_800, "currency": "CNY"}
    quoted = clerk.get(asked).json()
    assert (quoted["uses"], quoted["refundable"], quoted["amount"]["amount_minor"]) == (7, 7, 6_300)
    paying = {"order_id": sale, "card_key": "coffee", "uses": 7, "tender": "cash", "store_id": shop}
    wrong = clerk.once(f"/customers/{who}/count-cards/refunds", {**paying, "expected_minor": 6_000}, key="r")
    assert (wrong.status_code, code_of(wrong)) == (409, "count_cards.refund_changed")
    paid = clerk.once(f"/customers/{who}/count-cards/refunds", {**paying, "expected_minor": 6_300}, key="r")
    twice = clerk.once(f"/customers/{who}/count-cards/refunds", {**paying, "expected_minor": 6_300}, key="r")
    assert (paid.status_code, twice.json(), left(who), UsesRefund.objects.count()) == (201, paid.json(), 0, 1)


def test_her_ledger_and_balances_name_the_card(who: int) -> None:
    use(who, 3)
    buy(back())
    owner = signed_in(Role.OWNER)
    assets = {one["asset"]: one for one in owner.get(f"/loyalty/members/{who}").json()["assets"]}
    told = assets["uses:coffee"]
    assert (told["kind"], told["name"], told["balance"], told["spent_this_year"]) == ("uses", "十杯咖啡", 0, 3)
    lines = owner.get(f"/loyalty/members/{who}/ledger?asset=uses:coffee").json()["items"]
    assert [(one["kind"], one["amount"], one["reason"]["what"]) for one in lines] == [
        ("reverse", -7, "returned"),
        ("burn", -3, "used"),
        ("earn", 10, "sold"),
    ]
    assert lines[0]["order"]["external_id"] == "A-1"


def test_uses_are_given_by_hand_by_whoever_may_adjust(who: int) -> None:
    owner = signed_in(Role.OWNER)
    body = {"kind": "uses", "card_key": "coffee", "amount": 2, "reason": "goodwill", "words": "cold"}
    made = owner.once(f"/customers/{who}/adjustments", body, key="a")
    assert (made.status_code, made.json()["state"], made.json()["card_key"], left(who)) == (201, "done", "coffee", 12)
    none = owner.once(f"/customers/{who}/adjustments", {**body, "card_key": ""}, key="b")
    assert (none.status_code, code_of(none), left(who)) == (422, "count_cards.unknown", 12)


def test_her_own_page_says_what_is_left_and_until_when(who: int) -> None:
    use(who, 3)
    told: Any = own.read(Visit(customer_id=who, language="zh", now=NOW))
    assert told["cards"] == [{"name": "十杯咖啡", "left": "还剩 7 次", "facts": ["7 次有效期至 2026-12-22"]}]
    use(who, 6, key="more")
    told = own.read(Visit(customer_id=who, language="en", now=NOW))
    assert told["cards"] == [{"name": "十杯咖啡", "left": "1 use left", "facts": ["1 good until 2026-12-22"]}]
    assert own.read(Visit(customer_id=who, language="en", now=NOW + timedelta(days=40))) is None


def test_the_liability_of_a_card_is_what_was_paid_for_what_is_unused(who: int) -> None:
    use(who, 3)
    told = signed_in(Role.OWNER).get("/loyalty/liability?asset=uses:coffee").json()
    assert (told["outstanding"]["total"], told["outstanding"]["name"]) == (7, "十杯咖啡")
    assert told["full"] == {"amount_minor": 6_300, "currency": "CNY"}


def test_whoever_may_not_is_refused_and_nothing_happens(who: int) -> None:
    shop = at_store(who)
    elsewhere = store("BJ01", "三里屯店")
    sale = Order.objects.get().pk
    uses = {"card_key": "coffee", "uses": 1, "store_id": shop}
    refunds = {**uses, "order_id": sale, "expected_minor": 900, "tender": "cash"}
    before = Entry.objects.count()
    far = signed_in(Role.CLERK, store_ids=[elsewhere.pk])
    for caller, status in ((far, 404), (signed_in(Role.ANALYST), 403), (outsider(), 401)):
        for path, body in (("uses", uses), ("refunds", refunds)):
            assert caller.once(f"/customers/{who}/count-cards/{path}", body).status_code == status
        asked = f"/customers/{who}/count-cards/refund?order_id={sale}&card_key=coffee"
        assert caller.get(asked).status_code == status
    for caller, status in ((far, 404), (outsider(), 401)):
        assert caller.get(f"/customers/{who}/count-cards").status_code == status
    assert outsider().get("/loyalty/count-cards").status_code == 401
    near = signed_in(Role.CLERK, store_ids=[shop])
    assert near.once(f"/customers/{who}/count-cards/uses", {**uses, "store_id": elsewhere.pk}).status_code == 404
    assert code_of(near.once(f"/customers/{who}/count-cards/uses", {**uses, "store_id": None})) == (
        "stored_value.store_needed"
    )
    assert (left(who), Entry.objects.count(), UsesRefund.objects.count()) == (10, before, 0)
