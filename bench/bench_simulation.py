"""How long trying an earning rule on three years of purchases takes, at a million order lines.

A made lake (`made_lake`: 200,000 customers, 470,000 orders, a million lines, a twenty-fifth of the orders returns of
nothing known), 5,000 products of 40 categories, and a tier for each third customer. Two rules: `base`, one point for
each 1.00; `all`, five multipliers (tier, birthday week, categories, weekend nights, a store), caps by order, day and
month, excluded categories, and a pause of a month. What is measured is `simulate` of one of the two halves of a trial
(the tried terms; those in effect are asked in the same way): the whole and its parts by month, tier, store and
category, all told.

`CUSTOMERS=200000` sets the size, `RUNS=5` how often. `processor_s` in `sizes` is what it took of the processors,
whatever else they do.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from _made import run_inside
from _report import report
from made_lake import make_lake, say

RUNS = int(os.environ.get("RUNS", "5"))
MEMORY = "1GB"
RULES: dict[str, dict[str, Any]] = {
    "base": {},
    "all": {
        "multipliers": [
            {"name": "Gold", "factor_bp": 15_000, "tiers": ["gold"]},
            {"name": "Birthday", "factor_bp": 20_000, "birthday": "week"},
            {"name": "Tea", "factor_bp": 12_000, "category_ids": [2, 3, 5]},
            {
                "name": "Nights",
                "factor_bp": 13_000,
                "weekdays": [6, 7],
                "hours": {"from_minute": 1_080, "until_minute": 60},
            },
            {"name": "Opening", "factor_bp": 11_000, "store_ids": [7]},
        ],
        "caps": {"per_order": 5_000, "per_day": 6_000, "per_month": 20_000},
        "exclusions": {"category_ids": [40]},
    },
}
PAUSE = ((datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)),)


def main() -> None:
    run_inside(
        __file__,
        "--inside",
        os.environ.get("CUSTOMERS", "200000"),
        HUIKE_CURRENCY="CNY",
        HUIKE_TIMEZONE="Asia/Shanghai",
        HUIKE_DUCKDB_MEMORY_LIMIT=MEMORY,
        HUIKE_DUCKDB_THREADS=str(os.cpu_count()),
    )


def measure(customers: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from huike.lake.engine import close_engine, get_engine
    from huike.loyalty.earning.over_the_lake import Asked
    from huike.loyalty.earning.simulation import Simulated, simulate
    from huike.loyalty.terms.earning import Earning

    sizes = make_lake(customers)
    add_products_and_tiers(customers)
    for name, rule in RULES.items():
        asked = Asked(
            earning=Earning.model_validate(rule),
            programme_id=1,
            currency="CNY",
            first_on=date(2023, 1, 1),
            last_on=date(2025, 12, 31),
            zone=ZoneInfo("Asia/Shanghai"),
            everybody=True,
            pauses=PAUSE if rule else (),
        )
        seconds: list[float] = []
        cpu: list[float] = []
        told: Simulated | None = None
        for run in range(RUNS + 1):
            began_at, cpu_began_at = time.perf_counter(), time.process_time()
            with get_engine().reading(timeout_seconds=1_800) as reading:
                told = simulate(asked, reading=reading)
            if run:  # the first is the warm-up
                seconds.append(time.perf_counter() - began_at)
                cpu.append(time.process_time() - cpu_began_at)
        assert told is not None
        assert sum(part.points for part in told.by["month"].values()) == told.whole.points > 0
        spread = {"fastest_s": round(min(seconds), 2), "slowest_s": round(max(seconds), 2)}
        spread["processor_s"] = round(statistics.median(cpu), 2)
        whole = {"orders_told": told.whole.orders, "points": told.whole.points}
        report(
            bench="simulation",
            case=f"{name}@{sizes['lines']}",
            value=statistics.median(seconds),
            unit="s",
            better="lower",
            n=RUNS,
            sizes={**sizes, **whole, **spread, "load": round(os.getloadavg()[0], 1)},
        )
    close_engine()


def add_products_and_tiers(customers: int) -> None:
    from huike.lake.connection import attach_lake, open_duckdb
    from huike.platform.config import get_config

    say("adding products and tiers")
    database = open_duckdb(
        threads=os.cpu_count() or 1, memory_limit=MEMORY, overflow=Path(get_config().data_dir) / "adding"
    )
    attach_lake(database, read_only=False)
    database.execute("USE lake")
    database.execute(
        """
        INSERT INTO products BY NAME
        SELECT range AS id, 'P' || range AS sku, range % 40 + 1 AS category_id, [range % 40 + 1] AS category_ids,
               range % 30 + 1 AS brand_id
          FROM range(1, 5001)
        """
    )
    database.execute(
        f"""
        INSERT INTO member_tiers BY NAME
        SELECT range AS id, 1 AS programme_id, range AS customer_id, TIMESTAMPTZ '2023-01-01 00:00:00+00' AS joined_at,
               if(hash(range) % 4 = 0, 'gold', 'silver') AS tier, TIMESTAMPTZ '2023-01-01 00:00:00+00' AS starts_at
          FROM range(1, {customers} + 1) WHERE range % 3 = 0
        """
    )
    database.close()


if __name__ == "__main__":
    if "--inside" in sys.argv:
        measure(int(sys.argv[-1]))
    else:
        main()
