"""Who gets which arm, and what the difference between two groups means. `docs/algorithms/experiments.md` specifies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Final

from huike.kernel.buckets import stable_fraction
from huike.kernel.money import allocate

CONTROL: Final = 0
SMALL_AUDIENCE: Final = 1_000
LEAST_PEOPLE: Final = 30
LEAST_BUYERS: Final = 5
CONFIDENCE: Final = 0.95


def fraction_of(*, experiment_id: int, customer_id: int) -> float:
    """A person's place in [0, 1) within an experiment."""
    return stable_fraction(salt=f"experiment:{experiment_id}", key=customer_id)


def arm_by_hash(fraction: float, *, control_bp: int, arm_shares_bp: Sequence[int]) -> int:
    """The arm at this place: control first, then the treatment arms by their shares (summing to 10,000) of the rest."""
    place = fraction * 10_000
    if place < control_bp:
        return CONTROL
    rest = (place - control_bp) / (10_000 - control_bp) * sum(arm_shares_bp)
    reached = 0
    for number, share_bp in enumerate(arm_shares_bp, start=1):
        reached += share_bp
        if rest < reached:
            return number
    return len(arm_shares_bp)


def control_count(people_count: int, *, control_bp: int) -> int:
    """How many of a small audience are kept as control: the share, rounded half to even, and at least one and not all
    where there is a share and anybody to share."""
    exact = Decimal(people_count) * control_bp / 10_000
    wanted = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    if control_bp == 0 or people_count < 2:
        return 0
    return min(max(wanted, 1), people_count - 1)


def arms_by_permutation(
    strata: Mapping[int, str], *, experiment_id: int, control_bp: int, arm_shares_bp: Sequence[int]
) -> dict[int, int]:
    """Arms for a small audience, given each person's stratum: exact in total, balanced within strata, and the same for
    the same people and experiment."""
    groups: dict[str, list[int]] = {}
    for customer_id, stratum in strata.items():
        groups.setdefault(stratum, []).append(customer_id)
    names = sorted(groups)
    for people in groups.values():
        people.sort(key=lambda one: (fraction_of(experiment_id=experiment_id, customer_id=one), one))
    total = control_count(len(strata), control_bp=control_bp)
    controls = _split(total, [len(groups[name]) for name in names])
    assigned: dict[int, int] = {}
    treated: dict[str, list[int]] = {}
    for name, count in zip(names, controls, strict=True):
        assigned.update(dict.fromkeys(groups[name][:count], CONTROL))
        treated[name] = groups[name][count:]
    # Each arm in turn takes its exact total, shared out over what the strata have left.
    left = sum(len(people) for people in treated.values())
    targets = allocate(left, list(arm_shares_bp)) if left else [0] * len(arm_shares_bp)
    for number, target in enumerate(targets, start=1):
        parts = _split(target, [len(treated[name]) for name in names])
        for name, count in zip(names, parts, strict=True):
            assigned.update(dict.fromkeys(treated[name][:count], number))
            treated[name] = treated[name][count:]
    return assigned


def _split(total: int, sizes: Sequence[int]) -> list[int]:
    """Largest remainders; no part exceeds its size, since total ≤ Σ sizes and a full part has no remainder."""
    return allocate(total, list(sizes)) if sizes else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group's outcome as exact sums over all its people, those who did not buy included as 0 (minor units)."""

    people_count: int
    buyers_count: int
    sum_minor: int
    sum_of_squares: int

    @property
    def mean_minor(self) -> Fraction:
        return Fraction(self.sum_minor, self.people_count) if self.people_count else Fraction(0)

    @property
    def variance(self) -> Fraction:
        """Sample variance; 0 for fewer than two people."""
        n = self.people_count
        if n < 2:
            return Fraction(0)
        return (self.sum_of_squares - Fraction(self.sum_minor**2, n)) / (n - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The difference in mean per person, treated minus control, in minor units, with its 95 % interval."""

    difference_minor: float
    low_minor: float
    high_minor: float
    p_value: float
    degrees_of_freedom: float
    relative: float | None


@dataclass(frozen=True, slots=True)
class NotEnough:
    """Why no interval is given; `params` say what there is and what is needed."""

    reason: str
    params: dict[str, int | str]


def compare(treated: Group, control: Group) -> Comparison | NotEnough:
    """Welch's t-interval for the difference of means (Welch 1947; degrees of freedom by Satterthwaite 1946)."""
    lacking = _lacking(treated, control)
    if lacking is not None:
        return lacking
    from scipy.special import stdtr, stdtrit  # takes a third of a second to load

    difference = float(treated.mean_minor - control.mean_minor)
    a = float(treated.variance / treated.people_count)
    b = float(control.variance / control.people_count)
    error = math.sqrt(a + b)
    freedom = (a + b) ** 2 / (a**2 / (treated.people_count - 1) + b**2 / (control.people_count - 1))
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    return Comparison(
        difference_minor=difference,
        low_minor=difference - reach,
        high_minor=difference + reach,
        p_value=2 * float(stdtr(freedom, -abs(difference) / error)),
        degrees_of_freedom=freedom,
        relative=float(difference / control.mean_minor) if control.mean_minor > 0 else None,
    )


def _lacking(treated: Group, control: Group) -> NotEnough | None:
    if control.people_count == 0:
        return NotEnough("no_control", {})
    for name, group in (("treated", treated), ("control", control)):
        if group.people_count < LEAST_PEOPLE:
            return NotEnough("too_few_people", {"group": name, "have": group.people_count, "need": LEAST_PEOPLE})
    buyers_count = treated.buyers_count + control.buyers_count
    if buyers_count < LEAST_BUYERS:
        return NotEnough("too_few_buyers", {"have": buyers_count, "need": LEAST_BUYERS})
    if treated.variance == 0 and control.variance == 0:
        return NotEnough("no_variance", {})
    return None
