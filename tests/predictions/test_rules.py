"""The worked examples of docs/algorithms/replenishment.md."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.predictions.rules import CameBack, Lasting, Purchase, Supply, days_of, kept, supplies

BEGIN = datetime(2026, 11, 1, 4, tzinfo=UTC)


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def lasting(*days: date, each: int = 30) -> list[Lasting]:
    return [Lasting(number, on(day), day, each) for number, day in enumerate(days, 1)]


@pytest.mark.parametrize(
    ("usage_days", "quantity", "days"), [(30, "1", 30), (30, "3", 90), (7, "0.5", 4), (1, "0.001", 1), (30, "2.1", 63)]
)
def test_more_lasts_longer_and_part_of_a_day_is_a_day(usage_days: int, quantity: str, days: int) -> None:
    assert days_of(Decimal(quantity), usage_days) == days


def test_who_buys_again_while_something_is_left_puts_it_on_top() -> None:
    first, second = lasting(date(2026, 11, 1), date(2026, 11, 20))
    assert supplies([first, second]) == [Supply(first.placed_at, date(2026, 12, 31), (1, 2))]


def test_who_buys_again_on_the_day_or_later_begins_another_supply() -> None:
    first, second = lasting(date(2026, 11, 1), date(2026, 12, 1))
    assert supplies([first, second]) == [
        Supply(first.placed_at, date(2026, 12, 1), (1,)),
        Supply(second.placed_at, date(2026, 12, 31), (2,)),
    ]


def test_the_calendar_has_a_last_day() -> None:
    assert supplies(lasting(date(2026, 11, 1), each=10**9))[0].used_up_on == date.max


def quantities(purchases: list[Purchase]) -> dict[int, str]:
    return {one.order_id: str(one.quantity) for one in purchases}


def test_a_return_takes_from_its_sale_and_one_without_a_sale_from_the_latest_before_it() -> None:
    bought = [Purchase(number, BEGIN + timedelta(days=number), Decimal(2)) for number in (1, 2, 3)]

    assert quantities(kept(bought, [CameBack(BEGIN + timedelta(days=9), Decimal(1), sale_id=1)])) == {
        1: "1", 2: "2", 3: "2",
    }  # fmt: skip
    assert quantities(kept(bought, [CameBack(BEGIN + timedelta(days=2, hours=1), Decimal(3))])) == {1: "1", 3: "2"}
    assert quantities(kept(bought, [CameBack(BEGIN, Decimal(3))])) == {1: "2", 2: "2", 3: "2"}
    # Whichever is told first: the one that knows its sale takes from it, the other from what is left.
    known, unknown = (
        CameBack(BEGIN + timedelta(days=9), Decimal(2), sale_id=3),
        CameBack(BEGIN + timedelta(days=8), Decimal(1)),
    )
    assert quantities(kept(bought, [unknown, known])) == quantities(kept(bought, [known, unknown])) == {1: "2", 2: "1"}
    assert kept(bought, [CameBack(BEGIN + timedelta(days=9), Decimal(100))]) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40)), max_size=8))
def test_supplies_are_what_a_day_by_day_count_finds(told: list[tuple[int, int]]) -> None:
    """One unit is used on each day there is one; a supply ends on the first day without."""
    begin = date(2026, 1, 1)
    bought = sorted(told)
    left, had, ends = 0, False, []
    for number in range(60 + 40 * 8 + 2):
        if had and left == 0:
            ends.append(begin + timedelta(days=number))
        left += sum(days for day, days in bought if day == number)
        had, left = left > 0, max(0, left - 1)

    purchases = [
        Lasting(place, on(begin + timedelta(days=day)), begin + timedelta(days=day), days)
        for place, (day, days) in enumerate(bought)
    ]

    assert [supply.used_up_on for supply in supplies(purchases)] == ends
    assert sorted(id_ for supply in supplies(purchases) for id_ in supply.order_ids) == list(range(len(bought)))
