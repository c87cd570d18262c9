"""How long a count takes: from a rule's JSON to the number, on 1 and 10 million made-up customers with 5 lines each.

`SIZES=1m` (or `10m`) limits it. The lake is made directly, as a rebuild would leave it: lines in order of time,
customers in order of id. Who buys is skewed (a tenth of the customers has about a fifth of the orders, some have
none), spread evenly over three years. Three rules are asked: five fields ("in one of four cities, female, at least two
orders, 500 or more spent, has an e-mail address"), "at least three lines bought in the last 90 days"; and five
conditions on the operator's own fields (`custom5`).
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from _made import run_inside
from _report import report
from made_lake import make_lake

RUNS = 9
SIZES = {"1m": 1_000_000, "10m": 10_000_000}
AS_OF = "2026-01-01T00:00:00Z"
FIELDS5 = {
    "all": [
        {"field": "city", "op": "in", "value": ["city1", "city2", "city3", "city5"]},
        {"field": "gender", "op": "eq", "value": "female"},
        {"field": "orders_count", "op": "gte", "value": 2},
        {"field": "spent", "op": "gte", "value": 50_000, "currency": "CNY"},
        {"field": "has_email", "op": "eq", "value": True},
    ]
}
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
BOUGHT90D = {"bought": {"measure": "lines", "op": "gte", "value": 3, "window": {"last": {"n": 90, "unit": "days"}}}}


def main() -> None:
    wanted = [size.strip().lower() for size in os.environ.get("SIZES", "1m,10m").split(",")]
    for size in SIZES:
        if size in wanted:
            measure(size)


def measure(size: str) -> None:
    run_inside(
        __file__,
        "--inside",
        size,
        HUIKE_CURRENCY="CNY",
        HUIKE_DUCKDB_MEMORY_LIMIT="1GB",
        HUIKE_DUCKDB_THREADS=str(os.cpu_count()),
    )


def measure_inside(size: str, customers: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from huike.kernel.scope import EVERYTHING
    from huike.lake.engine import get_engine
    from huike.segments import expression
    from huike.segments.selectors import moment_of, read_rule

    sizes = make_lake(customers)

    def count(root: dict[str, object]) -> int:
        rule = read_rule({"version": 1, "as_of": AS_OF, "root": root})
        with get_engine().reading() as reading:
            return reading.count(expression.matching(rule, moment_of(rule, scope=EVERYTHING)))

    for name, root in (("fields5", FIELDS5), ("custom5", CUSTOM5), ("bought90d", BOUGHT90D)):
        matched = count(root)
        count(root)
        times_ms = []
        for _ in range(RUNS):
            began_at = time.perf_counter()
            count(root)
            times_ms.append((time.perf_counter() - began_at) * 1000)
        report(
            bench="count",
            case=f"{name}@{size}",
            value=statistics.median(times_ms),
            unit="ms",
            better="lower",
            n=RUNS,
            sizes={**sizes, "matched": matched, "fastest_ms": round(min(times_ms), 1)},
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_inside(sys.argv[2], SIZES[sys.argv[2]])
    else:
        main()
