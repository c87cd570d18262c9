"""Instants as clocks on the operator's walls show them, on every engine alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from huike.segments.meaning.compare import at

_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)


def local(column: Any, zone: ZoneInfo, *, until: datetime) -> Any:
    """The instants of a column, moved by the zone's offset as it was: their year, month and day are those of the zone.
    Before 1970 and after `until` the nearest offset stands."""
    first, *changes = offsets(zone, until)
    moved = _moved(column, first[1])
    for since, offset in changes:
        moved = ibis.ifelse(column >= at(since), _moved(column, offset), moved)
    return moved


def _moved(column: Any, offset: timedelta) -> Any:
    seconds = int(offset.total_seconds())
    return column + ibis.interval(seconds=seconds) if seconds >= 0 else column - ibis.interval(seconds=-seconds)


@lru_cache(maxsize=8)
def offsets(zone: ZoneInfo, until: datetime) -> tuple[tuple[datetime, timedelta], ...]:
    """From when on which offset from UTC holds: exact to the second. (A change that was taken back within a week is not
    seen; no zone has had one since 1970.)"""
    found = [(_SINCE, _offset(zone, _SINCE))]
    instant = _SINCE
    while instant < until:
        later = instant + _STEP
        if _offset(zone, later) != found[-1][1]:
            low, high = instant, later
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (low, middle) if _offset(zone, middle) != found[-1][1] else (middle, high)
            found.append((high, _offset(zone, high)))
        instant = later
    return tuple(found)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
