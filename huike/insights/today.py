"""The figures of Today."""

from __future__ import annotations

from datetime import datetime

from huike.insights.days import DayAgainstWeek, Span, day_against_week
from huike.insights.schemas import Against, Figures, Hour
from huike.kernel.scope import Scope
from huike.orders import figures
from huike.platform.config import get_config


def figures_of_the_day(now: datetime, *, scope: Scope) -> tuple[Figures, list[Hour]]:
    """Headline figures, and revenue and orders by hour, in the operator's zone and currency, within `scope`."""
    config = get_config()
    day = day_against_week(now, config.zone)
    return _headlines(day, currency=config.currency, scope=scope), _hours(
        day, currency=config.currency, scope=scope, timezone=config.timezone
    )


def _headlines(day: DayAgainstWeek, *, currency: str, scope: Scope) -> Figures:
    def both(span: Span) -> tuple[figures.Sales, figures.Buyers]:
        return (
            figures.sales(starts_at=span.starts_at, ends_at=span.ends_at, currency=currency, scope=scope),
            figures.buyers(starts_at=span.starts_at, ends_at=span.ends_at, currency=currency, scope=scope),
        )

    sales, buyers = both(day.so_far)
    sales_before, buyers_before = both(day.same_time)
    return Figures(
        revenue=Against(today=sales.net_minor, same_day_last_week=sales_before.net_minor),
        orders=Against(today=sales.orders, same_day_last_week=sales_before.orders),
        new_customers=Against(today=buyers.new, same_day_last_week=buyers_before.new),
        returning_customers=Against(today=buyers.returning, same_day_last_week=buyers_before.returning),
    )


def _hours(day: DayAgainstWeek, *, currency: str, scope: Scope, timezone: str) -> list[Hour]:
    def by_hour(span: Span) -> dict[int, figures.Sales]:
        return figures.sales_by_hour(
            starts_at=span.starts_at, ends_at=span.ends_at, currency=currency, scope=scope, timezone=timezone
        )

    today, before, nothing = by_hour(day.so_far), by_hour(day.whole_day_before), figures.Sales(0, 0)
    hours = []
    for hour in range(24):
        now = today.get(hour, nothing) if hour <= day.hour_now else None
        then = before.get(hour, nothing)
        hours.append(
            Hour(
                hour=hour,
                revenue_minor=None if now is None else now.net_minor,
                orders=None if now is None else now.orders,
                last_week_revenue_minor=then.net_minor,
                last_week_orders=then.orders,
            )
        )
    return hours
