"""Where sales stand now and who bought them, in one statement for one sale or for thousands: a till waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from huike.loyalty.points.reading import BUYER_COLUMNS, BUYER_JOINS, Person, Row, RunningProgramme, person_of
from huike.loyalty.stored_value.reading import Row as ValueRow
from huike.platform import sql
from huike.promotions.applications.selectors import POINT_FACTORS, Factors, factors_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One order: who bought it, where it stands in points and in stored value, and how many times its lines earn by
    offers. None where it is nobody's, or stands at nothing yet."""

    person: Person | None = None
    points: Row | None = None
    value: ValueRow | None = None
    factors: Factors = field(default_factory=dict)


_STANDS = f"""
SELECT o.id, {BUYER_COLUMNS},
       p.customer_id, p.placed_at, p.earned, p.burned, p.order_xid, p.serial,
       v.customer_id, v.currency, v.spent_minor, v.serial,
       {POINT_FACTORS.format(order="o")}
  FROM orders_order o {BUYER_JOINS}
  LEFT JOIN loyalty_order_points p ON p.order_id = o.id
  LEFT JOIN loyalty_order_value v ON v.order_id = o.id
 WHERE o.id = ANY(%(ids)s::bigint[])
"""  # noqa: S608 - fixed texts


def stands_of(order_ids: Iterable[int], programme: RunningProgramme) -> Mapping[int, Stand]:
    """By order. Nobody changes it meanwhile: the caller has locked the orders."""
    return {row[0]: _stand(row) for row in sql.rows(_STANDS, {"ids": list(order_ids), "programme": programme.id})}


def _stand(row: sql.Row) -> Stand:
    order_id, buyer, points, value, factors = row[0], row[1:9], row[9:15], row[15:19], row[19]
    return Stand(
        person=None if buyer[0] is None else person_of(buyer),
        points=None if points[0] is None else Row(order_id, *points),
        value=None if value[0] is None else ValueRow(order_id, *value),
        factors=factors_of(json.loads(factors)) if factors else {},
    )


@dataclass(frozen=True, slots=True)
class Locked:
    """An order of those to be settled, and its buyer; `is_enrolled` where she is a member of the programme."""

    order_id: int
    customer_id: int | None
    is_enrolled: bool


# Returns bring their sales; where a cap is, what was bought after a sale under the same cap comes with it: what it
# earns takes from the cap.
_LOCK = """
WITH asked AS (
    SELECT id, return_of_id FROM orders_order WHERE id = ANY(%(ids)s::bigint[])
), sales AS (
    SELECT id FROM asked UNION SELECT return_of_id FROM asked WHERE return_of_id IS NOT NULL
), capped AS (
    SELECT later.order_id AS id
      FROM sales JOIN orders_order o ON o.id = sales.id
      JOIN loyalty_order_points later ON later.customer_id = o.customer_id AND later.placed_at >= o.placed_at
       AND later.placed_at < o.placed_at + interval '32 days'
     WHERE %(capped)s
)
SELECT o.id, o.customer_id,
       EXISTS (SELECT FROM loyalty_member m WHERE m.customer_id = o.customer_id AND m.programme_id = %(programme)s)
  FROM orders_order o
 WHERE o.id IN (SELECT id FROM sales UNION SELECT id FROM capped)
 ORDER BY o.id
   FOR NO KEY UPDATE OF o
"""


def lock(order_ids: Iterable[int], programme: RunningProgramme, *, with_capped: bool) -> list[Locked]:
    """Whoever settles one of these sales at the same time waits: a till that takes goods back, and the loop."""
    asked = {"ids": sorted(set(order_ids)), "programme": programme.id, "capped": with_capped}
    return [Locked(*row) for row in sql.rows(_LOCK, asked)]
