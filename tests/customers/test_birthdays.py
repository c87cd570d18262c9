"""Lunar birthdays, as docs/algorithms/lunar-birthdays.md works them out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huike.customers.birthdays import (
    LunarDay,
    keys_within,
    lunar_birthday,
    next_birthday,
    read_lunar,
    solar_date_of,
    words_of_key,
)
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


def test_birthdays_of_a_month_follow_the_lunar_calendar_of_that_year() -> None:
    keys = keys_within(date(2024, 9, 1), date(2024, 9, 30))
    assert {901, 930} <= keys
    assert not {831, 1001} & keys
    # September 2024 ran from the 29th of the seventh lunar month to the 28th of the eighth.
    assert {2729, 2730, 2801, 2815, 2828} <= keys
    assert not {2728, 2829, 2830} & keys
    # 2024 has no leap month: who was born in one has her birthday in the plain month.
    assert 4815 in keys


def test_a_birthday_of_the_last_of_twelve_months_comes_twice_or_never_in_a_solar_year() -> None:
    twentieth = 2000 + 1220
    assert twentieth in keys_within(date(2024, 1, 30), date(2024, 1, 30))
    assert twentieth in keys_within(date(2025, 1, 19), date(2025, 1, 19))
    assert twentieth not in keys_within(date(2024, 1, 31), date(2025, 1, 18))


def test_a_leap_day_is_kept_on_the_last_of_february_in_common_years() -> None:
    assert 229 in keys_within(date(2025, 2, 28), date(2025, 2, 28))
    assert 229 not in keys_within(date(2024, 2, 28), date(2024, 2, 28))


@pytest.mark.parametrize("first", [date(1850, 1, 1), date(2024, 5, 7), date(2190, 1, 1)])
def test_every_birthday_comes_round(first: date) -> None:
    assert len(keys_within(first, first + timedelta(days=420))) == 366 + 2 * 360
    assert keys_within(first, first - timedelta(days=1)) == frozenset()


@pytest.mark.parametrize(
    ("key", "said"), [(815, "08-15"), (2815, "lunar 08-15"), (4201, "lunar leap 02-01"), (3230, "lunar 12-30")]
)
def test_a_key_is_said_so_that_people_understand_it(key: int, said: str) -> None:
    assert words_of_key(key) == said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("八月十五", LunarDay(month=8, day=15)),
        ("农历 1990年八月十五日", LunarDay(month=8, day=15, year=1990)),
        ("一九九〇年闰五月初一", LunarDay(month=5, day=1, leap=True, year=1990)),
        ("腊月廿三", LunarDay(month=12, day=23)),
        ("正月初十", LunarDay(month=1, day=10)),
        ("冬月二十", LunarDay(month=11, day=20)),
        ("十二月三十", LunarDay(month=12, day=30)),
        ("十一月十一", LunarDay(month=11, day=11)),
        ("十月二十九", LunarDay(month=10, day=29)),
        ("8-15", LunarDay(month=8, day=15)),
        ("1990/闰5/01", LunarDay(month=5, day=1, leap=True, year=1990)),
        ("八月三十一", None),
        ("十三月初一", None),
        ("1991年闰五月初一", None),
        ("1850-01-01", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_lunar_birthday_is_read_as_people_write_it(text: str, told: LunarDay | None) -> None:
    assert read_lunar(text) == told
