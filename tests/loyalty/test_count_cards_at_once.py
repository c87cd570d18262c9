"""Many desks at one count card: the race first without its guard, then as it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from huike.customers.models import Customer
from huike.ledger import books, selectors
from huike.ledger.errors import InsufficientBalance
from huike.ledger.models import Transaction
from huike.loyalty import desk
from huike.loyalty.count_cards import services
from huike.loyalty.count_cards.errors import RefundChanged, TooFewLeft
from huike.loyalty.models import UsesRefund
from huike.orders.models import Order
from tests.loyalty.members import buy, member, programme
from tests.loyalty.test_count_cards import CARDS, draft, left, pay_out, sold, use
from tests.rivals import beside, let_in_before
from tests.tills import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def who() -> int:
    made = member(programme(**CARDS))
    buy(sold())
    return made


def test_without_locks_two_desks_take_the_same_uses_and_only_the_database_stops_them(
    who: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reads her lots, the other uses them up, the first writes: what refuses it is the floor of the lot, and the
    desk is told of a fault instead of a balance."""
    unlocked = books._LOCK.replace("FOR NO KEY UPDATE OF a", "")
    assert unlocked != books._LOCK
    with beside(lambda: use(who, 8, key="other")) as start, monkeypatch.context() as within:
        within.setattr(books, "_LOCK", unlocked)
        within.setattr(desk, "locked", lambda customer_id, _scope: Customer.objects.get(pk=customer_id))
        let_in_before(within, books, "_write", lambda: start().result())
        with pytest.raises(IntegrityError, match="lot_floor"):
            use(who, 8, key="mine")
    assert (left(who), selectors.verify()) == (2, [])


def test_desks_that_use_one_card_use_exactly_what_it_has(who: int) -> None:
    said: list[Any] = all_at_once([lambda n=n: use(who, 3, key=f"k{n}") for n in range(8)])  # type: ignore[misc]
    assert sum(isinstance(one, services.Used) for one in said) == 3
    assert [type(one) for one in said if isinstance(one, Exception)] == [InsufficientBalance] * 5
    assert (left(who), selectors.verify()) == (1, [])


def test_a_use_told_by_many_at_once_is_one_use(who: int) -> None:
    said: list[Any] = all_at_once([lambda: use(who, 3, key="same")] * 6)
    assert {one.transaction_id for one in said} == {Transaction.objects.get(kind="burn").pk}
    assert left(who) == 7


def test_of_many_desks_that_pay_out_what_was_shown_one_does(who: int) -> None:
    sale = Order.objects.get()
    said: list[Any] = all_at_once([lambda: pay_out(who, draft(sale.pk, 7, 6_300))] * 6)
    assert sum(isinstance(one, UsesRefund) for one in said) == 1
    assert {type(one) for one in said if isinstance(one, Exception)} <= {TooFewLeft, RefundChanged}
    assert (left(who), UsesRefund.objects.get().amount_minor, selectors.verify()) == (3, 6_300, [])
