"""Stretches of time a rule speaks of, and the instants they begin and end at.

A day begins at midnight in the operator's zone. "The last 90 days" are the 90 calendar days before the day of `as_of`,
and that day up to `as_of`; hours alone are counted by the clock. Months and years keep the day of the month, or take
the last one where there is none (a month before 31 March is 28 or 29 February). Nothing after `as_of` is seen by any
window.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Ever:
    """All time up to now."""


EVER = Ever()


@dataclass(frozen=True, slots=True)
class Last:
    n: int
    unit: str


@dataclass(frozen=True, slots=True)
class Next:
    """After `as_of`, up to the end of the day so many units ahead; of hours, so many hours."""

    n: int
    unit: str


@dataclass(frozen=True, slots=True)
class Between:
    """From the first day to the last, both included. Either may be open."""

    from_on: date | None
    to_on: date | None


@dataclass(frozen=True, slots=True)
class Ago:
    """From `from_n` to `to_n` units ago, `from_n` being the longer: the days from 90 days ago up to, not including, 30
    days ago."""

    from_n: int
    to_n: int
    unit: str


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """This, the last or, for birthdays, the next week (from Monday), month, quarter or year."""

    which: str
    unit: str


PastWindow = Ever | Last | Between | Ago | CalendarPeriod
Window = PastWindow | Next


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a stretch of time begins or ends; the instant itself is in it where `included`."""

    at: datetime
    included: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """The instants between two edges. None: no edge on that side."""

    low: Edge | None
    high: Edge | None


def bounds_of(window: Window, *, as_of: datetime, zone: ZoneInfo, ahead: bool = False) -> Bounds:
    """The instants of a window. Nothing after `as_of` is in it, but where `ahead` says so. Its edges may lie outside
    what a datetime can say: then the side is open, or nothing is in it."""
    if isinstance(window, Next):
        return bounds_of_stretch("next_n", window.n, window.unit, as_of=as_of, zone=zone)
    low, high = _edges(window, as_of=as_of, zone=zone)
    if ahead and not isinstance(window, (Last, Ago)):
        if isinstance(window, CalendarPeriod):
            high = midnight(shift(days_of(window, as_of.astimezone(zone).date())[1], 1, "days"), zone)
        return Bounds(_at(low, included=True), _at(high, included=False))
    is_over = high is not None and (ahead or high <= as_of)
    return Bounds(_at(low, included=True), _at(high, included=False) if is_over else Edge(as_of, included=True))


def bounds_of_stretch(op: str, n: int, unit: str, *, as_of: datetime, zone: ZoneInfo) -> Bounds:
    """The instants `last_n` or `next_n` speaks of: up to `as_of`, or from after it to the end of the day so many units
    ahead; of hours, so many hours."""
    if op == "last_n":
        return bounds_of(Last(n, unit), as_of=as_of, zone=zone)
    today = as_of.astimezone(zone).date()
    day = shift(today, n, unit) if unit != "hours" else None
    end = _moved(as_of, n) if unit == "hours" else midnight(shift(day, 1, "days") if day else None, zone)
    return Bounds(Edge(as_of, included=False), _at(end, included=False))


def _at(instant: datetime | None, *, included: bool) -> Edge | None:
    return None if instant is None else Edge(instant, included)


def _edges(window: PastWindow, *, as_of: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From when (included; None: from the beginning) to before when (None: up to `as_of`) a window reaches."""
    today = as_of.astimezone(zone).date()
    match window:
        case Ever():
            return None, None
        case Last(n, "hours"):
            return _moved(as_of, -n), None
        case Last(n, unit):
            return midnight(shift(today, -n, unit), zone), None
        case Between(from_on, to_on):
            return midnight(from_on, zone), _next_midnight(to_on, zone)
        case Ago(from_n, to_n, "hours"):
            return _moved(as_of, -from_n), _moved(as_of, -to_n) or _FIRST
        case Ago(from_n, to_n, unit):
            ends_at = midnight(shift(today, -to_n, unit), zone)
            return midnight(shift(today, -from_n, unit), zone), ends_at or _FIRST
        case CalendarPeriod(which, unit):
            first = first_day(today, unit)
            if which == "this":
                return midnight(first, zone), None
            return midnight(first_day(first - timedelta(days=1), unit), zone), midnight(first, zone)


_FIRST = datetime(1, 1, 2, tzinfo=UTC)


def midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which `day` begins in `zone`; where clocks skip midnight, the first instant after. None for
    None."""
    if day is None or day.year < 2 or day.year > 9998:
        return None
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _next_midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None or day.year > 9998 else midnight(day + timedelta(days=1), zone)


def _moved(at: datetime, hours: int) -> datetime | None:
    try:
        return at + timedelta(hours=hours)
    except OverflowError:
        return None


def shift(day: date, n: int, unit: str) -> date | None:
    """`day` moved by `n` days, weeks, months or years; the last day of the month where it has no such day. None beyond
    the calendar."""
    try:
        if unit == "days":
            return day + timedelta(days=n)
        if unit == "weeks":
            return day + timedelta(weeks=n)
        months = day.year * 12 + day.month - 1 + n * (12 if unit == "years" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return None


def first_day(day: date, unit: str) -> date:
    """The first day of the week (Monday), month, quarter or year that `day` is in."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return date(day.year, month, 1)


def days_of(period: CalendarPeriod, today: date) -> tuple[date, date]:
    """The first and the last day of a calendar period. Raises OverflowError beyond the calendar."""
    begins = first_day(today, period.unit)
    after = _following(begins, period.unit)
    match period.which:
        case "last":
            return first_day(begins - timedelta(days=1), period.unit), begins - timedelta(days=1)
        case "next":
            return after, _following(after, period.unit) - timedelta(days=1)
        case _:
            return begins, after - timedelta(days=1)


def _following(begins: date, unit: str) -> date:
    """The first day of the period after the one that begins then."""
    days = {"week": 7, "month": 31, "quarter": 92, "year": 366}[unit]
    return first_day(begins + timedelta(days=days), unit)
