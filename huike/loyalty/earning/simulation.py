"""What a rule would have cost: the lake's purchases of a period, under it and under the terms in effect now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import ibis

from huike.lake.engine import Reading
from huike.loyalty.earning import over_the_lake
from huike.loyalty.earning.over_the_lake import Asked
from huike.loyalty.terms.spending import Spending
from huike.orders.kept import CameBack, left_of_payments
from huike.orders.lake import ORDERS, PAYMENTS
from huike.segments.meaning.compare import among

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
    # Each line is told once for each part it belongs to, so that it is worked out once.
    belongs = [ibis.struct({"by": "whole", "key": ibis.null("string")})]
    belongs += [ibis.struct({"by": name, "key": lines[name].cast("string")}) for name in _BY]
    told = lines.mutate(part=ibis.array(belongs).unnest())
    asking = told.group_by(by=told.part.by, key=told.part.key).aggregate(
        orders=told.order_id.nunique(),
        customers=told.customer_id.nunique(where=told.points != 0),
        net=told.net.sum(),
        points=told.points.sum(),
    )
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
    """What is left of payments that do not count, of sales paid so with a return that does not say how it refunded:
    each tender gives its part then, which is `kept_payments`' own arithmetic. Few, so they are worked out here."""
    tenders = {tender.value for tender in asked.earning.exclusions.tenders}
    if not tenders:
        return {}
    payments, returns = PAYMENTS.expression, ORDERS.expression
    paid_so = payments.filter((payments.kind == "sale") & among(payments.tender, sorted(tenders)))
    returns = returns.filter((returns.kind == "return") & returns.return_of_id.isin(orders.order_id)).select(
        "id", "placed_at", "net_minor", sale_id=returns.return_of_id
    )
    untold = returns.anti_join(payments, returns.id == payments.order_id)
    sales = untold.semi_join(paid_so, untold.sale_id == paid_so.order_id).select("sale_id").distinct()
    returns = returns.semi_join(sales, "sale_id")
    paid = payments.filter(payments.order_id.isin(returns.sale_id) | payments.order_id.isin(returns.id))

    by_order: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in reading.table(paid).to_pylist():
        by_order[row["order_id"]][row["tender"]] += abs(row["amount_minor"])
    back: dict[int, list[CameBack]] = defaultdict(list)
    for row in reading.table(returns.order_by("placed_at", "id")).to_pylist():
        told = CameBack(row["id"], row["placed_at"], abs(row["net_minor"]), (), dict(by_order[row["id"]]))
        back[row["sale_id"]].append(told)
    return {
        sale_id: sum(
            left for tender, left in left_of_payments(dict(by_order[sale_id]), came_back).items() if tender in tenders
        )
        for sale_id, came_back in back.items()
    }


def cost_minor(points: int, spending: Spending, *, redeemed_bp: int) -> int:
    """What points cost if so many hundredths of a percent of them are spent: their worth, rounded half to even."""
    return round(Fraction(points * spending.worth_minor * redeemed_bp, spending.points * 10_000))
