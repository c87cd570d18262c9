"""A till takes uses of a count card its holder brought, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from huike.customers.models import Customer
from huike.ledger.models import Entry, Transaction
from tests.checkout.test_till import body, sell, till_caller
from tests.loyalty.members import member, programme
from tests.loyalty.test_count_cards import CARDS, left
from tests.people import Caller, code_of
from tests.tills import NOW, store

pytestmark = pytest.mark.django_db

USE: dict[str, Any] = {
    "source": "till-1",
    "external_id": "U-1",
    "customer": {"phone": "13812345678"},
    "card_key": "coffee",
    "uses": 2,
}


def take(caller: Caller, key: str = "u", **told: Any) -> Any:
    return caller.call("POST", "/checkout/uses", {**USE, **told}, **{"Idempotency-Key": key})


@pytest.fixture
def caller() -> Caller:
    """A till that sold a member ten coffees."""
    member(programme(**CARDS))
    made = till_caller()
    lines = [{"sku": "CUPS-10", "quantity": "1", "unit_price": "90.00"}]
    assert sell(made, body("A-1", lines=lines), key="cups").status_code == 201
    return made


@time_machine.travel(NOW, tick=False)
def test_a_card_is_used_at_the_till_once_by_the_tills_own_number(caller: Caller) -> None:
    who = Customer.objects.get().pk
    told = take(caller).json()
    assert (told["customer_id"], told["uses"], told["left"], left(who)) == (who, 2, 8, 8)
    # The answer was lost, and the till forgot its key but not its number.
    assert (take(caller, key="another").json(), left(who)) == (told, 8)
    assert code_of(take(caller, key="more", uses=3)) == "ledger.key_reused"
    reason = Transaction.objects.get(kind="burn").reason
    assert reason == {"what": "used", "card": "coffee", "store": None, "source": "till-1", "number": "U-1"}
    shop = store()
    take(caller, key="shop", external_id="U-2", store_code=shop.code)
    assert Transaction.objects.filter(kind="burn").last().reason["store"] == shop.pk  # type: ignore[union-attr]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"uses": 11}, "ledger.insufficient"),
        ({"card_key": "tea"}, "count_cards.unknown"),
        ({"customer": {"phone": "13999999999"}}, "count_cards.nobody"),
        ({"store_code": "NONE"}, "order.store_unknown"),
    ],
)
def test_a_refused_use_leaves_nothing_behind(caller: Caller, told: dict[str, Any], code: str) -> None:
    before = (Entry.objects.count(), Customer.objects.count())
    assert code_of(take(caller, **told)) == code
    assert (Entry.objects.count(), Customer.objects.count()) == before
