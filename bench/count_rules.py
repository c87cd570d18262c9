"""The rules that counts are measured with, each with the statements a careful person would write by hand: `lake` for
DuckDB on the lake's bare Parquet files, `truth` for PostgreSQL on the product's own tables.

They say exactly what the rule says of the made data (times in UTC, the bench's time zone; sales only; nobody without a
file buys), so that numbers must be equal, not only times be compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

AS_OF = "2026-01-01T00:00:00Z"
"""The made data ends here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`goal_ms` by size, where there is one."""

    name: str
    root: dict[str, Any]
    lake: str = ""
    truth: str = ""
    goal_ms: Mapping[str, int] = field(default_factory=dict)


FIELDS5 = Asked(
    "fields5",
    {
        "all": [
            {"field": "city", "op": "in", "value": ["city1", "city2", "city3", "city5"]},
            {"field": "gender", "op": "eq", "value": "female"},
            {"field": "orders_count", "op": "gte", "value": 2},
            {"field": "spent", "op": "gte", "value": 50_000, "currency": "CNY"},
            {"field": "has_email", "op": "eq", "value": True},
        ]
    },
    """SELECT id FROM customers
        WHERE city IN ('city1', 'city2', 'city3', 'city5') AND gender = 'female' AND orders_count >= 2
          AND spent_currency = 'CNY' AND spent_minor >= 50000 AND has_email""",
    """SELECT id FROM customers_customer
        WHERE state = 'active' AND city IN ('city1', 'city2', 'city3', 'city5') AND gender = 'female'
          AND orders_count >= 2 AND spent_currency = 'CNY' AND spent_minor >= 50000 AND email IS NOT NULL""",
    {"1m": 50, "10m": 150},
)
BOUGHT90D = Asked(
    "bought90d",
    {"bought": {"measure": "lines", "op": "gte", "value": 3, "window": {"last": {"n": 90, "unit": "days"}}}},
    """SELECT customer_id AS id FROM lines
        WHERE placed_at >= TIMESTAMPTZ '2025-10-03 00:00:00+00' AND placed_at < TIMESTAMPTZ '2026-01-01 00:00:00+00'
          AND kind = 'sale' AND customer_id IS NOT NULL
        GROUP BY customer_id HAVING count(*) >= 3""",
    """SELECT o.customer_id AS id FROM orders_order o JOIN orders_line l ON l.order_id = o.id
        WHERE o.placed_at >= TIMESTAMPTZ '2025-10-03 00:00:00+00' AND o.placed_at < TIMESTAMPTZ '2026-01-01 00:00:00+00'
          AND o.kind = 'sale' AND o.state = 'placed' AND o.customer_id IS NOT NULL
        GROUP BY o.customer_id HAVING count(*) >= 3""",
    {"10m": 500},
)
MIXED5 = Asked(
    "mixed5",
    {
        "all": [
            FIELDS5.root["all"][0],
            FIELDS5.root["all"][1],
            FIELDS5.root["all"][4],
            BOUGHT90D.root,
            {
                "not": {
                    "bought": {
                        "measure": "orders",
                        "op": "gte",
                        "value": 1,
                        "window": {"last": {"n": 14, "unit": "days"}},
                    }
                }
            },
        ]
    },
    f"""SELECT id FROM customers
        WHERE city IN ('city1', 'city2', 'city3', 'city5') AND gender = 'female' AND has_email
          AND id IN ({BOUGHT90D.lake})
          AND id NOT IN (SELECT customer_id FROM orders
                          WHERE placed_at >= TIMESTAMPTZ '2025-12-18 00:00:00+00'
                            AND placed_at < TIMESTAMPTZ '2026-01-01 00:00:00+00'
                            AND kind = 'sale' AND customer_id IS NOT NULL)""",
    f"""SELECT id FROM customers_customer c
        WHERE state = 'active' AND city IN ('city1', 'city2', 'city3', 'city5') AND gender = 'female'
          AND email IS NOT NULL AND id IN ({BOUGHT90D.truth})
          AND NOT EXISTS (SELECT 1 FROM orders_order o
                           WHERE o.placed_at >= TIMESTAMPTZ '2025-12-18 00:00:00+00'
                             AND o.placed_at < TIMESTAMPTZ '2026-01-01 00:00:00+00'
                             AND o.kind = 'sale' AND o.state = 'placed' AND o.customer_id = c.id)""",
    {"10m": 500},
)
BOUGHT_EVER = Asked(
    "bought_ever",
    {"bought": {"measure": "net", "op": "gte", "value": 500_000, "currency": "CNY", "window": {"ever": True},
                "where": [{"field": "store", "op": "in", "value": list(range(1, 101))}]}},
    """SELECT customer_id AS id FROM orders
        WHERE currency = 'CNY' AND store_id BETWEEN 1 AND 100 AND customer_id IS NOT NULL
        GROUP BY customer_id HAVING sum(net_minor) >= 500000""",
    """SELECT customer_id AS id FROM orders_order
        WHERE state = 'placed' AND currency = 'CNY' AND store_id BETWEEN 1 AND 100 AND customer_id IS NOT NULL
        GROUP BY customer_id HAVING sum(net_minor) >= 500000""",
    {"10m": 2_000},
)  # fmt: skip
PRODUCTS_EVER = Asked(
    "products_ever",
    {"bought": {"measure": "distinct_products", "op": "gte", "value": 8, "window": {"ever": True}}},
    """SELECT customer_id AS id FROM lines WHERE kind = 'sale' AND customer_id IS NOT NULL
        GROUP BY customer_id HAVING count(DISTINCT product_id) >= 8""",
    """SELECT o.customer_id AS id FROM orders_order o JOIN orders_line l ON l.order_id = o.id
        WHERE o.kind = 'sale' AND o.state = 'placed' AND o.customer_id IS NOT NULL
        GROUP BY o.customer_id HAVING count(DISTINCT l.product_id) >= 8""",
    {"10m": 2_000},
)
RULES = (FIELDS5, BOUGHT90D, MIXED5, BOUGHT_EVER, PRODUCTS_EVER)

# On the operator's own fields: a choice, a figure, a day, one of several choices, whether there is a text.
CUSTOM5 = {
    "all": [
        {"field": "fields.level", "op": "in", "value": ["gold", "silver"]},
        {"field": "fields.visits", "op": "gte", "value": 20},
        {"field": "fields.wedding", "op": "gt", "value": "2000-01-01"},
        {"field": "fields.likes", "op": "contains", "value": "sweet"},
        {"field": "fields.favourite", "op": "is_set"},
    ]
}


def count(root: dict[str, Any]) -> int:
    """How many match, from the rule's JSON on."""
    from huike.lake.engine import get_engine

    with get_engine().reading() as reading:
        return reading.count(_question(root))


def ids(root: dict[str, Any]) -> int:
    """As `count`, by making the list."""
    from huike.lake.engine import get_engine

    with get_engine().reading() as reading:
        return len(reading.ids(_question(root)))


def settle() -> None:
    """Wait until the columns that were asked for are held, where the engine holds any: as PostgreSQL's pages are."""
    from huike.lake.engine import get_engine

    if hasattr(engine := get_engine(), "settle"):
        engine.settle()


def _question(root: dict[str, Any]) -> Any:
    from huike.kernel.scope import EVERYTHING
    from huike.segments import expression
    from huike.segments.selectors import moment_of, read_rule

    rule = read_rule({"version": 1, "as_of": AS_OF, "root": root})
    return expression.matching(rule, moment_of(rule, scope=EVERYTHING))


def side_by_side(ways: dict[str, Callable[[], int]], runs: int) -> dict[str, list[float]]:
    """The times of each way in milliseconds, in turns, so that what the machine does meanwhile meets all of them. Each
    turn begins with another, so that what one leaves behind (memory to be given back, files to be written) does too."""
    times_ms: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(runs):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            began_at = time.perf_counter()
            ways[name]()
            times_ms[name].append((time.perf_counter() - began_at) * 1000)
    return times_ms
