"""How long a count takes: from a rule's JSON to the number, on 1 and 10 million made-up customers with 5 lines each.

`SIZES=1m` (or `10m`) limits it. The lake is made directly, as a rebuild would leave it: lines in order of time,
customers in order of id. Who buys is skewed (a tenth of the customers has about a fifth of the orders, some have
none), spread evenly over three years. Three rules are asked: five fields ("in one of four cities, female, at least two
orders, 500 or more spent, has an e-mail address"), "at least three lines bought in the last 90 days"; and five
conditions on the operator's own fields (`custom5`).
"""

# ruff: noqa: E501 - columns of a made lake read as a table

from __future__ import annotations

import os
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from _made import run_inside
from _report import report

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


def make_lake(customers: int) -> dict[str, int]:
    """Fill the lake of this database; how many rows of each kind there are."""
    from huike.lake import freshness
    from huike.lake.connection import attach_lake, open_duckdb
    from huike.lake.registry import tables
    from huike.platform.config import get_config

    orders = customers * 235 // 100
    database = open_duckdb(
        threads=os.cpu_count() or 1, memory_limit="6GB", temp_dir=Path(get_config().data_dir) / "making"
    )
    attach_lake(database, read_only=False)
    database.execute("USE lake")
    for spec in tables():
        columns = ", ".join(f'"{name}" {type}' for name, type in spec.columns.items())
        database.execute(f"CREATE TABLE {spec.name} ({columns})")
    say(f"making {orders:,} orders of {customers:,} customers")
    database.execute("SET preserve_insertion_order = true")
    # 7919 is prime to the sizes: heavy buyers are spread over all ids.
    database.execute(
        f"""
        CREATE TEMP TABLE made AS
        SELECT range AS id,
               (floor({customers} * pow(hash(range, 1) % 1000000 / 1e6, 1.5))::BIGINT * 7919) % {customers} + 1
                   AS customer_id,
               TIMESTAMPTZ '2023-01-01 00:00:00+00' + to_microseconds((range * (1096 * 86400e6 / {orders}))::BIGINT)
                   AS placed_at,
               CASE WHEN hash(range, 2) % 25 = 0 THEN 'return' ELSE 'sale' END AS kind,
               (hash(range, 3) % 200 + 1)::BIGINT AS store_id,
               ['pos', 'web', 'app', 'wechat', 'marketplace', 'group_buy'][(hash(range, 4) % 6 + 1)::INT] AS channel,
               1 + floor(4 * pow(hash(range, 5) % 1000 / 1e3, 1.55))::INT AS lines
          FROM range({orders})
        """
    )
    database.execute(
        """
        INSERT INTO lines
        SELECT id, number, customer_id, placed_at, kind, (hash(id, number) % 5000 + 1)::BIGINT, store_id, channel, 1,
               'CNY', if(kind = 'sale', 1000, -1000), 10000 * (hash(number, id) % 20000)::BIGINT,
               if(kind = 'sale', 1, -1) * (hash(number, id) % 20000)::BIGINT
          FROM (SELECT *, unnest(range(1, lines + 1)) AS number FROM made)
        """
    )
    database.execute(
        """
        INSERT INTO orders
        SELECT id, customer_id, placed_at, kind, store_id, channel, 1, 'CNY', 10000, 0,
               if(kind = 'sale', 1, -1) * (hash(id, 6) % 90000)::BIGINT, NULL
          FROM made
        """
    )
    database.execute(
        f"""
        INSERT INTO customers
        SELECT range, '顾客' || range, ['female', 'male', NULL][(hash(range) % 3 + 1)::INT], born,
               month(born)::SMALLINT, ['zh-CN', 'en'][(hash(range, 2) % 10 = 0)::INT + 1], '中国',
               'province' || hash(range, 3) % 30,
               if(hash(range, 4) % 10 = 0, NULL, 'city' || floor(60 * pow(hash(range, 5) % 10000 / 1e4, 2))::INT),
               NULL, NULL, if(hash(range, 6) % 5 = 0, ['vip'], []), 1, 'pos',
               (hash(range, 7) % 200 + 1)::BIGINT, NULL,
               hash(range, 8) % 10 < 8, hash(range, 9) % 10 < 5, false,
               ['qq.com', '163.com', 'gmail.com'][(hash(range, 10) % 3 + 1)::INT], hash(range, 11) % 3 = 0, NULL,
               coalesce(orders_count, 0), coalesce(returns_count, 0), coalesce(spent_minor, 0),
               if(orders_count > 0, 'CNY', NULL), first_at, last_at,
               TIMESTAMPTZ '2023-01-01 00:00:00+00' + to_seconds((hash(range, 12) % (1096 * 86400))::BIGINT)
          FROM (SELECT range, DATE '1950-01-01' + (hash(range, 1) % 20000)::INT AS born FROM range(1, {customers} + 1))
          LEFT JOIN (SELECT customer_id, count(*) FILTER (kind = 'sale') AS orders_count,
                            count(*) FILTER (kind = 'return') AS returns_count, sum(net_minor)::BIGINT AS spent_minor,
                            min(placed_at) AS first_at, max(placed_at) AS last_at
                       FROM orders GROUP BY customer_id) ON customer_id = range
         ORDER BY range
        """
    )
    for number, (key, told) in enumerate(own_fields().items(), start=1):
        database.execute(
            f"INSERT INTO field_values SELECT range * 8 + {number}, range, {told[0]}, {told[1]} "
            f"FROM range(1, {customers} + 1) WHERE hash(range, '{key}') % 10 < {told[2]} ORDER BY range"
        )
    freshness.move(datetime.now(UTC), watermark="0:0:", changed=True)
    counts = {
        name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ("customers", "orders", "lines")
    }
    megabytes = database.execute("SELECT sum(file_size_bytes) // 1000000 FROM ducklake_table_info('lake')").fetchone()[
        0
    ]
    database.close()
    return {**counts, "lake_mb": int(megabytes)}


def own_fields() -> dict[str, tuple[int, str, int]]:
    """Five fields of the operator's own: by key, their id, the value as columns of the lake, in how many of ten files."""
    from huike.customers.fields.rules import Option
    from huike.customers.fields.services import Definition, define
    from huike.platform.audit import SYSTEM

    def options(*keys: str) -> tuple[Option, ...]:
        return tuple(Option(key, key) for key in keys)

    told = {
        "level": ("choice", options("gold", "silver", "plain"), "['gold','silver','plain'][(hash(range,21)%3+1)::INT]", 7),
        "visits": ("number", (), "1000 * (hash(range, 22) % 60)::BIGINT", 5),
        "wedding": ("date", (), "DATE '1990-01-01' + (hash(range, 23) % 12000)::INT", 4),
        "likes": ("multi_choice", options("sweet", "sour"), "['sweet', 'sour'][(hash(range, 24) % 2 + 1)::INT]", 6),
        "favourite": ("text", (), "'tea ' || hash(range, 25) % 900", 3),
    }  # fmt: skip
    columns = {
        "choice": "{}, NULL, NULL",
        "multi_choice": "{}, NULL, NULL",
        "text": "{}, NULL, NULL",
        "number": "NULL, {}, NULL",
        "date": "NULL, NULL, {}",
    }
    made = {}
    for key, (type, choices, value, share) in told.items():
        field = define(Definition(key=key, name=key, type=type, options=choices), actor=SYSTEM)
        made[key] = (field.pk, columns[type].format(value), share)
    return made


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_inside(sys.argv[2], SIZES[sys.argv[2]])
    else:
        main()
