"""Whether the lake stays small by itself: the worker's own loop (rounds, care) under a steady stream of changes.

The loop runs with the product's settings for SECONDS (20 minutes: readers' states are kept for ten) while customers
change and orders come in, in rounds that write files. Cases: `files` and `snapshots`, the most that there were in the
last third of the time; `files_middle` and `snapshots_middle`, in the third before it, for comparison; then every row
is compared with PostgreSQL. `RATE=…` changes a second.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from _made import run_inside
from _report import report

SECONDS = float(os.environ.get("SECONDS", "1200"))
RATE = int(os.environ.get("RATE", "40"))
CUSTOMERS = 20_000
SAMPLED_EVERY_SECONDS = 2.0

_CUSTOMERS = """
INSERT INTO customers_customer (state, name, name_pinyin, notes, tags, orders_count, returns_count, spent_minor)
SELECT 'active', '顾客' || n, '', '', '[]', 0, 0, 0 FROM generate_series(1, %s) n
"""
_CHANGES = """
UPDATE customers_customer SET city = 'city' || %(step)s
 WHERE id IN (SELECT 1 + (%(step)s * 7919::bigint + n * 104729) %% %(customers)s FROM generate_series(1, %(changes)s) n)
"""
_ORDERS = """
INSERT INTO orders_order (source_id, external_id, revision, content_sha256, kind, state, channel, clerk, customer_id,
                          placed_at, currency, gross_minor, discount_minor, net_minor)
SELECT s.id, %(step)s || '-' || n, 0, '', 'sale', 'placed', 'pos', '', 1 + (%(step)s * 31::bigint + n) %% %(customers)s,
       now(), 'CNY', 100, 0, 100
  FROM customers_source s, generate_series(1, %(changes)s) n
"""


def measure_inside() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from django.db import connection

    from huike.lake import loop
    from huike.lake.sync import LakeWriter
    from huike.platform.config import get_config

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_source (key, name, channel, timezone, currency) "
            "VALUES ('till', 'Till', 'pos', 'Asia/Shanghai', 'CNY')"
        )
        cursor.execute(_CUSTOMERS, [CUSTOMERS])
    stop = threading.Event()
    failures: list[BaseException] = []

    def lead() -> None:
        try:
            loop.run_forever(stop)
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    led = threading.Thread(target=lead)
    led.start()
    samples: list[tuple[float, int, int]] = []
    began_at, step, sampled_at = time.monotonic(), 0, 0.0
    while (at := time.monotonic() - began_at) < SECONDS and led.is_alive():
        step += 1
        told = {"step": step, "customers": CUSTOMERS, "changes": RATE // 2}
        with connection.cursor() as cursor:
            cursor.execute(_CHANGES, told)
            cursor.execute(_ORDERS, told)
            if at - sampled_at >= SAMPLED_EVERY_SECONDS:
                sampled_at = at
                cursor.execute("SELECT count(*) FROM lake.ducklake_snapshot" if samples or at > 10 else "SELECT 0")
                files = len(list(Path(get_config().lake_location).rglob("*.parquet")))
                samples.append((at, files, cursor.fetchone()[0]))
                if len(samples) % 15 == 0:
                    print(f"{at:.0f} s: {files} files, {samples[-1][2]} snapshots", file=sys.stderr, flush=True)
        time.sleep(max(0.0, began_at + step - time.monotonic()))
    stop.set()
    led.join()
    if failures:
        raise failures[0]
    with LakeWriter() as writer:
        differing = [found.table for found in writer.check() if not found.equal]
    if differing:
        raise SystemExit(f"the lake differs: {differing}")
    sizes = {"seconds": round(SECONDS), "changes": step * RATE, "customers": CUSTOMERS}
    for place, name in ((1, "files"), (2, "snapshots")):
        for third, suffix in ((1, "_middle"), (2, "")):
            within = [one for one in samples if third * SECONDS / 3 <= one[0] < (third + 1) * SECONDS / 3]
            value = max(one[place] for one in within)
            case = f"{name}{suffix}"
            report(bench="care", case=case, value=value, unit=name, better="lower", n=len(within), sizes=sizes)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_inside()
    else:
        run_inside(__file__, "--inside", HUIKE_CURRENCY="CNY")
