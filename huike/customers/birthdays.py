"""Solar and lunar birthdays (docs/algorithms/lunar-birthdays.md). Pure."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from lunar_python import Lunar, LunarMonth, LunarYear

from huike.customers.errors import BirthdayInvalid

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2098


@dataclass(frozen=True, slots=True, kw_only=True)
class LunarDay:
    """A day of the Chinese calendar as it was told; `year` is None where it is not known."""

    month: int
    day: int
    leap: bool = False
    year: int | None = None


def solar_date_of(told: LunarDay) -> date | None:
    """The solar date somebody was born on; None without a year. Raises BirthdayInvalid on a day that never was."""
    if not (1 <= told.month <= 12 and 1 <= told.day <= 30):
        raise BirthdayInvalid
    if told.year is None:
        return None
    if not FIRST_YEAR <= told.year <= LAST_YEAR:
        raise BirthdayInvalid
    if (told.leap and _leap_month_of(told.year) != told.month) or told.day > _days_of(told.year, told.month, told.leap):
        raise BirthdayInvalid
    return _solar(told.year, told.month, told.day, told.leap)


def lunar_birthday(told: LunarDay, lunar_year: int) -> date:
    """The solar date of her birthday in this lunar year."""
    leap = told.leap and _leap_month_of(lunar_year) == told.month
    return _solar(lunar_year, told.month, min(told.day, _days_of(lunar_year, told.month, leap)), leap)


@cache
def _leap_month_of(lunar_year: int) -> int:
    """The month that comes twice; 0 in a year without one."""
    return int(LunarYear.fromYear(lunar_year).getLeapMonth())


@cache
def _days_of(lunar_year: int, month: int, leap: bool) -> int:
    return int(LunarMonth.fromYm(lunar_year, -month if leap else month).getDayCount())


@cache
def _first_day_of(lunar_year: int, month: int, leap: bool) -> date:
    solar = Lunar.fromYmd(lunar_year, -month if leap else month, 1).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _solar(lunar_year: int, month: int, day: int, leap: bool) -> date:
    return _first_day_of(lunar_year, month, leap) + timedelta(days=day - 1)


def solar_birthday(born_on: date, year: int) -> date:
    """Her birthday in this year: 28 February in common years for one born on the 29th."""
    if (born_on.month, born_on.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return born_on.replace(year=year)


def next_birthday(*, today: date, born_on: date | None, lunar: LunarDay | None) -> date | None:
    """The first birthday that is not before `today`; the lunar one where one was told. None where nothing is known, or
    the calendar does not reach so far."""
    if lunar is not None:
        years = [year for year in (today.year - 1, today.year, today.year + 1) if FIRST_YEAR <= year <= LAST_YEAR]
        return min((day for day in (lunar_birthday(lunar, year) for year in years) if day >= today), default=None)
    if born_on is None:
        return None
    this_year = solar_birthday(born_on, today.year)
    return this_year if this_year >= today else solar_birthday(born_on, today.year + 1)
