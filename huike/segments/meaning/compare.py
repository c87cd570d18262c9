"""Comparisons of a column with what a condition gives: plain ones, so that engines can look them up in the files'
statistics. Of an unknown value they are unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Any

import ibis

from huike.customers.birthdays import solar_birthday
from huike.segments.meaning.moment import Moment
from huike.segments.rules import Stretch, Value
from huike.segments.windows import (
    Bounds,
    Window,
    bounds_of,
    bounds_of_stretch,
    midnight,
    shift,
)

ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
# Said by denying another: exactly its complement.
_DENIALS = {"ne": "eq", "not_in": "in", "is_not_set": "is_set"}
_FIRST_ANNIVERSARY_YEAR = 1970  # of instants: nothing the product knows happened before


def undenied(op: str, denied: bool) -> tuple[str, bool]:
    """The operator without its denial, and whether it is denied."""
    return (_DENIALS[op], not denied) if op in _DENIALS else (op, denied)


def listed(value: Value) -> list[Any]:
    return [_literal(item) for item in value] if isinstance(value, tuple) else [_literal(value)]


def shares(lists: Any, value: Value, type: str) -> Any:
    """Whether a list column has any of the values."""
    if not listed(value):
        return ibis.literal(value=False)  # PostgreSQL does not know of what an empty array is one
    return lists.intersect(ibis.literal(listed(value), type=f"array<{type}>")).length() > 0


def _literal(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def compared(column: Any, op: str, value: Value) -> Any:
    match op, value:
        case "in", _:
            return among(column, listed(value))
        case "between", (low, high):
            return column.between(_literal(low), _literal(high))
        case "contains", _:
            return column.contains(value)
        case "starts_with", _:
            return column.startswith(value)
        case _:
            return ORDER[op](column, _literal(value))


def holds_of_nothing(op: str, value: Any, *, unknown: bool) -> bool:
    """Whether a comparison, denials put aside, holds of what is measured of nothing: counts and sums are 0, other
    measures are unknown."""
    if unknown:
        return False
    if op == "between":
        return bool(value[0] <= 0 <= value[1])
    return bool(ORDER[op](0, value))


def among(column: Any, values: list[Any]) -> Any:
    """Whether the column is one of the values. Of texts it is asked of the list: DuckDB compares a text column to an IN
    once for each value and again after reading, two to five times slower at 10 million rows."""
    if column.type().is_string():
        return ibis.literal(values, type="array<string>").contains(column)
    return column.isin([_written(value) for value in values])


@lru_cache(10_000, typed=True)
def _written(value: Any) -> Any:
    """Of a list of a hundred ids, Ibis would look at each for as long as the list takes to be compiled."""
    return ibis.literal(value)


def in_thousandths(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(int(Decimal(str(item)) * 1000) for item in value)
    return int(Decimal(str(value)) * 1000)


def instant_is(column: Any, op: str, value: Value, moment: Moment) -> Any:
    """Instants are compared by the day they fall on."""
    zone = moment.zone
    if isinstance(value, Stretch):
        if op.startswith("anniversary"):
            return _instant_comes_round(column, op, value, moment)
        return reduce(operator.and_, within(column, stretch_of(op, value, moment)))
    first, last = value if isinstance(value, tuple) else (value, value)
    assert isinstance(first, date)  # noqa: S101 - the parser gives days here
    assert isinstance(last, date)  # noqa: S101
    begins, ends = at(midnight(first, zone)), at(midnight(last + timedelta(days=1), zone))
    match op:
        case "gt":
            return column >= ends
        case "gte":
            return column >= begins
        case "lt":
            return column < begins
        case "lte":
            return column < ends
        case _:
            return (column >= begins) & (column < ends)


def _end_of_day(day: date | None, moment: Moment) -> datetime | None:
    return midnight(shift(day, 1, "days") if day else None, moment.zone)


def date_is(column: Any, op: str, value: Value, moment: Moment) -> Any:
    if isinstance(value, Stretch):
        if op.startswith("anniversary"):
            return _date_comes_round(column, op, value, moment)
        first, last = days_meant(op, value, moment)
        return column.between(ibis.literal(first), ibis.literal(last))
    return compared(column, op, value)


def days_meant(op: str, value: Stretch, moment: Moment) -> tuple[date, date]:
    """The first and the last day of a stretch of days that ends or begins today; cut at the calendar's ends."""
    today = moment.today
    if op.endswith("last_n"):
        return shift(today, -value.n, value.unit) or date.min, today
    return today, shift(today, value.n, value.unit) or date.max


def _date_comes_round(column: Any, op: str, value: Stretch, moment: Moment) -> Any:
    """One, two or more years after it, the day falls on one of these."""
    first, last = days_meant(op, value, moment)
    # More than a year holds every day; the year that may make 29 February wait is looked at as well.
    years = range(first.year, min(last.year, first.year + 5) + 1)
    month_days = {
        born.month * 100 + born.day
        for born in (date(2000, 1, 1) + timedelta(days=n) for n in range(366))
        if any(first <= solar_birthday(born, year) <= last for year in years)
    }
    round_again = (column.month() * 100 + column.day()).isin(sorted(month_days))
    # Its first anniversary is a year later: of the days meant, the last that can be one.
    return round_again & (column <= ibis.literal(_a_year_before(last)))


def _a_year_before(day: date) -> date:
    """The latest day whose first anniversary is not after `day`."""
    before = shift(day, -1, "years") or date.min
    return date(before.year, 2, 29) if (day.month, day.day) == (2, 28) and _is_leap(before.year) else before


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _instant_comes_round(column: Any, op: str, value: Stretch, moment: Moment) -> Any:
    """As of dates, of the day an instant falls on: the days of each year before, since it has no day but in a zone."""
    first, last = days_meant(op, value, moment)
    first = max(first, last - timedelta(days=366))
    days = sorted(
        day
        for years in range(1, last.year - _FIRST_ANNIVERSARY_YEAR + 1)
        for day in _days_that_come_round(first, last, years)
    )
    parts = [
        (column >= at(midnight(begins, moment.zone))) & (column < at(_end_of_day(ends, moment)))
        for begins, ends in _stretches(days)
    ]
    return reduce(operator.or_, parts) if parts else ibis.literal(value=False)


def _days_that_come_round(first: date, last: date, years: int) -> set[date]:
    """The days whose anniversary after so many years is one of `first` to `last`."""
    near = (shift(first + timedelta(days=n), -years, "years") for n in range(-1, (last - first).days + 2))
    days = {day + timedelta(days=n) for day in near if day is not None for n in (0, 1)}
    return {day for day in days if day.year > 1 and first <= solar_birthday(day, day.year + years) <= last}


def _stretches(days: list[date]) -> list[tuple[date, date]]:
    """Days in order, put together where one follows another."""
    stretches: list[tuple[date, date]] = []
    for day in days:
        if stretches and (day - stretches[-1][1]).days <= 1:
            stretches[-1] = (stretches[-1][0], day)
        else:
            stretches.append((day, day))
    return stretches


def stretch_of(op: str, value: Stretch, moment: Moment) -> Bounds:
    return bounds_of_stretch(op, value.n, value.unit, as_of=moment.as_of, zone=moment.zone)


def in_window(column: Any, window: Window, moment: Moment, *, ahead: bool = False) -> list[Any]:
    """Conditions that put an instant in the window. Nothing after `as_of` is in any, but where `ahead` says so."""
    return within(column, bounds_of(window, as_of=moment.as_of, zone=moment.zone, ahead=ahead))


def within(column: Any, bounds: Bounds) -> list[Any]:
    """Conditions that put an instant between two edges."""
    conditions = []
    if bounds.low is not None:
        low = at(bounds.low.at)
        conditions.append(column >= low if bounds.low.included else column > low)
    if bounds.high is not None:
        high = at(bounds.high.at)
        conditions.append(column <= high if bounds.high.included else column < high)
    return conditions or [column.notnull()]


def at(instant: datetime | None) -> Any:
    assert instant is not None  # noqa: S101 - the parser keeps days within a few centuries
    return ibis.literal(instant.astimezone(UTC), type="timestamp('UTC')")
