"""Where days, months and years begin in the operator's zone."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant a day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def year_begins(at: datetime, zone: ZoneInfo) -> datetime:
    return midnight(date(day_of(at, zone).year, 1, 1), zone)


def year_ends(at: datetime, zone: ZoneInfo, *, more: int = 0) -> datetime:
    """The midnight that ends the year of an instant, or so many years later."""
    return midnight(date(day_of(at, zone).year + 1 + more, 1, 1), zone)


def shifted(day: date, months: int) -> date:
    """The same day of a month before or after; the last one where that month has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_before(at: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The midnight that begins the day so many months before."""
    return midnight(shifted(day_of(at, zone), -months), zone)


def months_after(at: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The midnight that ends the day so many months after."""
    return midnight(shifted(day_of(at, zone), months) + timedelta(days=1), zone)


def days_after(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """So many midnights after one."""
    return midnight(day_of(at, zone) + timedelta(days=days), zone)
