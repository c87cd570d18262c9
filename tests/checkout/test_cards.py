"""A sale told with the number of a card that names nobody now (docs/algorithms/cards.md, section 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from huike.customers.models import Customer, Identity
from huike.loyalty.cards import services as cards
from huike.orders.models import Order
from tests.checkout.test_till import answer, body, sell, till_caller
from tests.loyalty.cards import ACT, FIRST, SECOND, bind, box, customer
from tests.people import Caller
from tests.tills import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def caller() -> Caller:
    box()
    return till_caller()


def told(external_id: str = "A-1", **said: Any) -> dict[str, Any]:
    return body(external_id, **{"customer": {"card_number": FIRST}, "placed_at": NOW.isoformat(), **said})


def taken(caller: Caller, key: str = "k", **said: Any) -> dict[str, Any]:
    response = sell(caller, told(**said), key)
    assert response.status_code == 201, response.content
    return dict(answer(response))


def stands() -> list[tuple[int | None, str | None]]:
    return list(Order.objects.order_by("pk").values_list("customer_id", "anonymous_key"))


@time_machine.travel(NOW, tick=False)
def test_a_card_from_the_box_waits_for_whoever_binds_it(caller: Caller) -> None:
    placed = taken(caller)
    assert placed["card_refused"] == {"code": "card.not_bound", "ends_with": FIRST[-4:], "counts_for_holder": False}
    assert (placed["customer_id"], placed["customer_created"]) == (None, False)
    assert (stands(), Customer.objects.count(), Identity.objects.count()) == ([(None, f"card:{FIRST}")], 0, 0)
    her = customer()
    bind(FIRST, her)
    assert stands() == [(her, f"card:{FIRST}")]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("stop", "code"), [(cards.report_lost, "card.lost"), (cards.block_card, "card.blocked"), (None, "card.replaced")]
)
def test_a_stopped_card_names_nobody_and_the_till_is_told(caller: Caller, stop: Any, code: str) -> None:
    her = customer()
    bind(FIRST, her, now=NOW - 2 * HOUR)
    if stop:
        stop(FIRST, note="", **{**ACT, "now": NOW - HOUR})
    else:
        cards.replace_card(FIRST, by_number=SECOND, note="", **{**ACT, "now": NOW - HOUR})
    quoted = answer(caller.call("POST", "/checkout/quote", told()))
    placed = taken(caller)
    assert quoted["card_refused"] == placed["card_refused"]
    assert (placed["card_refused"]["code"], placed["card_refused"]["counts_for_holder"]) == (code, False)
    assert stands() == [(None, f"card:{FIRST}")]
    assert (Customer.objects.count(), Identity.objects.filter(value=FIRST, verified=True).count()) == (1, 0)


@time_machine.travel(NOW, tick=False)
def test_a_sale_of_before_the_loss_that_is_told_late_is_hers(caller: Caller) -> None:
    her = customer()
    bind(FIRST, her, now=NOW - 2 * HOUR)
    cards.report_lost(FIRST, note="", **ACT)
    placed = taken(caller, placed_at=(NOW - HOUR).isoformat())
    assert (placed["customer_id"], placed["card_refused"]["counts_for_holder"]) == (her, True)
    assert (stands(), Customer.objects.count()) == ([(her, None)], 1)


@time_machine.travel(NOW, tick=False)
def test_whoever_else_the_till_names_is_the_buyer_and_does_not_get_the_card(caller: Caller) -> None:
    her = customer()
    bind(FIRST, her, now=NOW - 2 * HOUR)
    cards.report_lost(FIRST, note="", **{**ACT, "now": NOW - HOUR})
    placed = taken(caller, customer={"card_number": FIRST, "phone": "13900000009"})
    assert (placed["customer_created"], placed["card_refused"]["code"]) == (True, "card.lost")
    assert placed["customer_id"] != her
    assert [(one.kind, one.value) for one in Identity.objects.filter(customer_id=placed["customer_id"])] == [
        ("phone", "+8613900000009")
    ]


@time_machine.travel(NOW, tick=False)
def test_a_card_found_again_brings_its_sales_and_the_same_order_stays_the_same(caller: Caller) -> None:
    her = customer()
    bind(FIRST, her, now=NOW - 2 * HOUR)
    cards.report_lost(FIRST, note="", **{**ACT, "now": NOW - HOUR})
    taken(caller)
    cards.card_found(FIRST, note="in a coat", **{**ACT, "now": NOW + HOUR})
    assert stands() == [(her, f"card:{FIRST}")]
    again = taken(caller, key="again")
    assert (again["result"], again["customer_id"], again["card_refused"]) == ("keep", her, None)
    assert (stands(), Customer.objects.count()) == ([(her, f"card:{FIRST}")], 1)


@time_machine.travel(NOW, tick=False)
def test_the_card_of_an_older_system_goes_on(caller: Caller) -> None:
    placed = taken(caller, customer={"card_number": "QH100001"})
    assert (placed["customer_created"], placed["card_refused"]) == (True, None)
