"""Solar and lunar birthdays (docs/algorithms/lunar-birthdays.md). Pure."""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import product
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


_DIGITS: Final = {word: number for number, word in enumerate("〇一二三四五六七八九十")} | {"正": 1, "元": 1, "零": 0}
_MONTHS: Final = {"冬": 11, "腊": 12, "十一": 11, "十二": 12}
_SPOKEN: Final = re.compile(
    r"(?:农历|阴历|旧历)?(?:(?P<year>\d{4}|[〇零一二三四五六七八九]{4})年)?(?P<leap>闰)?"
    r"(?P<month>\d{1,2}|十[一二]|[正元一二三四五六七八九十冬腊])月(?P<day>\d{1,2}|初?[一二三四五六七八九十]|[十廿]?[一二三四五六七八九十]|[二三]十[一二三四五六七八九]?)[日号]?"
)
_WRITTEN: Final = re.compile(r"(?:(?P<year>\d{4})[-/.])?(?P<leap>闰|L)?(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")


def read_lunar(text: str) -> LunarDay | None:
    """A lunar birthday as people write it: `八月十五`, `农历1990年闰五月初一`, `腊月廿三`, `8-15`, `1990-闰5-01`.

    None where it cannot be read, or that day never was.
    """
    bare = "".join(text.split())
    found = _SPOKEN.fullmatch(bare) or _WRITTEN.fullmatch(bare)
    if found is None:
        return None
    year = found["year"]
    told = LunarDay(
        month=_MONTHS.get(found["month"]) or _number(found["month"]),
        day=_number(found["day"]),
        leap=found["leap"] is not None,
        year=None if year is None else int("".join(str(_number(digit)) for digit in year)),
    )
    try:
        solar_date_of(told)
    except BirthdayInvalid:
        return None
    return told


def _number(words: str) -> int:
    """Up to 39: `15`, `十五`, `初五`, `廿三`, `三十`."""
    if words.isdecimal():
        return int(words)
    words = words.replace("初", "").replace("廿", "二十") if words != "初十" else "十"
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return _DIGITS[words]
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)


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


# A birthday as one number that recurs, its key: 815 is 15 August, 2815 the fifteenth of the eighth lunar month, 4815
# the same of a leap month. The lake holds it (`built_in`).
_LUNAR: Final = 2000
_LEAP: Final = 4000
# After so many days every birthday has come round: a lunar year has 385 days at most, and one of a leap month may fall
# a month later in the year after.
_A_ROUND: Final = 420


def words_of_key(key: int) -> str:
    """`08-15`, `lunar 08-15`, `lunar leap 08-15`: for whoever reads why a rule holds."""
    kind = "lunar leap " if key > _LEAP else "lunar " if key > _LUNAR else ""
    month, day = divmod(key % _LUNAR, 100)
    return f"{kind}{month:02}-{day:02}"


def keys_within(first: date, last: date) -> frozenset[int]:
    """Keys of the birthdays that fall on one of these days; of none where `last` is before `first`.

    Lunar ones are not known of days beyond the calendar (FIRST_YEAR, LAST_YEAR).
    """
    if last < first:
        return frozenset()
    everyone = (last - first).days >= _A_ROUND
    solar = (date(2000, 1, 1) + timedelta(days=day) for day in range(366))
    keys = {
        born_on.month * 100 + born_on.day
        for born_on in solar
        if everyone or any(first <= solar_birthday(born_on, year) <= last for year in range(first.year, last.year + 1))
    }
    lunar_years = [] if everyone else [y for y in range(first.year - 1, last.year + 1) if FIRST_YEAR <= y <= LAST_YEAR]
    for leap, month, day in product((False, True), range(1, 13), range(1, 31)):
        told = LunarDay(month=month, day=day, leap=leap)
        if everyone or any(first <= lunar_birthday(told, year) <= last for year in lunar_years):
            keys.add((_LEAP if leap else _LUNAR) + month * 100 + day)
    return frozenset(keys)
