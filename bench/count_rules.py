"""The rules that counts are measured with, each with the statement a careful person would write by hand.

`sql` is standard enough for both: DuckDB on the lake's bare Parquet files, and PostgreSQL on tables with the same
columns. It says exactly what the rule says of this data (times in UTC, the bench's time zone; sales only; nobody
without a file buys), so that numbers must be equal, not only times be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

AS_OF = "2026-01-01T00:00:00Z"
"""The made data ends here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`goal_ms` by size, where there is one."""

    name: str
    root: dict[str, Any]
    sql: str
    goal_ms: dict[str, int]


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
    {"1m": 50, "10m": 150},
)
BOUGHT90D = Asked(
    "bought90d",
    {"bought": {"measure": "lines", "op": "gte", "value": 3, "window": {"last": {"n": 90, "unit": "days"}}}},
    """SELECT customer_id AS id FROM lines
        WHERE placed_at >= TIMESTAMPTZ '2025-10-03 00:00:00+00' AND placed_at < TIMESTAMPTZ '2026-01-01 00:00:00+00'
          AND kind = 'sale' AND customer_id IS NOT NULL
        GROUP BY customer_id HAVING count(*) >= 3""",
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
          AND id IN ({BOUGHT90D.sql})
          AND id NOT IN (SELECT customer_id FROM orders
                          WHERE placed_at >= TIMESTAMPTZ '2025-12-18 00:00:00+00'
                            AND placed_at < TIMESTAMPTZ '2026-01-01 00:00:00+00'
                            AND kind = 'sale' AND customer_id IS NOT NULL)""",
    {"10m": 500},
)
BOUGHT_EVER = Asked(
    "bought_ever",
    {"bought": {"measure": "net", "op": "gte", "value": 500_000, "currency": "CNY", "window": {"ever": True},
                "where": [{"field": "store", "op": "in", "value": list(range(1, 101))}]}},
    """SELECT customer_id AS id FROM orders
        WHERE currency = 'CNY' AND store_id BETWEEN 1 AND 100 AND customer_id IS NOT NULL
        GROUP BY customer_id HAVING sum(net_minor) >= 500000""",
    {"10m": 2_000},
)  # fmt: skip
PRODUCTS_EVER = Asked(
    "products_ever",
    {"bought": {"measure": "distinct_products", "op": "gte", "value": 8, "window": {"ever": True}}},
    """SELECT customer_id AS id FROM lines WHERE kind = 'sale' AND customer_id IS NOT NULL
        GROUP BY customer_id HAVING count(DISTINCT product_id) >= 8""",
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
