"""When the Chinese year makes people buy: lunar festivals, shopping festivals, summer and winter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
from lunar_python import Lunar
from numpy.typing import NDArray

# (lunar month, lunar day, days of build-up before it, days after, height of the peak over a plain day)
_LUNAR: Final[dict[str, tuple[int, int, int, int, float]]] = {
    "spring_festival": (1, 1, 21, 2, 1.1),
    "lantern": (1, 15, 4, 1, 0.6),
    "dragon_boat": (5, 5, 10, 1, 0.9),
    "mid_autumn": (8, 15, 18, 1, 1.3),
}
# (month, day, days before, days after, height)
_SOLAR: Final[dict[str, tuple[int, int, int, int, float]]] = {
    "qingming": (4, 5, 14, 3, 0.5),
    "may_day": (5, 1, 1, 4, 0.5),
    "618": (6, 18, 3, 1, 0.8),
    "national_day": (10, 1, 0, 6, 0.7),
    "double_eleven": (11, 11, 2, 1, 1.2),
    "double_twelve": (12, 12, 1, 1, 0.5),
}
_WEEKDAY: Final = (0.86, 0.85, 0.88, 0.93, 1.12, 1.27, 1.18)


def festival_weights(name: str, *, start_on: date, days: int) -> NDArray[np.float64]:
    """How strongly a festival is felt on each of `days` days from `start_on`: 0 outside, rising to 1 on its eve.

    Also answers `summer` (June to September) and `winter` (November to March), and "" (always 1).
    """
    if name == "":
        return np.ones(days)
    dates = [start_on + timedelta(days=i) for i in range(days)]
    if name in {"summer", "winter"}:
        months = {"summer": {6, 7, 8, 9}, "winter": {11, 12, 1, 2, 3}}[name]
        return np.array([1.0 if day.month in months else 0.12 for day in dates])
    weights = np.zeros(days)
    for year in range(start_on.year - 1, dates[-1].year + 2):
        on, before, after = _occurrence(name, year)
        for offset in range(-before, after + 1):
            index = (on - start_on).days + offset
            if 0 <= index < days:
                rise = 1 - abs(offset) / (before + 1) if offset <= 0 else 1 - offset / (after + 1)
                weights[index] = max(weights[index], rise)
    return weights


def _occurrence(name: str, year: int) -> tuple[date, int, int]:
    if name in _LUNAR:
        month, day, before, after, _ = _LUNAR[name]
        solar = Lunar.fromYmd(year, month, day).getSolar()
        return date(solar.getYear(), solar.getMonth(), solar.getDay()), before, after
    month, day, before, after, _ = _SOLAR[name]
    return date(year, month, day), before, after


def demand(*, start_on: date, days: int) -> NDArray[np.float64]:
    """The brand's demand on each day against a plain Wednesday at the start: week, year, festivals."""
    dates = [start_on + timedelta(days=i) for i in range(days)]
    week = np.array([_WEEKDAY[day.weekday()] for day in dates])
    angle = 2 * np.pi * (np.array([day.timetuple().tm_yday for day in dates]) - 200) / 365.25
    year = 1 + 0.16 * np.cos(angle)  # tea is drunk in summer: the peak lies in mid July
    level = week * year
    for name, (*_, height) in {**_LUNAR, **_SOLAR}.items():
        level = level * (1 + height * festival_weights(name, start_on=start_on, days=days))
    return level
