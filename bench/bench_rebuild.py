"""How long the lake takes to be made anew from PostgreSQL, by the writer that the worker uses, in a process of its own.

`SIZES=1m` (or `10m`) limits it: 1 and 10 million customers with 5 lines each, spread as `made_lake` spreads them. Cases:
`rebuild` (once: it is minutes, not milliseconds) with rows a second, megabytes of Parquet and the process's peak of
memory in `sizes`; `round10`, a round after ten customers were changed, the median of ROUNDS; `check`, the comparison of
every row on both sides; and of each rule of `count_rules`, how many times as long as the count from the lake the same
question takes as SQL written by hand on PostgreSQL's own tables, with an index for each column asked, analysed, warm,
with as many workers as there are processors (in turns, the median of ROUNDS). `KEEP=FOLDER` keeps the database for the next run (it is made anew where the folder is empty); with `ONLY=rules` its lake too, and only the rules are measured, or some of them: `RULES=fields5,products_ever`.

The database has the product's tables, triggers, keys and the indexes on `change_xid`. Other indexes are dropped while
it is made and left out: neither a rebuild nor a round asks them. 10 million need 25 GB of disk.
"""

# ruff: noqa: E501 - columns of made tables read as a table

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _report import report
from count_rules import FIELDS5, RULES, Asked, count, settle, side_by_side

SIZES = {"1m": 1_000_000, "10m": 10_000_000}
ROUNDS = 5
CHANGED = 10
DISK_BYTES_FOR_EACH_CUSTOMER = 3_000

_REFERENCES = """
INSERT INTO customers_source (key, name, channel, timezone, currency) VALUES ('till', 'Till', 'pos', 'Asia/Shanghai', 'CNY');
INSERT INTO catalog_store (code, name, is_online, city) SELECT 'S' || n, 'Store ' || n, false, '' FROM generate_series(1, 200) n;
INSERT INTO catalog_product (sku, name, is_complete) SELECT 'P' || n, 'Product ' || n, true FROM generate_series(1, 5000) n;
"""
_CUSTOMERS = """
INSERT INTO customers_customer (
    id, state, name, name_pinyin, phone, email, gender, birth_on, language, country, province, city, latitude, longitude,
    occupation, declared_interests, notes, tags, source_id, source_channel, home_store_id, member_since_at, orders_count,
    returns_count, spent_minor, spent_currency, first_order_at, last_order_at, created_at, updated_at)
SELECT n, 'active', '顾客' || n, 'guke' || n, CASE WHEN h1 %% 10 < 8 THEN '+86138' || lpad(n::text, 8, '0') END,
       CASE WHEN h1 %% 7 < 4 THEN 'guke' || n || (ARRAY['@qq.com', '@163.com', '@gmail.com'])[1 + h2 %% 3] END,
       (ARRAY['female', 'male', NULL])[1 + h2 %% 3], date '1950-01-01' + h1 %% 20000,
       CASE WHEN h2 %% 10 = 0 THEN 'en' ELSE 'zh-CN' END, '中国', 'province' || h1 %% 30,
       CASE WHEN h2 %% 10 > 0 THEN 'city' || floor(60 * power(h1 %% 10000 / 1e4, 2))::int END,
       CASE WHEN h1 %% 3 = 0 THEN 20 + h2 %% 20000 / 1000.0 END, CASE WHEN h1 %% 3 = 0 THEN 100 + h2 %% 20000 / 1000.0 END,
       (ARRAY['clerk', 'teacher', 'driver', NULL])[1 + h2 %% 4],
       CASE WHEN h1 %% 7 = 0 THEN '["tea", "cake"]'::jsonb ELSE '[]' END, '',
       CASE WHEN h2 %% 5 = 0 THEN '["vip"]'::jsonb ELSE '[]' END, 1, 'pos', 1 + h1 %% 200,
       CASE WHEN h2 %% 3 = 0 THEN timestamptz '2023-01-01' + h1 %% 90000000 * interval '1 s' END,
       h1 %% 6, h1 %% 2, h2 %% 500000, 'CNY', timestamptz '2023-01-01' + h1 %% 40000000 * interval '1 s',
       timestamptz '2024-06-01' + h2 %% 40000000 * interval '1 s', timestamptz '2023-01-01' + h1 %% 90000000 * interval '1 s',
       now()
  FROM (SELECT n, hashint8(n) & 2147483647 AS h1, hashint8(n + 7919) & 2147483647 AS h2 FROM generate_series(1, %(customers)s::bigint) n) made
"""
# 7919 is prime to the sizes: heavy buyers are spread over all ids.
_ORDERS = """
INSERT INTO orders_order (
    id, source_id, external_id, revision, content_sha256, kind, state, store_id, channel, clerk, customer_id, placed_at,
    currency, gross_minor, discount_minor, net_minor)
SELECT n, 1, 'R' || n, 0, '', CASE WHEN h %% 25 = 0 THEN 'return' ELSE 'sale' END, 'placed', 1 + h %% 200,
       (ARRAY['pos', 'web', 'app', 'wechat', 'marketplace', 'group_buy'])[1 + h %% 6], '',
       (floor(%(customers)s * power(h / 2147483648.0, 1.5))::bigint * 7919) %% %(customers)s + 1,
       timestamptz '2023-01-01' + n * (interval '1096 days' / %(orders)s), 'CNY', h %% 90000, 0, h %% 90000
  FROM (SELECT n, abs(hashint8(n)::bigint) AS h FROM generate_series(1, %(orders)s::bigint) n) made
"""
_LINES = """
INSERT INTO orders_line (order_id, line_number, product_id, quantity, unit_price_micros, gross_minor, discount_minor, net_minor)
SELECT n, line, 1 + (h + line * 7) %% 5000, 1, 10000 * ((h + line) %% 20000), (h + line) %% 20000, 0, (h + line) %% 20000
  FROM (SELECT n, abs(hashint8(n)::bigint) AS h, abs(hashint8(n + 5)::bigint) AS h5 FROM generate_series(1, %(orders)s::bigint) n) made
 CROSS JOIN LATERAL generate_series(1, 1 + floor(4 * power(h5 %% 1000 / 1e3, 1.55))::int) line
"""
_INDEXES = """
SELECT format('DROP INDEX %I.%I', n.nspname, i.relname)
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace
 WHERE x.indrelid::regclass::text IN ('customers_customer', 'orders_order', 'orders_line') AND NOT x.indisunique
   AND pg_get_indexdef(x.indexrelid) NOT LIKE '%change_xid%'
"""


def main() -> None:
    wanted = [size.strip().lower() for size in os.environ.get("SIZES", "1m,10m").split(",")]
    for size in SIZES:
        if size in wanted:
            measure(size)


def measure(size: str) -> None:
    from huike.platform.postgres import EmbeddedPostgres

    kept = os.environ.get("KEEP")
    folder = Path(kept, size) if kept else Path(tempfile.mkdtemp(prefix="huike-bench-"))
    if not rules_only():
        shutil.rmtree(folder / "lake", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o711)  # the server's user has to pass
    needed = SIZES[size] * DISK_BYTES_FOR_EACH_CUSTOMER
    server = EmbeddedPostgres(folder, durable=False, owner_may_create_databases=True)
    try:
        if not (folder / "made").exists() and shutil.disk_usage(folder).free < needed:
            raise SystemExit(f"{size}: {needed / 1e9:.0f} GB of free disk are needed")
        server.start(what="a bench")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUIKE_")},
            "HUIKE_DATA_DIR": str(folder),
            "HUIKE_DATABASE_URL": server.app_url,
            "HUIKE_OWNER_DATABASE_URL": server.owner_url,
            "HUIKE_CURRENCY": "CNY",
            "HUIKE_TIMEZONE": "UTC",
            "HUIKE_DUCKDB_MEMORY_LIMIT": os.environ.get("HUIKE_DUCKDB_MEMORY_LIMIT", "1GB"),
            "HUIKE_DUCKDB_THREADS": str(os.cpu_count()),
        }
        subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True, stdout=sys.stderr)
        if not (folder / "made").exists():
            make(server.superuser_url, SIZES[size])
            make_indexes(server.superuser_url)
            (folder / "made").touch()
        subprocess.run([sys.executable, __file__, "--inside", size], env=environment, check=True)
    finally:
        server.stop()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def make(superuser_url: str, customers: int) -> None:
    """Fill the empty, migrated database."""
    import psycopg

    sizes = {"customers": customers, "orders": customers * 235 // 100}
    with psycopg.connect(superuser_url) as connection:
        for (drop,) in connection.execute(_INDEXES).fetchall():
            connection.execute(drop)
        # No triggers, no look-ups of references: what is written refers to what is there.
        connection.execute("SET session_replication_role = replica")
        connection.execute(_REFERENCES)
        for name, statement in (("customers", _CUSTOMERS), ("orders", _ORDERS), ("lines", _LINES)):
            began_at = time.perf_counter()
            rows = connection.execute(statement, sizes).rowcount
            say(f"made {rows:,} {name} in {time.perf_counter() - began_at:.0f} s")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        # As autovacuum would have left them.
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def rules_only() -> bool:
    """Whether the kept database has its lake from an earlier run."""
    return os.environ.get("ONLY") == "rules"


def measure_inside(size: str) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    sizes = {"customers": SIZES[size]} if rules_only() else measure_lake(size)
    wanted = os.environ.get("RULES", ",".join(asked.name for asked in RULES)).split(",")
    for asked in RULES:
        if asked.name in wanted:
            against_postgres(asked, size, sizes)


def measure_lake(size: str) -> dict[str, int]:
    """The rebuild, rounds and the comparison; how many rows there are."""
    from django.db import connection

    from huike.customers.models import Customer
    from huike.lake.sync import LakeWriter
    from huike.platform.config import get_config

    began: dict[str, float] = {}

    def timed(table: str, done: int, total: int) -> None:
        now = time.perf_counter()
        for name, at in began.items():
            say(f"{name}: {now - at:.1f} s")
        began.clear()
        if table:
            began[table] = now

    with LakeWriter() as writer:
        started_at = time.perf_counter()
        done = writer.rebuild(report=timed)
        seconds = time.perf_counter() - started_at
        memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        files = list(Path(get_config().lake_location).rglob("*.parquet"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM customers_customer), (SELECT count(*) FROM orders_line)")
            customers, lines = cursor.fetchone()
        sizes = {"customers": customers, "lines": lines, "rows": done.rows}
        told = {
            "rows_per_s": round(done.rows / seconds),
            "peak_mb": memory_mb,
            "parquet_mb": sum(file.stat().st_size for file in files) // 1_000_000,
            "files": len(files),
        }
        tell("rebuild", size, seconds, 1, {**sizes, **told})

        times = []
        for number in range(ROUNDS + 1):
            first = 1 + number * CHANGED
            Customer.objects.filter(pk__range=(first, first + CHANGED - 1)).update(occupation=f"changed {number}")
            started_at = time.perf_counter()
            changed = writer.round()
            times.append(time.perf_counter() - started_at)
            if (changed.rebuilt, changed.keys) != (False, CHANGED):
                raise SystemExit(
                    f"a round after {CHANGED} changes took {changed.keys} keys, rebuilt: {changed.rebuilt}"
                )
        tell("round10", size, statistics.median(times[1:]), ROUNDS, {**sizes, "changed": CHANGED})

        started_at = time.perf_counter()
        differing = [found.table for found in writer.check() if not found.equal]
        if differing:
            raise SystemExit(f"the lake differs: {differing}")
        tell("check", size, time.perf_counter() - started_at, 1, sizes)
    return sizes


# Nobody can have an index for each combination of attributes that somebody may think of: one for each column asked.
_COLUMNS_ASKED = {
    "customers_customer": ("city", "gender", "orders_count", "spent_minor", "email"),
    "orders_order": ("placed_at", "customer_id", "store_id"),
    "orders_line": ("product_id",),
}


def make_indexes(superuser_url: str) -> None:
    import psycopg

    began_at = time.perf_counter()
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        for table, columns in _COLUMNS_ASKED.items():
            for column in columns:
                connection.execute(f"CREATE INDEX IF NOT EXISTS bench_{table}_{column} ON {table} ({column})")
            connection.execute(f"VACUUM ANALYZE {table}")
    say(f"indexes in {time.perf_counter() - began_at:.0f} s")


def against_postgres(asked: Asked, size: str, sizes: dict[str, int]) -> None:
    from django.db import connection

    def by_hand() -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({asked.truth}) found")
            return int(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        for setting in ("work_mem = '512MB'", f"max_parallel_workers_per_gather = {os.cpu_count()}", "jit = off",
                        "parallel_setup_cost = 0", "statement_timeout = 0"):  # fmt: skip
            cursor.execute(f"SET {setting}")
    ways = {"huike": lambda: count(asked.root), "postgres": by_hand}
    matched = {name: way() for name, way in ways.items()}
    settle()
    assert len(set(matched.values())) == 1, (asked.name, matched)
    middle = {name: statistics.median(times) for name, times in side_by_side(ways, ROUNDS).items()}
    told = {f"{name}_ms": round(ms, 1) for name, ms in middle.items()} | {"matched": matched["huike"]}
    report(
        bench="rebuild", case=f"{asked.name} in PostgreSQL@{size}", value=middle["postgres"] / middle["huike"], unit="x",
        better="higher", n=ROUNDS, sizes={**sizes, **told, **({"goal": 20} if asked is FIELDS5 else {})},
    )  # fmt: skip


def tell(case: str, size: str, seconds: float, n: int, sizes: dict[str, int]) -> None:
    report(bench="rebuild", case=f"{case}@{size}", value=seconds, unit="s", better="lower", n=n, sizes=sizes)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_inside(sys.argv[2])
    else:
        main()
