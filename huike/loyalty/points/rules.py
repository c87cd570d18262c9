"""How many points money is, and when points are over. Pure; `docs/algorithms/points.md` is the specification."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from huike.loyalty.terms.lapse import Lapse, LapseKind
from huike.loyalty.terms.spending import Spending


def points_for(amount_minor: int, spending: Spending) -> int:
    """The points a payment of so much money costs: never too few."""
    return -(-amount_minor * spending.points // spending.worth_minor)


def worth_minor(points: int, spending: Spending) -> int:
    """The money so many points are, rounded down."""
    return points * spending.worth_minor // spending.points


def usable_points(balance: int, net_minor: int, spending: Spending) -> int:
    """The most points that may pay for an order, in whole steps of `spending.points`; 0 where the least is more."""
    share_minor = net_minor * spending.most_share_bp // 10_000
    steps = min(max(balance, 0) // spending.points, share_minor // spending.worth_minor)
    points = steps * spending.points
    return points if points >= max(spending.least_points, 1) else 0


def expires_at(placed_at: datetime, lapse: Lapse, zone: ZoneInfo) -> datetime | None:
    """The first instant at which points of a purchase are over; None where they never are."""
    day = placed_at.astimezone(zone).date()
    if lapse.kind == LapseKind.NEVER:
        return None
    if lapse.kind == LapseKind.END_OF_YEAR:
        return _beginning(date(day.year + lapse.years + 1, 1, 1), zone)
    return _beginning(_months_later(day, lapse.months) + timedelta(days=1), zone)


def warned_on(expires: datetime | None, lapse: Lapse, zone: ZoneInfo) -> date | None:
    """The day on which their owner is told that points are over at `expires`; None where nobody is."""
    if expires is None or lapse.warn_days == 0:
        return None
    last_day = expires.astimezone(zone).date() - timedelta(days=1)
    return last_day - timedelta(days=lapse.warn_days)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _beginning(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def earns_from(joined_at: datetime, back_days: int, zone: ZoneInfo) -> datetime:
    """From when on a member's purchases earn."""
    return _beginning(joined_at.astimezone(zone).date() - timedelta(days=back_days), zone)
