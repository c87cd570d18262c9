"""Lunar birthdays, as docs/algorithms/lunar-birthdays.md works them out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huike.customers.birthdays import LunarDay, lunar_birthday, next_birthday, solar_date_of
from huike.customers.errors import BirthdayInvalid


@pytest.mark.parametrize(
    ("told", "today", "expected"),
    [
        (LunarDay(month=8, day=15), date(2024, 1, 1), date(2024, 9, 17)),
        (LunarDay(month=12, day=30), date(2025, 1, 1), date(2025, 1, 28)),
        (LunarDay(month=2, day=1, leap=True), date(2023, 3, 1), date(2023, 3, 22)),
        (LunarDay(month=2, day=1, leap=True), date(2024, 1, 1), date(2024, 3, 10)),
        (LunarDay(month=12, day=20), date(2024, 2, 1), date(2025, 1, 19)),
        (LunarDay(month=8, day=15), date(2024, 9, 17), date(2024, 9, 17)),
        (LunarDay(month=8, day=15), date(2024, 9, 18), date(2025, 10, 6)),
    ],
)
def test_the_next_lunar_birthday_is_the_first_that_is_not_past(told: LunarDay, today: date, expected: date) -> None:
    assert next_birthday(today=today, born_on=None, lunar=told) == expected


@pytest.mark.parametrize(
    ("born_on", "today", "expected"),
    [
        (date(2000, 2, 29), date(2025, 1, 1), date(2025, 2, 28)),
        (date(2000, 2, 29), date(2027, 3, 1), date(2028, 2, 29)),
        (date(1990, 5, 6), date(2026, 5, 6), date(2026, 5, 6)),
        (date(1990, 5, 6), date(2026, 5, 7), date(2027, 5, 6)),
        (None, date(2026, 5, 7), None),
    ],
)
def test_the_next_solar_birthday(born_on: date | None, today: date, expected: date | None) -> None:
    assert next_birthday(today=today, born_on=born_on, lunar=None) == expected


def test_a_told_year_gives_the_solar_date_of_birth() -> None:
    assert solar_date_of(LunarDay(year=2023, month=2, day=1, leap=True)) == date(2023, 3, 22)
    assert solar_date_of(LunarDay(year=1990, month=1, day=1)) == date(1990, 1, 27)
    assert solar_date_of(LunarDay(month=1, day=1)) is None


@pytest.mark.parametrize(
    "told",
    [
        LunarDay(year=2024, month=2, day=1, leap=True),
        LunarDay(year=2024, month=12, day=30),
        LunarDay(month=13, day=1),
        LunarDay(month=1, day=31),
    ],
)
def test_a_day_that_never_was_is_refused(told: LunarDay) -> None:
    with pytest.raises(BirthdayInvalid):
        solar_date_of(told)


@settings(deadline=None)  # the first look at a year computes its moons
@given(
    st.builds(LunarDay, month=st.integers(1, 12), day=st.integers(1, 30), leap=st.booleans()),
    st.dates(date(1901, 3, 1), date(2090, 1, 1)),
)
def test_a_birthday_comes_within_thirteen_moons(told: LunarDay, today: date) -> None:
    found = next_birthday(today=today, born_on=None, lunar=told)
    assert found is not None
    assert today <= found <= today + timedelta(days=385)
    assert found in {lunar_birthday(told, year) for year in (found.year - 1, found.year)}
