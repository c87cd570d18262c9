"""When a segment is asked again. Pure; `docs/algorithms/memberships.md`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from huike.segments.models import Segment

Cadence = Segment.Cadence

FEW = 10_000
"""Of so many customers it is asked by themselves, at most."""
REST_AT_LEAST = timedelta(minutes=1)
REST_AT_MOST = timedelta(minutes=15)
RESTS_FOR_A_QUESTION = 20
SECONDS_NOT_KNOWN = 45.0
"""What a whole question is taken to last before it was asked once."""

_SLOTS = {Cadence.QUARTERS: timedelta(minutes=15), Cadence.HOURLY: timedelta(hours=1)}


def latest_slot(cadence: Cadence, at_hour: int, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the latest slot began, `now` included; None by hand."""
    if cadence is Cadence.BY_HAND:
        return None
    if cadence is Cadence.NIGHTLY:
        today = now.astimezone(zone).date()
        begun = [_at_hour(today - timedelta(days=back), at_hour, zone) for back in (0, 1)]
        return next(slot for slot in begun if slot <= now)
    local = now.astimezone(zone)
    into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return now - into_hour % _SLOTS[cadence]


def next_slot(cadence: Cadence, at_hour: int, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the next slot begins, after `now`; None by hand."""
    latest = latest_slot(cadence, at_hour, now, zone)
    if latest is None:
        return None
    if cadence is Cadence.NIGHTLY:
        return _at_hour(latest.astimezone(zone).date() + timedelta(days=1), at_hour, zone)
    return latest + _SLOTS[cadence]


def _at_hour(day: date, at_hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(at_hour), zone).astimezone(UTC)


def is_due(cadence: Cadence, at_hour: int, tried_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    slot = latest_slot(cadence, at_hour, now, zone)
    return slot is not None and (tried_at is None or tried_at < slot)


def rest_between(whole_seconds: Iterable[float | None]) -> timedelta:
    """How long a segment that only changes are the reason to ask wholly stands before it is asked so again: where the
    questions of all that wait for it last so long (None: not known yet), they take a twentieth of the time."""
    lasting = sum(SECONDS_NOT_KNOWN if seconds is None else seconds for seconds in whole_seconds)
    return min(max(REST_AT_LEAST, timedelta(seconds=RESTS_FOR_A_QUESTION * lasting)), REST_AT_MOST)
