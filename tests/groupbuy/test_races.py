"""Races: each first without its guard, then as it is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from huike.groupbuy.errors import DealSoldOut, VoucherTooFewUses, VoucherUsed
from huike.groupbuy.groups import changes, deadlines, seats
from huike.groupbuy.groups.joining import Joined
from huike.groupbuy.models import Group, GroupChange, Participation, Redemption, Voucher
from huike.groupbuy.vouchers import services as vouchers
from huike.groupbuy.vouchers.services import Told
from huike.kernel.scope import EVERYTHING
from huike.payments.models import Payment, Refund
from huike.platform.audit import SYSTEM
from tests.groupbuy.proof import holds_always
from tests.groupbuy.world import (
    DEADLINE,
    OPEN,
    a_store,
    books,
    buys,
    deal,
    events,
    formed,
    group,
    joins,
    pays,
    refunds_end,
    stands,
    taken,
)
from tests.rivals import beside, let_in_before
from tests.tills import all_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider")]


# The last pieces


def rush(what: Any, people: range, *, at_once: int = 20) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for begin in range(people.start, people.stop, at_once):
        said = all_at_once([lambda n=n: joins(what, n) for n in range(begin, begin + at_once)])  # type: ignore[misc]
        outcomes.update("in" if isinstance(one, Joined) else type(one).__name__ for one in said)
    return outcomes


def test_without_the_guard_only_the_database_refuses_what_is_sold_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race: they all saw pieces left; nobody is told that there are none."""
    assert "AND taken + %(pieces)s <= stock" in changes._TAKE
    monkeypatch.setattr(changes, "_TAKE", changes._TAKE.replace("AND taken + %(pieces)s <= stock", ""))
    what = deal(stock=5)
    outcomes = rush(what, range(1, 21))
    assert outcomes[IntegrityError.__name__] > 0
    assert outcomes["in"] == taken(what) == 5


@pytest.mark.slow
def test_of_a_thousand_buyers_for_a_hundred_pieces_a_hundred_are_in() -> None:
    what = deal(stock=100)
    assert rush(what, range(1, 1_001)) == {"in": 100, DealSoldOut.__name__: 900}
    assert (taken(what), Participation.objects.count(), Payment.objects.count()) == (100, 100, 100)
    holds_always()


def test_a_person_in_many_windows_has_as_many_pieces_as_she_may() -> None:
    what = deal(most_per_person=2, ladder=[{"size": n, "price_minor": 100} for n in range(2, 12)])
    said = all_at_once([lambda n=n: joins(what, 1, size=n) for n in range(2, 12)])  # type: ignore[misc]
    assert Counter(type(one).__name__ for one in said) == {"Joined": 2, "DealMostPerPerson": 8}
    assert taken(what) == 2


def test_one_key_in_many_windows_is_one_part() -> None:
    what = deal()
    said = all_at_once([lambda: joins(what, 1, key="same").participation_id] * 8)
    assert (len(set(said)), taken(what), Payment.objects.count()) == (1, 1, 1)


# The last seat


def last_seat() -> tuple[Joined, list[Joined]]:
    """A group of two with one seat left, and two who stand at the provider's page."""
    what = deal()
    first = buys(what, 1)
    both = [joins(what, n, group=first.group_id) for n in (2, 3)]
    Payment.objects.filter(pk__in=[one.payment.id for one in both]).update(state="pending")
    return first, both


def without_the_groups_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the one who fills the group close the other's payment, for which it would wait."""
    monkeypatch.setattr(seats.ParticipationListener, "hold", lambda self, reference: None)
    monkeypatch.setattr(seats, "close_payments", lambda group_id, now: None)


def test_without_the_guards_one_of_two_who_pay_for_the_last_seat_has_neither_seat_nor_money(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The race: both were told that there is a seat. The database alone refuses the third, and the money lies there."""
    guards = "AND state = 'forming' AND seats < size"
    assert guards in changes._SEAT
    without_the_groups_lock(monkeypatch)
    monkeypatch.setattr(changes, "_SEAT", changes._SEAT.replace(guards, ""))
    _, (second, third) = last_seat()
    with beside(lambda: pays(third)) as start:
        let_in_before(monkeypatch, changes, "take_seat", lambda: start().result(30))
        with pytest.raises(IntegrityError):
            pays(second)
    assert stands(second, third) == ["reserved", "confirmed"]
    assert not Refund.objects.exists()


def test_with_the_condition_alone_the_second_is_told_that_the_group_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_groups_lock(monkeypatch)
    _, (second, third) = last_seat()
    with beside(lambda: pays(third)) as start:
        let_in_before(monkeypatch, changes, "take_seat", lambda: start().result(30))
        pays(second)
    assert stands(second, third) == ["refunding (full)", "confirmed"]


def test_of_two_who_pay_for_the_last_seat_at_once_one_is_in_and_one_has_her_money_back() -> None:
    for _ in range(5):
        first, both = last_seat()
        assert all_at_once([lambda one=one: pays(one) for one in both]) == [None, None]  # type: ignore[misc]
        assert sorted(stands(*both)) == ["confirmed", "refunding (full)"]
        assert (group(first).state, group(first).seats, refunds_end()) == ("formed", 2, 1)
    assert (Refund.objects.count(), Voucher.objects.count()) == (5, 10)
    assert books() == {"paid": -99_000, "unused": 99_000}
    holds_always()


# The deadline


def one_seat_left(now: datetime) -> tuple[Joined, Joined]:
    """A group of two, one of whom stands at the provider's page."""
    what = deal(ladder=[{"size": 2, "price_minor": 100}])
    first = buys(what, 1)
    second = joins(what, 2, group=first.group_id, now=now)
    Payment.objects.filter(pk=second.payment.id).update(state="pending")
    return first, second


def short_groups(count: int) -> list[Joined]:
    """So many groups of three with two in each."""
    what = deal(stock=1_000, ladder=[{"size": 3, "price_minor": 7_900}])
    parts = []
    for n in range(count):
        first = buys(what, 2 * n + 1, size=3)
        parts += [first, buys(what, 2 * n + 2, group=first.group_id)]
    return parts


def test_without_the_guard_a_group_fails_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = short_groups(1)
    monkeypatch.setattr(changes, "end_group", lambda *_, **__: True)

    def fails() -> None:
        with transaction.atomic():
            seats.fail(Group.objects.get(pk=first.group_id), reason="short", now=DEADLINE)

    all_at_once([fails, fails])
    assert GroupChange.objects.filter(kind="failed").count() == 2


def test_many_workers_at_one_deadline_give_each_her_money_back_once() -> None:
    parts = short_groups(5)
    said = all_at_once([lambda: deadlines.decide_due(now=DEADLINE)] * 6)
    assert sum(said) == 5
    assert stands(*parts) == ["refunding (failed)"] * 10
    assert (Refund.objects.count(), refunds_end(), books()) == (10, 10, {})
    assert GroupChange.objects.filter(kind="failed").count() == events().count("group_failed") == 5
    holds_always()


def test_deadline_and_last_payment_at_once_end_in_one_of_two_ways_and_never_between() -> None:
    for n in range(6):
        first, second = one_seat_left(DEADLINE - timedelta(minutes=1))
        in_time, told_at = DEADLINE - timedelta(seconds=1), DEADLINE + timedelta(minutes=61)
        decides = partial(deadlines.decide_due, now=told_at)
        paid = partial(pays, second, at=in_time, told_at=told_at)
        all_at_once([decides, paid] if n % 2 else [paid, decides])  # type: ignore[list-item]
        assert stands(first, second) in (
            ["confirmed", "confirmed"],
            ["refunding (failed)", "refunding (over)"],
        )
    holds_always()


def test_a_leader_who_leaves_while_the_last_one_pays() -> None:
    for n in range(6):
        first, second = one_seat_left(OPEN)
        goes, paid = partial(seats.leave, first.participation_id, actor=SYSTEM, now=OPEN), partial(pays, second)
        all_at_once([goes, paid] if n % 2 else [paid, goes])  # type: ignore[list-item]
        assert stands(first, second) in (
            ["confirmed", "confirmed"],
            ["refunding (left)", "refunding (over)"],
        )
    holds_always()


# The last use


def at_counters(voucher: Voucher, count: int = 8) -> Counter[str]:
    here = a_store()

    def redeem(n: int) -> Redemption:
        told = Told(code=voucher.code, store_id=here, key=f"{voucher.pk}:{n}")
        return vouchers.redeem(told, actor=SYSTEM, scope=EVERYTHING, now=OPEN)

    said = all_at_once([lambda n=n: redeem(n) for n in range(count)])  # type: ignore[misc]
    return Counter(type(one).__name__ for one in said)


def test_without_the_lock_the_condition_alone_refuses_and_without_both_only_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    formed(deal(), 1, 2)
    one, other = Voucher.objects.order_by("pk")
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    outcomes = at_counters(one)
    assert outcomes["Redemption"] == 1
    assert outcomes["VoucherUsed"] + outcomes["VoucherTooFewUses"] == 7
    monkeypatch.setattr(vouchers, "_HAS_USES", "AND %(uses)s > 0")
    outcomes = at_counters(other)
    assert (outcomes["Redemption"], Redemption.objects.count()) == (1, 2)
    assert outcomes[IntegrityError.__name__] > 0


def test_of_eight_counters_one_takes_the_last_use() -> None:
    formed(deal(uses=3), 1, 2)
    one = Voucher.objects.order_by("pk")[0]
    assert at_counters(one) == {"Redemption": 3, VoucherUsed.__name__: 5}
    assert VoucherTooFewUses.__name__ not in at_counters(one)
    holds_always()


def test_a_voucher_redeemed_and_given_back_at_once_is_one_of_both() -> None:
    formed(deal(stock=100), 1, 2)
    here = a_store()
    for voucher in Voucher.objects.order_by("pk"):
        told = Told(code=voucher.code, store_id=here, key=str(voucher.pk))
        said = all_at_once(
            [
                lambda told=told: vouchers.redeem(told, actor=SYSTEM, scope=EVERYTHING, now=OPEN),  # type: ignore[misc]
                lambda voucher=voucher: vouchers.refund_unused(voucher.pk, actor=SYSTEM, now=OPEN),  # type: ignore[misc]
            ]
        )
        assert sum(isinstance(one, Exception) for one in said) == 1
    assert Redemption.objects.count() + Refund.objects.count() == 2
    holds_always()
