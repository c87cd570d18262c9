"""A lake of made-up customers, orders and lines, as a rebuild would leave it: lines in order of time, customers in order
of id. Who buys is skewed: a tenth of the customers has about a fifth of the orders, some have none."""

# ruff: noqa: E501 - columns of a made lake read as a table

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def make_lake(customers: int) -> dict[str, int]:
    """Fill the lake of this database; how many rows of each kind there are."""
    from huike.lake import freshness
    from huike.lake.connection import attach_lake, open_duckdb
    from huike.lake.registry import WATERMARK, tables
    from huike.platform.config import get_config

    orders = customers * 235 // 100
    database = open_duckdb(
        threads=os.cpu_count() or 1, memory_limit="6GB", overflow=Path(get_config().data_dir) / "making"
    )
    attach_lake(database, read_only=False)
    database.execute("USE lake")
    for spec in (*tables(), WATERMARK):
        columns = ", ".join(f'"{name}" {type}' for name, type in spec.columns.items())
        database.execute(f"CREATE TABLE {spec.name} ({columns})")
    database.execute(f"INSERT INTO {WATERMARK.name} VALUES ('0:0:', 'made', 1, 'made')")
    say(f"making {orders:,} orders of {customers:,} customers")
    database.execute("SET preserve_insertion_order = true")
    # 7919 is prime to the sizes: heavy buyers are spread over all ids.
    database.execute(
        f"""
        CREATE TEMP TABLE made AS
        SELECT range AS id,
               (floor({customers} * pow(hash(range, 1) / 18446744073709551616, 1.5))::BIGINT * 7919) % {customers} + 1
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
        INSERT INTO lines BY NAME
        SELECT id AS order_id, number AS line_number, customer_id, placed_at, kind,
               (hash(id, number) % 5000 + 1)::BIGINT AS product_id, store_id, channel, 1 AS source_id,
               'CNY' AS currency, if(kind = 'sale', 1000, -1000) AS quantity_milli,
               10000 * (hash(number, id) % 20000)::BIGINT AS unit_price_micros,
               if(kind = 'sale', 1, -1) * (hash(number, id) % 20000)::BIGINT AS net_minor
          FROM (SELECT *, unnest(range(1, lines + 1)) AS number FROM made)
        """
    )
    database.execute(
        """
        INSERT INTO orders BY NAME
        SELECT id, customer_id, placed_at, kind, store_id, channel, 1 AS source_id, 'CNY' AS currency,
               10000 AS gross_minor, 0 AS discount_minor,
               if(kind = 'sale', 1, -1) * (hash(id, 6) % 90000)::BIGINT AS net_minor
          FROM made
        """
    )
    database.execute(
        f"""
        INSERT INTO customers BY NAME
        SELECT range AS id, '顾客' || range AS name, ['female', 'male', NULL][(hash(range) % 3 + 1)::INT] AS gender,
               born AS birth_on, (month(born) * 100 + day(born))::SMALLINT AS birthday,
               ['zh-CN', 'en'][(hash(range, 2) % 10 = 0)::INT + 1] AS language,
               ['clerk', 'teacher', 'driver', NULL][(hash(range, 13) % 4 + 1)::INT] AS occupation,
               if(hash(range, 14) % 7 = 0, ['tea', 'cake'], []) AS declared_interests,
               if(hash(range, 6) % 5 = 0, ['vip'], []) AS tags,
               hash(range, 8) % 10 < 8 AS has_phone, hash(range, 9) % 10 < 5 AS has_email, false AS has_card,
               ['qq.com', '163.com', 'gmail.com'][(hash(range, 10) % 3 + 1)::INT] AS email_domain,
               '中国' AS country, 'province' || hash(range, 3) % 30 AS province,
               if(hash(range, 4) % 10 = 0, NULL, 'city' || floor(60 * pow(hash(range, 5) % 10000 / 1e4, 2))::INT)
                   AS city,
               if(hash(range, 15) % 3 = 0, 20 + hash(range, 16) % 20000 / 1000, NULL) AS latitude,
               if(hash(range, 15) % 3 = 0, 100 + hash(range, 17) % 20000 / 1000, NULL) AS longitude,
               (hash(range, 7) % 200 + 1)::BIGINT AS home_store_id, 1 AS source_id, 'pos' AS source_channel,
               hash(range, 11) % 3 = 0 AS member,
               coalesce(orders_count, 0) AS orders_count, coalesce(returns_count, 0) AS returns_count,
               coalesce(spent_minor, 0) AS spent_minor, if(orders_count > 0, 'CNY', NULL) AS spent_currency,
               first_at AS first_order_at, last_at AS last_order_at,
               TIMESTAMPTZ '2023-01-01 00:00:00+00' + to_seconds((hash(range, 12) % (1096 * 86400))::BIGINT)
                   AS created_at
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
