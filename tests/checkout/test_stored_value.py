"""A till is told what stored value may pay, sets it apart, and settles it by the order, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import time_machine

from examples.till.till import Item, Till
from huike.ledger import selectors as ledger
from huike.ledger.models import Entry, Hold
from huike.orders.models import Order
from tests.checkout.test_offline import InProcess
from tests.checkout.test_points import HELD, tea
from tests.checkout.test_till import answer, sell, till_caller
from tests.loyalty.desks import MONEY, balance, freeze, plans, top_up
from tests.loyalty.members import member, points, programme
from tests.loyalty.test_count_cards import CARDS
from tests.people import Caller, api_key, code_of
from tests.tills import NOW, till

pytestmark = pytest.mark.django_db

CNY = "CNY"


def money(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": CNY}


def hold(caller: Caller, key: str = "h", **told: Any) -> Any:
    return caller.call("POST", "/checkout/holds", {**HELD, **told}, **{"Idempotency-Key": key})


def quoted(caller: Caller, **told: Any) -> Any:
    return answer(caller.call("POST", "/checkout/quote", tea(**told)))


@pytest.fixture
def rich() -> tuple[Any, int, Caller]:
    """A member with 550.00 of stored value and 2,000 points, and a till."""
    made = programme(**plans())
    who = member(made)
    top_up(who)
    caller = till_caller()
    sell(caller, tea("2000.00", "RICH"), key="rich")
    return made, who, caller


@time_machine.travel(NOW, tick=False)
def test_a_quote_says_what_stored_value_may_pay_and_stores_nothing(rich: tuple[Any, int, Caller]) -> None:
    _, who, caller = rich
    before = Entry.objects.count()
    told = quoted(caller)["stored_value"]
    assert told == {"balance": money(55_000), "usable": money(2_000), "frozen": False}
    assert quoted(caller, points_minor=500)["stored_value"]["usable"] == money(1_500)
    assert quoted(caller, amount="600.00")["stored_value"]["usable"] == money(55_000)
    freeze(who)
    assert quoted(caller)["stored_value"] == {"balance": money(55_000), "usable": money(0), "frozen": True}
    assert quoted(caller, customer={"phone": "13999999999"})["stored_value"] is None
    assert (quoted(caller)["count_cards"], Entry.objects.count()) == ([], before)


@time_machine.travel(NOW, tick=False)
def test_stored_value_and_points_are_held_together_and_settled_by_the_order(rich: tuple[Any, int, Caller]) -> None:
    made, who, caller = rich
    held = answer(hold(caller, points=500, stored_value_minor=1_500))
    assert [(one["tender"], one["amount"], one["worth"], one["state"]) for one in held["held"]] == [
        ("stored_value", 1_500, money(1_500), "held"),
        ("points", 500, money(500), "held"),
    ]
    assert (balance(who), ledger.standing(MONEY, who, now=NOW).held, points(made, who).held) == (53_500, 1_500, 500)
    assert answer(hold(caller, "again", points=500, stored_value_minor=1_500)) == held
    payments = [{"tender": "points", "amount_minor": 500}, {"tender": "stored_value", "amount_minor": 1_500}]
    assert sell(caller, tea(payments=payments)).status_code == 201
    assert (balance(who), ledger.standing(MONEY, who, now=NOW).held, points(made, who).held) == (53_500, 0, 0)
    assert {one.state for one in Hold.objects.all()} == {"settled"}
    late = caller.call("POST", "/checkout/holds/release", {"source": "till-1", "order_external_id": "A-1"})
    assert (code_of(late), ledger.verify()) == ("ledger.hold_ended", [])


@time_machine.travel(NOW, tick=False)
def test_of_a_hold_of_both_nothing_is_held_where_one_is_refused(rich: tuple[Any, int, Caller]) -> None:
    made, who, caller = rich
    for told, code in (
        ({"points": 2_001, "stored_value_minor": 1_500}, "ledger.insufficient"),
        ({"points": 500, "stored_value_minor": 55_001}, "ledger.insufficient"),
        ({"customer": {"phone": "13999999999"}, "stored_value_minor": 1}, "stored_value.nobody"),
        ({"customer": {"phone": "13999999999"}, "points": 1}, "points.of_nobody"),
    ):
        assert code_of(hold(caller, **told)) == code
    assert hold(caller).status_code == 422
    freeze(who)
    assert code_of(hold(caller, stored_value_minor=1)) == "ledger.frozen"
    assert (Hold.objects.count(), points(made, who).held, balance(who)) == (0, 0, 55_000)


@time_machine.travel(NOW, tick=False)
def test_what_is_held_for_nothing_comes_back(rich: tuple[Any, int, Caller]) -> None:
    _, who, caller = rich
    let_go = {"source": "till-1", "order_external_id": "A-1"}
    assert code_of(caller.call("POST", "/checkout/holds/release", let_go)) == "ledger.hold_not_found"
    hold(caller, stored_value_minor=1_500)
    (one,) = answer(caller.call("POST", "/checkout/holds/release", let_go))["held"]
    assert (one["tender"], one["state"], balance(who), Order.objects.count()) == ("stored_value", "released", 55_000, 1)


@time_machine.travel(NOW, tick=False)
def test_the_reference_till_holds_settles_and_uses_cards(tmp_path: Path) -> None:
    who = member(programme(**plans(), **CARDS))
    top_up(who)
    till()
    road = InProcess(api_key({"orders.write", "loyalty.read", "customers.read"}))
    mine = Till(tmp_path, name="SH01-1", source="till-1", store_code=None, server=road)
    her = {"id": who}
    ten = [Item("CUPS-10", "90.00")]
    assert mine.quote(ten, member=her)["stored_value"]["usable"]["amount_minor"] == 9_000
    receipt = mine.next_receipt()
    assert mine.hold(receipt, her, stored_value_minor=8_000)["held"][0]["state"] == "held"
    mine.sell(ten, member=her, receipt=receipt, paid={"stored_value": 8_000, "cash": 1_000})
    assert (balance(who), Hold.objects.get().state) == (47_000, "settled")
    (card,) = mine.quote(ten, member=her)["count_cards"]
    assert (card["card_key"], card["left"]) == ("coffee", 10)
    assert mine.use_card(her, card["card_key"], number="U-1")["left"] == 9
    assert mine.use_card(her, card["card_key"], number="U-1")["left"] == 9
    other = mine.next_receipt()
    mine.hold(other, her, stored_value_minor=500)
    assert mine.release(other)["held"][0]["state"] == "released"
