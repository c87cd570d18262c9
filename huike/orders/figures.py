"""Sales figures of a span of time, straight from the orders: for the day, not for years (those are the lake's).

An order counts where it is placed and in one currency; a return takes its amount away and is no order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from huike.kernel.scope import Scope

_SPAN = """
      o.placed_at >= %(starts_at)s AND o.placed_at < %(ends_at)s
  AND o.currency = %(currency)s AND o.state = 'placed'
  AND (%(all_stores)s OR o.store_id = ANY(%(store_ids)s))
"""
_SUMS = "COALESCE(sum(o.net_minor), 0)::bigint, count(*) FILTER (WHERE o.kind = 'sale')"


@dataclass(frozen=True, slots=True)
class Sales:
    net_minor: int
    orders: int


@dataclass(frozen=True, slots=True)
class Buyers:
    """People who bought in the span: for the first time ever, or again. Orders without a person are not counted."""

    new: int
    returning: int


def sales(*, starts_at: datetime, ends_at: datetime, currency: str, scope: Scope) -> Sales:
    """Revenue (returns taken away) and number of sales in [starts_at, ends_at)."""
    sql = f"SELECT {_SUMS} FROM orders_order o WHERE {_SPAN}"  # noqa: S608 - constant SQL
    return Sales(*_one(sql, starts_at, ends_at, currency, scope))


def sales_by_hour(
    *, starts_at: datetime, ends_at: datetime, currency: str, scope: Scope, timezone: str
) -> dict[int, Sales]:
    """The same by hour of the clock in `timezone` (0 to 23); hours without orders are absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT extract(hour FROM o.placed_at AT TIME ZONE %(timezone)s)::int, {_SUMS}
              FROM orders_order o WHERE {_SPAN} GROUP BY 1
            """,  # noqa: S608 - constant SQL
            {**_parameters(starts_at, ends_at, currency, scope), "timezone": timezone},
        )
        return {hour: Sales(net_minor, orders) for hour, net_minor, orders in cursor.fetchall()}


def buyers(*, starts_at: datetime, ends_at: datetime, currency: str, scope: Scope) -> Buyers:
    """Who bought in [starts_at, ends_at). New is whose first order ever lies in it."""
    return Buyers(
        *_one(
            f"""
            SELECT count(*) FILTER (WHERE c.first_order_at >= %(starts_at)s),
                   count(*) FILTER (WHERE c.first_order_at < %(starts_at)s)
              FROM (SELECT DISTINCT o.customer_id FROM orders_order o
                     WHERE {_SPAN} AND o.kind = 'sale' AND o.customer_id IS NOT NULL) b
              JOIN customers_customer c ON c.id = b.customer_id
            """,  # noqa: S608 - constant SQL
            starts_at,
            ends_at,
            currency,
            scope,
        )
    )


def _one(sql: str, starts_at: datetime, ends_at: datetime, currency: str, scope: Scope) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, _parameters(starts_at, ends_at, currency, scope))
        first, second = cursor.fetchone()
        return int(first), int(second)


def _parameters(starts_at: datetime, ends_at: datetime, currency: str, scope: Scope) -> dict[str, Any]:
    return {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "currency": currency,
        "all_stores": scope.all_stores,
        "store_ids": sorted(scope.store_ids),
    }
