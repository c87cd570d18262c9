"""Bodies of Today and search."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huike.platform.job_schema import JobOut
from huike.platform.schema import Schema


class Against(Schema):
    """Today so far, and the same weekday last week up to the same time of the clock."""

    today: int
    same_day_last_week: int


class Figures(Schema):
    """`revenue` in minor units of the operator's currency, returns taken away."""

    revenue: Against
    orders: Against
    new_customers: Against
    returning_customers: Against


class Hour(Schema):
    """One hour of the operator's clock. Today's figures are null for hours that have not begun."""

    hour: int
    revenue_minor: int | None
    orders: int | None
    last_week_revenue_minor: int
    last_week_orders: int


class AlertOut(Schema):
    code: str
    params: dict[str, Any]
    link: str


class TodayOut(Schema):
    as_of: datetime
    currency: str
    figures: Figures
    series: list[Hour]
    alerts: list[AlertOut]
    jobs: list[JobOut]


class FoundCustomer(Schema):
    id: int
    name: str
    masked_phone: str | None


class FoundOrder(Schema):
    id: int
    external_id: str
    customer_id: int | None
    placed_at: datetime


class FoundNamed(Schema):
    id: int
    name: str


class FoundOut(Schema):
    """At most eight of each kind that the caller may read; the others are empty."""

    customers: list[FoundCustomer]
    orders: list[FoundOrder]
    segments: list[FoundNamed]
    campaigns: list[FoundNamed]
    offers: list[FoundNamed]

    @classmethod
    def nothing(cls) -> FoundOut:
        return cls(customers=[], orders=[], segments=[], campaigns=[], offers=[])
