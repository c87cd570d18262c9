"""What a rule would have cost: the lake's purchases of a period, under it and under the terms in effect now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis

from huike.kernel.money import to_minor
from huike.lake.engine import Reading, get_engine
from huike.lake.registry import WATERMARK
from huike.loyalty.earning import over_the_lake
from huike.loyalty.earning.over_the_lake import Asked
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.spending import Spending
from huike.orders import kept
from huike.orders.lake import ORDERS, PAYMENTS

__all__ = ["Asked", "Cost", "Simulated", "cost_minor", "lines_of", "simulate"]

LONGEST_SECONDS: Final = 1_800.0
MOST_SHOWN: Final = 50
_BY: Final = ("month", "tier", "store_id", "category_id")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a part of the purchases: how many orders and people, what they paid and kept, and the points they earned."""

    orders: int = 0
    customers: int = 0
    net_minor: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """`by` are the parts by month (year × 12 + month − 1), tier, store and category; None where there is none."""

    whole: Cost
    by: Mapping[str, Mapping[str | None, Cost]] = field(default_factory=dict)
    fresh_at: datetime | None = None


def simulate(asked: Asked, *, reading: Reading) -> Simulated:
    """Ask the lake. Raises the engine's errors."""
    lines = lines_of(asked, reading=reading)
    parts = [lines.mutate(by=ibis.literal("whole"), key=ibis.null("string"))]
    parts += [lines.mutate(by=ibis.literal(name), key=lines[name].cast("string")) for name in _BY]
    asking = ibis.union(*[
        part.group_by("by", "key").aggregate(
            orders=part.order_id.nunique(),
            customers=part.customer_id.nunique(where=part.points != 0),
            net=part.net.sum(),
            points=part.points.sum(),
        )
        for part in parts
    ])
    by: dict[str, dict[str | None, Cost]] = {name: {} for name in ("whole", *_BY)}
    for row in reading.table(asking).to_pylist():
        by[row["by"]][row["key"]] = Cost(row["orders"], row["customers"], int(row["net"]), int(row["points"]))
    return Simulated(whole=by.pop("whole").get(None, Cost()), by=by, fresh_at=reading.fresh_at)


def lines_of(asked: Asked, *, reading: Reading) -> Any:
    """The expression of every line with its points. Two small questions come before it: which sets of multipliers hold
    for any line, and what is left of payments where nobody told how a return was refunded."""
    orders = over_the_lake.purchases(asked)
    rows = over_the_lake.lines_with_rules(asked, orders)
    sets = sorted(reading.table(rows.select("rules").distinct()).column("rules").to_pylist())
    corrected = _untold_refunds(asked, orders, reading)
    return over_the_lake.points(asked, rows, sets=sets, corrected=corrected)


def _untold_refunds(asked: Asked, orders: Any, reading: Reading) -> dict[int, int]:
    ...
