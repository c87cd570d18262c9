"""Two desks and many tills at one account: each race first without its guard, then as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from huike.checkout.services import take_order
from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING
from huike.ledger import books, selectors
from huike.ledger.errors import InsufficientBalance
from huike.loyalty import desk
from huike.loyalty.models import TopUp, ValueRefund
from huike.loyalty.stored_value import rules, services
from huike.loyalty.stored_value.errors import OverLimit, RefundChanged
from huike.orders.models import Order
from tests.loyalty.desks import CLERK, balance, has, plans, quoted, top_up
from tests.loyalty.members import member, programme
from tests.loyalty.test_stored_value import sale
from tests.rivals import beside, let_in_before
from tests.tills import NOW, all_at_once, till

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def without_locks(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither her file nor her account rows are locked: look, then act."""
    unlocked = books._LOCK.replace("FOR NO KEY UPDATE OF a", "")
    assert unlocked != books._LOCK
    with patch.context() as within:
        within.setattr(books, "_LOCK", unlocked)
        within.setattr(desk, "locked", lambda customer_id, _scope: Customer.objects.get(pk=customer_id))
        yield


def limited() -> int:
    return member(programme(**plans(law={"most_unnamed_minor": 100_000})))


def top_up_twice(who: int, patch: pytest.MonkeyPatch) -> list[str]:
    """Another desk tops up when this one has looked at the limit and not written yet."""
    said = []
    with beside(lambda: top_up(who, {"card": 60_000})) as start, patch.context() as within:
        let_in_before(within, TopUp.objects, "create", lambda: start().result())
        try:
            top_up(who, {"card": 60_000})
            said.append("kept")
        except OverLimit:
            said.append("refused")
    return said


def test_without_locks_two_desks_would_top_up_more_than_a_card_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    who = limited()
    top_up(who, {"card": 100})  # the account is there
    with without_locks(monkeypatch):
        assert top_up_twice(who, monkeypatch) == ["kept"]
    assert balance(who) == 120_100


def test_of_many_desks_that_fill_a_card_one_does() -> None:
    who = limited()
    said: list[Any] = all_at_once([lambda: top_up(who, {"card": 60_000})] * 6)
    assert sum(isinstance(one, TopUp) for one in said) == 1
    assert [type(one) for one in said if isinstance(one, Exception)] == [OverLimit] * 5
    assert (balance(who), TopUp.objects.count(), selectors.verify()) == (60_000, 1, [])


def test_of_many_desks_that_pay_out_what_was_shown_one_does() -> None:
    who = member(programme(**plans()))
    top_up(who)
    shown = rules.by_tender(quoted(who, 30_000))

    def pay_out() -> ValueRefund:
        return services.refund(who, 30_000, expected=shown, store_id=None, actor=CLERK, scope=EVERYTHING, now=NOW)

    said: list[Any] = all_at_once([pay_out] * 6)
    assert sum(isinstance(one, ValueRefund) for one in said) == 1
    assert {type(one) for one in said if isinstance(one, Exception)} <= {InsufficientBalance, RefundChanged}
    assert (has(who), selectors.verify()) == ((20_000, 2_000), [])


def test_tills_that_spend_one_balance_spend_exactly_what_it_covers() -> None:
    who = member(programme(**plans()))
    top_up(who)  # 550.00
    till()

    def pay(external_id: str) -> bool:
        with transaction.atomic():
            take_order(sale(100, 100, external_id), actor=CLERK, scope=EVERYTHING, now=NOW)
            return True

    said: list[Any] = all_at_once([lambda n=n: pay(f"A-{n}") for n in range(12)])  # type: ignore[misc]
    assert sum(one is True for one in said) == 5
    assert [type(one) for one in said if one is not True] == [InsufficientBalance] * 7
    assert (balance(who), Order.objects.count(), selectors.verify()) == (5_000, 5, [])
