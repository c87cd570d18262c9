"""How often buyers complain with reason. Pure; `docs/algorithms/merchants.md`, section 5, is the specification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from huike.groupbuy.merchants.terms import ComplaintRules


class Level(StrEnum):
    FINE = "fine"
    WARNED = "warned"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rate` is what the share of buyers with a just complaint is at least, at 95 %; `level` what follows from it."""

    upheld: int
    redemptions: int
    rate: float
    level: Level


def least_share(upheld: int, redemptions: int, *, least_redemptions: int) -> float:
    """The lower end of Wilson's interval (1927) at 95 %, of at least so many redemptions."""
    from scipy.stats import binomtest  # takes a second to load

    n = max(redemptions, least_redemptions)
    if upheld <= 0:
        return 0.0
    return float(binomtest(min(upheld, n), n).proportion_ci(confidence_level=0.95, method="wilson").low)


def judge(upheld: int, redemptions: int, rules: ComplaintRules) -> Verdict:
    rate = least_share(upheld, redemptions, least_redemptions=rules.least_redemptions)
    if rate * 10_000 >= rules.suspends_at_bp:
        level = Level.SUSPENDED
    elif rate * 10_000 >= rules.warns_at_bp:
        level = Level.WARNED
    else:
        level = Level.FINE
    return Verdict(upheld, redemptions, rate, level)


def window_starts_at(now: datetime, rules: ComplaintRules, *, reinstated_at: datetime | None) -> datetime:
    """From when on complaints and redemptions count: what a person weighed when lifting a suspension does not."""
    start = now - timedelta(days=rules.window_days)
    return start if reinstated_at is None else max(start, reinstated_at)
