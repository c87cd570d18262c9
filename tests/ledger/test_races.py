"""Many at once on one customer's value: first what happens without the lock, then that the lock closes it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from huike.ledger import books, selectors, services
from huike.ledger.books import open_books
from huike.ledger.errors import HoldEnded, InsufficientBalance
from huike.ledger.models import Lot, Transaction
from tests.ledger.shop import NOW, POINTS, available, customer, earn
from tests.tills import all_at_once

pytestmark = [pytest.mark.django_db(transaction=True)]

SPENDERS = 50


@pytest.fixture
def rich() -> int:
    """A customer with 30 times 10 points, in seven lots."""
    who = customer()
    for n in range(6):
        earn(who, 40, expires_at=NOW + timedelta(days=n + 1))
    earn(who, 60)
    return who


def spend(who: int, key: str, amount: int = 10) -> None:
    with transaction.atomic(), open_books(POINTS, [who]) as opened:
        opened.burn(who, amount, key=key, at=NOW)


def rush(who: int) -> Counter[str]:
    outcomes = all_at_once([lambda n=n: spend(who, f"burn:{n}") for n in range(SPENDERS)])
    return Counter("paid" if outcome is None else type(outcome).__name__ for outcome in outcomes)


def test_without_the_lock_spenders_decide_on_what_others_are_spending(
    rich: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race: nobody is told that there is too little; only the floor of the database stops them."""
    monkeypatch.setattr(books, "_LOCK", books._LOCK.replace("FOR NO KEY UPDATE OF a", ""))
    outcomes = rush(rich)
    assert outcomes["IntegrityError"] > 0
    assert outcomes["paid"] <= 30
    assert available(rich) == 300 - 10 * outcomes["paid"]
    assert selectors.verify() == []


def test_fifty_spenders_of_one_balance_get_exactly_what_it_covers(rich: int) -> None:
    assert rush(rich) == {"paid": 30, InsufficientBalance.__name__: 20}
    assert available(rich) == 0
    assert selectors.verify() == []


def test_the_same_operation_by_many_at_once_happens_once(rich: int) -> None:
    def act() -> None:
        with transaction.atomic(), open_books(POINTS, [rich], keys=["same"]) as opened:
            opened.burn(rich, 10, key="same", at=NOW)

    assert all_at_once([act] * 10) == [None] * 10
    assert available(rich) == 290
    assert Transaction.objects.filter(kind="burn").count() == 1


def test_two_openers_of_a_first_account_open_one() -> None:
    who = customer()
    outcomes = all_at_once([lambda n=n: earn(who, 5, key=f"first:{n}") for n in range(8)])
    assert outcomes == [None] * 8
    assert available(who) == 40
    assert Lot.objects.values("account").distinct().count() == 1


def test_a_hold_that_is_settled_and_timed_out_at_once_ends_one_way(rich: int) -> None:
    services.hold(POINTS, rich, 100, key="h", until=NOW, now=NOW)
    settled, _ = all_at_once([lambda: services.settle("h", 100, now=NOW), lambda: services.release_overdue(now=NOW)])
    view = services.find_hold("h")
    assert view.state in {"settled", "timed_out"}
    assert isinstance(settled, HoldEnded) == (view.state == "timed_out")
    assert available(rich) == (200 if view.state == "settled" else 300)
    assert selectors.verify() == []


def test_transfers_in_both_directions_do_not_wait_in_a_ring() -> None:
    one, other = customer("A"), customer("B")
    earn(one, 100)
    earn(other, 100)

    def give(giver: int, taker: int, n: int) -> None:
        with transaction.atomic(), open_books(POINTS, [giver, taker]) as opened:
            opened.transfer(giver, taker, 5, key=f"gift:{giver}:{n}", at=NOW)

    outcomes = all_at_once(
        [lambda n=n: give(one, other, n) for n in range(10)] + [lambda n=n: give(other, one, n) for n in range(10)]
    )
    assert outcomes == [None] * 20
    assert (available(one), available(other)) == (100, 100)
    assert selectors.verify() == []


def test_a_repeated_key_without_looking_is_refused_by_the_database(rich: int) -> None:
    spend(rich, "once")
    with pytest.raises(IntegrityError):
        spend(rich, "once")
    assert available(rich) == 290
