"""The operator's day against the same day a week before. Pure: the instant and the zone are arguments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Span:
    """[starts_at, ends_at), aware."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DayAgainstWeek:
    """Today so far; the same weekday a week before up to the same time of the clock; and the whole of that day."""

    so_far: Span
    same_time: Span
    whole_day_before: Span
    hour_now: int


def day_against_week(now: datetime, zone: ZoneInfo) -> DayAgainstWeek:
    """Days are counted by the calendar of `zone`, so that a change of the clock in between moves nothing."""
    local = now.astimezone(zone)
    before = local.date() - timedelta(days=7)
    starts_before = _midnight(before, zone)
    same_clock = datetime.combine(before, local.time(), zone)
    return DayAgainstWeek(
        so_far=Span(_midnight(local.date(), zone), now),
        same_time=Span(starts_before, same_clock),
        whole_day_before=Span(starts_before, _midnight(before + timedelta(days=1), zone)),
        hour_now=local.hour,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
