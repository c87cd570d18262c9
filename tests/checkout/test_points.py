"""A till sells to members: quote, hold, commit, return, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from huike.ledger import selectors as ledger
from huike.ledger.models import Entry
from huike.orders.models import Order
from huike.promotions.coupons import issuing as promotions
from huike.promotions.models import Coupon
from tests.checkout.test_till import answer, body, sell, till_caller
from tests.loyalty.members import member, points, programme
from tests.people import Caller, code_of
from tests.promotions.test_coupons import active_offer
from tests.tills import NOW, all_at_once, order, phone, place

pytestmark = pytest.mark.django_db

HELD = {"source": "till-1", "order_external_id": "A-1", "customer": {"phone": "13812345678"}}


def tea(amount: str = "20.00", external_id: str = "A-1", **told: Any) -> dict[str, Any]:
    return body(external_id, lines=[{"sku": "TEA-1", "name": "茶", "quantity": "1", "unit_price": amount}], **told)


def paid(points_minor: int, cash: int) -> list[dict[str, Any]]:
    return [{"tender": "points", "amount_minor": points_minor}, {"tender": "cash", "amount_minor": cash}]


def rich() -> tuple[Any, int, Caller]:
    """A member with 2,000 points, and a till."""
    made = programme()
    who = member(made)
    caller = till_caller()
    sell(caller, tea("2000.00", "RICH"), key="rich")
    return made, who, caller


def test_a_sale_says_what_it_earned_and_what_she_has() -> None:
    made = programme()
    who = member(made)
    told = answer(sell(till_caller(), tea()))["points"]
    assert told == {
        "order_id": Order.objects.get().pk,
        "earned": 20,
        "earned_change": 20,
        "burned": 0,
        "burned_change": 0,
        "charged": {"amount_minor": 0, "currency": "CNY"},
        "balance": 20,
        "pending": 0,
        "held": 0,
    }
    assert points(made, who).available == 20


def test_the_same_sale_again_earns_once() -> None:
    made, who, caller = rich()
    first, second = sell(caller, tea()), sell(caller, tea())
    third = sell(caller, tea(), key="k2")
    assert answer(first) == answer(second)
    assert answer(third)["points"]["earned_change"] == 0
    assert points(made, who).available == 2_020


def test_who_is_no_member_is_told_nothing_about_points() -> None:
    programme()
    place(order("A-0", buyer=phone()))
    assert answer(sell(till_caller(), tea()))["points"] is None


def test_a_quote_says_what_she_may_pay_and_would_earn_and_stores_nothing() -> None:
    _, _, caller = rich()
    before = Entry.objects.count()
    told = answer(caller.call("POST", "/checkout/quote", {**tea(), "points_minor": 500}))["member"]
    assert told == {
        "tier": None,
        "balance": 2_000,
        "pending": 0,
        "held": 0,
        "usable_points": 2_000,
        "usable_worth": {"amount_minor": 2_000, "currency": "CNY"},
        "earns": 15,
        "earns_at": "2026-11-22T04:00:00Z",
        "tier_discount": {"amount_minor": 0, "currency": "CNY"},
    }
    assert Entry.objects.count() == before
    assert Order.objects.count() == 1


def test_the_quote_is_what_the_sale_then_comes_to() -> None:
    _, _, caller = rich()
    quoted = answer(caller.call("POST", "/checkout/quote", {**tea(), "points_minor": 500}))["member"]["earns"]
    assert answer(sell(caller, tea(payments=paid(500, 1_500))))["points"]["earned"] == quoted == 15


def test_points_pay() -> None:
    made, who, caller = rich()
    told = answer(sell(caller, tea(payments=paid(500, 1_500))))["points"]
    assert (told["burned"], told["balance"]) == (500, 1_515)
    assert points(made, who).available == 1_515


@pytest.mark.parametrize(
    ("spending", "points_minor", "code"),
    [
        ({}, 2_100, "ledger.insufficient"),
        ({"least_points": 600}, 500, "points.least"),
        ({"most_share_bp": 2_000}, 500, "points.share"),
    ],
)
def test_a_refused_payment_leaves_nothing_behind(spending: dict[str, int], points_minor: int, code: str) -> None:
    made = programme(spending=spending)
    who = member(made)
    caller = till_caller()
    sell(caller, tea("2000.00", "RICH"), key="rich")
    price = max(20, points_minor // 100)
    refused = sell(caller, tea(f"{price}.00", payments=paid(points_minor, price * 100 - points_minor)))
    assert (refused.status_code, code_of(refused)) == (409, code)
    assert Order.objects.count() == 1
    assert points(made, who).available == 2_000


def test_a_stranger_does_not_pay_with_points() -> None:
    rich()
    refused = sell(till_caller(), tea(payments=paid(500, 1_500), customer={"phone": "13900000000"}))
    assert code_of(refused) == "points.of_nobody"
    assert Order.objects.count() == 1


def test_a_return_takes_back_and_gives_back() -> None:
    made, who, caller = rich()
    sell(caller, tea(payments=paid(500, 1_500)))
    back = {**tea("8.00", "R-1"), "kind": "return", "return_of": {"external_id": "A-1"}}
    told = answer(sell(caller, back, key="r"))["points"]
    assert (told["earned"], told["earned_change"], told["burned_change"], told["balance"]) == (9, -6, -200, 1_709)
    assert points(made, who).available == 1_709


@time_machine.travel(NOW, tick=False)
def test_points_are_held_settled_and_let_go() -> None:
    made, who, caller = rich()
    held = caller.call("POST", "/checkout/holds", {**HELD, "points": 700}, **{"Idempotency-Key": "h"})
    (one,) = answer(held)["held"]
    assert (held.status_code, answer(held)["customer_id"]) == (200, who)
    assert (one["tender"], one["amount"], one["state"], one["worth"]["amount_minor"]) == ("points", 700, "held", 700)
    assert (points(made, who).available, points(made, who).held) == (1_300, 700)
    told = answer(sell(caller, tea(payments=paid(500, 1_500))))["points"]
    assert (told["balance"], told["held"]) == (1_515, 0)
    late = caller.call("POST", "/checkout/holds/release", {"source": "till-1", "order_external_id": "A-1"})
    assert code_of(late) == "ledger.hold_ended"


@time_machine.travel(NOW, tick=False)
def test_what_is_held_for_nothing_comes_back() -> None:
    made, who, caller = rich()
    caller.call("POST", "/checkout/holds", {**HELD, "points": 700}, **{"Idempotency-Key": "h"})
    let_go = caller.call("POST", "/checkout/holds/release", {"source": "till-1", "order_external_id": "A-1"})
    assert [one["state"] for one in answer(let_go)["held"]] == ["released"]
    assert points(made, who).available == 2_000


def test_more_than_there_is_is_not_held() -> None:
    made, who, caller = rich()
    refused = caller.call("POST", "/checkout/holds", {**HELD, "points": 2_001}, **{"Idempotency-Key": "h"})
    assert code_of(refused) == "ledger.insufficient"
    assert points(made, who).held == 0


@pytest.mark.django_db(transaction=True)
def test_fifty_tills_spend_one_balance_exactly_once() -> None:
    made, who, caller = rich()

    def pay(n: int) -> int:
        told = tea(external_id=f"P-{n}", payments=paid(100, 1_900), customer={"id": who})
        return sell(caller, told, key=f"p{n}").status_code

    outcomes = all_at_once([lambda n=n: pay(n) for n in range(50)])
    # 2,000 points are 20 payments of 100, and each sale earns 19 more: exactly what the books can cover, one by one.
    taken = outcomes.count(201)
    assert taken + outcomes.count(409) == 50
    assert points(made, who).available == 2_000 - 100 * taken + 19 * taken
    assert points(made, who).available < 100
    assert ledger.verify() == []


GOLD: dict[str, Any] = {
    "tiers": [
        {"key": "member", "name": "会员"},
        {
            "key": "gold",
            "name": "金卡",
            "qualify": {"thresholds": [{"metric": "net", "at_least": 100_000}]},
            "benefits": {"discount_bp": 500},
        },
    ],
}


def test_a_tier_takes_off_before_the_coupon_and_the_quote_says_so() -> None:
    made = programme(tiers=GOLD)
    who = member(made)
    caller = till_caller()
    sell(caller, tea("2000.00", "RICH", placed_at="2026-11-21T04:00:00Z"), key="rich")
    offer = active_offer()
    promotions.issue(offer.pk, [who], reason="campaign:1", now=NOW)
    told = tea(member_price=True, coupons=[Coupon.objects.get().code])
    quoted = answer(caller.call("POST", "/checkout/quote", told))
    # 20.00 less five percent is 19.00, less ten percent is 17.10.
    assert quoted["member"]["tier_discount"]["amount_minor"] == 100
    assert quoted["totals"]["net"]["amount_minor"] == 1_710
    sold = answer(sell(caller, told))
    assert (sold["order"]["net"]["amount_minor"], sold["points"]["earned"]) == (1_710, 17)


def test_a_tier_takes_nothing_off_where_the_till_does_not_ask() -> None:
    made = programme(tiers=GOLD)
    member(made)
    caller = till_caller()
    sell(caller, tea("2000.00", "RICH", placed_at="2026-11-21T04:00:00Z"), key="rich")
    assert answer(sell(caller, tea()))["order"]["net"]["amount_minor"] == 2_000
