"""Reads: what points are worth."""

from __future__ import annotations

from datetime import UTC, datetime

from huike.kernel.money import Money
from huike.ledger.rules import Gone
from huike.loyalty.errors import PointsOfNobody
from huike.loyalty.points import reading
from huike.loyalty.points.rules import expires_at, points_for, usable_points, warned_on, worth_minor
from huike.loyalty.points.schemas import SpendExampleIn, SpendExampleOut
from huike.platform.config import get_config


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


def example(body: SpendExampleIn) -> SpendExampleOut:
    """What an imagined member may pay with, until when she keeps what she earns, and what a return costs her."""
    spending, gone, zone = body.spending, body.returns.gone, get_config().zone
    usable = usable_points(body.balance, body.net_minor, spending)
    expires = expires_at(body.placed_at, body.lapse, zone)
    return SpendExampleOut(
        balance_minor=worth_minor(body.balance, spending),
        usable=usable,
        pays_minor=worth_minor(usable, spending),
        expires_at=None if expires is None else expires.astimezone(UTC),
        warned_on=warned_on(expires, body.lapse, zone),
        gone=gone,
        owed=body.gone_points if gone == Gone.OWED else 0,
        charged_minor=worth_minor(body.gone_points, spending) if gone == Gone.CHARGED else 0,
    )
