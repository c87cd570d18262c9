"""Reads: what points are worth."""

from __future__ import annotations

from datetime import datetime

from huike.kernel.money import Money
from huike.loyalty.errors import PointsOfNobody
from huike.loyalty.points import reading
from huike.loyalty.points.rules import points_for, worth_minor


def worth_now(points: int, *, now: datetime) -> Money:
    """What so many points pay under the terms in effect, rounded down. Raises PointsOfNobody without a programme."""
    programme = reading.running()
    version = programme.terms_at(now) if programme else None
    if programme is None or version is None:
        raise PointsOfNobody
    return Money(worth_minor(points, version.document.spending), programme.currency)


def cost_of(amount_minor: int, *, at: datetime) -> int:
    """The points a payment of so much money cost at this instant; 0 while no programme had terms."""
    programme = reading.running()
    version = programme.terms_at(at) if programme else None
    return 0 if version is None else points_for(amount_minor, version.document.spending)
