"""The operator's day against the same day a week before."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from huike.insights.days import Span, day_against_week


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "so_far_from", "same_time", "whole_day"),
    [
        # Shanghai is eight hours ahead: 17:30 UTC on Saturday is Sunday 01:30.
        (
            "Asia/Shanghai",
            "2026-05-09T17:30",
            "2026-05-09T16:00",
            "2026-05-02T16:00/2026-05-02T17:30",
            "2026-05-03T16:00",
        ),
        # London put its clocks forward on 29 March 2026; 10:00 is compared with 10:00, an hour apart in UTC.
        (
            "Europe/London",
            "2026-04-02T09:00",
            "2026-04-01T23:00",
            "2026-03-26T00:00/2026-03-26T10:00",
            "2026-03-27T00:00",
        ),
        # And the day itself that is an hour short.
        (
            "Europe/London",
            "2026-04-05T11:00",
            "2026-04-04T23:00",
            "2026-03-29T00:00/2026-03-29T11:00",
            "2026-03-29T23:00",
        ),
    ],
)
def test_a_day_begins_and_is_compared_by_the_operators_clock(
    zone: str, now: str, so_far_from: str, same_time: str, whole_day: str
) -> None:
    day = day_against_week(utc(now), ZoneInfo(zone))
    begins = utc(same_time.split("/")[0])
    assert day.so_far == Span(utc(so_far_from), utc(now))
    assert day.same_time == Span(begins, utc(same_time.split("/")[1]))
    assert day.whole_day_before == Span(begins, utc(whole_day))
    assert day.hour_now == utc(now).astimezone(ZoneInfo(zone)).hour
