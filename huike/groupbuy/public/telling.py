"""Amounts, times and durations as people read them on a public page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from huike.kernel.money import Money
from huike.platform.config import get_config

_A_MOMENT: Final = timedelta(microseconds=1)


def price(amount: Money) -> str:
    """`¥79`, `¥9.90`, `CHF 12.50`: with its minor units where there are any."""
    return amount.written()


def size_of(size: int, words: Mapping[str, str]) -> str:
    """`2 人团`; of one it is no group."""
    return words["of_size"].format(size=size) if size > 1 else words["of_one"]


def moment(at: datetime) -> str:
    """`2026-06-01 20:00`, in the operator's zone."""
    return f"{at.astimezone(get_config().zone):%Y-%m-%d %H:%M}"


def last_day(until: datetime) -> str:
    """The last day of what ends at `until`, excluding that instant."""
    return day((until.astimezone(get_config().zone) - _A_MOMENT).date())


def day(on: date) -> str:
    return on.isoformat()


def duration(left: timedelta, words: Mapping[str, str]) -> str:
    """How long it still takes, in the two greatest units that matter; the script of the page counts on from there."""
    minutes = max(0, int(left.total_seconds())) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return words["days_hours"].format(days=days, hours=hours)
    if hours:
        return words["hours_minutes"].format(hours=hours, minutes=rest)
    return words["minutes"].format(minutes=max(1, rest)) if minutes else words["ends_soon"]


def weekdays(days: list[int], words: Mapping[str, str]) -> str:
    """`周一至周五`, `Mon–Fri`, `周六、周日`."""
    names = words["weekdays"].split(",") if "," in words["weekdays"] else list(words["weekdays"])
    told = [words["weekday_prefix"] + names[number - 1] for number in sorted(set(days))]
    runs_on = len(told) > 2 and max(days) - min(days) == len(told) - 1
    if runs_on:
        return f"{told[0]}–{told[-1]}"
    return ", ".join(told) if "," in words["weekdays"] else "、".join(told)


def shown_name(name: str) -> str:
    """Who is in a group, as strangers may know her: `王**`, `A**`; two stars where there is no name."""
    return f"{name.strip()[:1]}**"
