"""How much of what is outstanding will be used. Pure; `docs/algorithms/liability.md` is the specification."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

LEAST_COHORTS: Final = 3
LEAST_POINTS: Final = 1_000

Month = int
"""A calendar month as a number: year × 12 + month − 1, so that their difference is a number of months."""


def month_number(year: int, month: int) -> Month:
    return year * 12 + month - 1


def month_text(month: Month) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


@dataclass(frozen=True, slots=True)
class Left:
    """What came in one month and ends with one month: how much came, and how much is left. None: it never ends."""

    came: Month
    ends: Month | None
    issued: int
    left: int


@dataclass(frozen=True, slots=True)
class Age:
    """What is known of one age: how many cohorts completed it, what they were issued and used of it then."""

    age: int
    cohorts: int
    issued: int
    used: int

    @property
    def is_known(self) -> bool:
        return self.cohorts >= LEAST_COHORTS and self.issued >= LEAST_POINTS

    @property
    def rate(self) -> Fraction:
        return min(max(Fraction(self.used, self.issued), Fraction(0)), Fraction(1)) if self.issued else Fraction(0)


def ages_of(issued: Mapping[Month, int], used: Mapping[tuple[Month, int], int], *, now: Month) -> list[Age]:
    """What is known of each age, from what cohorts were issued and used of it by (cohort, age); only ages they have
    completed count."""
    oldest = min(issued, default=now)
    ages = []
    for age in range(now - oldest):
        done = [cohort for cohort in issued if cohort + age < now]
        ages.append(Age(age, len(done), sum(issued[one] for one in done), sum(used.get((one, age), 0) for one in done)))
    return ages


@dataclass(frozen=True, slots=True)
class Expected:
    """What will be used and what will expire of something outstanding; `untold` is what of the first is only assumed,
    because nothing is known."""

    use: int
    breakage: int
    untold: int

    def __add__(self, other: Expected) -> Expected:
        return Expected(self.use + other.use, self.breakage + other.breakage, self.untold + other.untold)


NOTHING: Final = Expected(0, 0, 0)


def expected_of(one: Left, ages: Mapping[int, Age], *, now: Month) -> Expected:
    """Use is rounded up: rather too much is set aside than too little."""
    if one.ends is None:
        return Expected(one.left, 0, one.left)
    ahead = [ages.get(age) for age in range(max(now - one.came, 0), one.ends - one.came + 1)]
    known = [age.rate for age in ahead if age is not None and age.is_known]
    if len(known) < len(ahead):
        return Expected(one.left, 0, one.left)
    use = min(one.left, -(-(one.issued * sum(known, Fraction(0))) // 1))
    return Expected(int(use), one.left - int(use), 0)


def expected_by_end(
    lots: Iterable[Left], ages: Iterable[Age], *, now: Month
) -> dict[Month | None, tuple[int, Expected]]:
    """What is left and expected of everything outstanding, by the month it ends with."""
    by_age = {age.age: age for age in ages}
    found: dict[Month | None, tuple[int, Expected]] = defaultdict(lambda: (0, NOTHING))
    for one in lots:
        left, expected = found[one.ends]
        found[one.ends] = (left + one.left, expected + expected_of(one, by_age, now=now))
    return dict(found)
