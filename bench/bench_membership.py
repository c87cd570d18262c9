"""How long 100 segments take to be brought up to date over 1 million made-up customers with 5 lines each.

`SIZES=1m` (or `100k`) limits it. The lake is made directly, as in the count's bench. A hundred rules of twenty shapes:
fields of the file, lists, money, place, birthdays, the operator's own fields, purchases over all time and in the last
days, by store and channel, and trees of these. Cases: `whole` (all 100 asked wholly), `another_day` (only those that
move with the day), `ten_changed` (one look after 10 customers changed, with an order of each), `nothing_changed` (one
look that finds nothing to do). A case is the whole look: asking, lists kept in PostgreSQL, events announced.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from _made import run_inside
from _report import report
from made_lake import make_lake, say

SEGMENTS = 100
RUNS = 5
SIZES = {"100k": 100_000, "1m": 1_000_000}
NOW = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)


def main() -> None:
    wanted = [size.strip().lower() for size in os.environ.get("SIZES", "1m").split(",")]
    for size in SIZES:
        if size in wanted:
            run_inside(
                __file__,
                "--inside",
                size,
                HUIKE_CURRENCY="CNY",
                HUIKE_DUCKDB_MEMORY_LIMIT="2GB",
                HUIKE_DUCKDB_THREADS=str(os.cpu_count()),
            )


def field(key: str, op: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"field": key, "op": op, **({} if value is None else {"value": value}), **more}


def bought(measure: str, op: str, value: Any, window: Any, *where: Any, **more: Any) -> dict[str, Any]:
    told = {"measure": measure, "op": op, "value": value, "window": window, "where": list(where), **more}
    return {"bought": told}


def last(n: int) -> dict[str, Any]:
    return {"last": {"n": n, "unit": "days"}}


EVER = {"ever": True}


def rules() -> list[dict[str, Any]]:
    """Five of each shape."""
    found: list[dict[str, Any]] = []
    for n in range(SEGMENTS // 20):
        city, month = f"city{n + 1}", n + 3
        regular = bought("orders", "gte", n + 2, last(90 * (n + 1)))
        lapsed = {"not": bought("orders", "gte", 1, last(60 + 30 * n))}
        found += [
            field("city", "in", [city, f"city{n + 7}"]),
            field("gender", "eq", "female"),
            field("tags", "contains", "vip"),
            field("spent", "gte", 50_000 * (n + 1), currency="CNY"),
            field("birthday", "in", [month]),
            field("created_at", "last_n", {"n": 30 * (n + 1), "unit": "days"}),
            field("last_order_at", "last_n", {"n": 7 * (n + 1), "unit": "days"}),
            field("fields.level", "in", ["gold"]),
            field("fields.visits", "gte", 10 * n),
            field("location", "within", {"latitude": 31, "longitude": 105 + n, "km": 150}),
            {"all": [field("city", "eq", city), field("has_email", "eq", True), field("orders_count", "gte", n)]},
            regular,
            bought("lines", "gte", n + 3, EVER),
            bought("net", "gte", 100_000 * (n + 1), last(365), currency="CNY"),
            bought("orders", "gte", 1, EVER, {"field": "store", "op": "in", "value": [n + 1, n + 11]}),
            bought("orders", "eq", n, last(180), {"field": "channel", "op": "eq", "value": "web"}),
            bought("average_order", "gt", 30_000 + 5_000 * n, EVER, currency="CNY"),
            {"all": [field("orders_count", "gte", 2), lapsed]},
            {"all": [{"any": [field("city", "eq", city), field("tags", "contains", "vip")]}, regular, lapsed]},
            {"all": [field("home_store", "in", [n + 1, n + 2]), field("gender", "ne", "male"), {"not": regular}]},
        ]
    return found


def measure_inside(size: str, customers: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from huike.segments.membership.refreshing import sweep
    from huike.segments.models import Segment
    from huike.segments.rules import rule_document
    from huike.segments.selectors import read_rule

    sizes = make_lake(customers)
    world = World()
    every_night = Segment.Cadence.NIGHTLY
    for number, root in enumerate(rules()):
        document = rule_document(read_rule({"version": 1, "as_of": None, "root": root}))
        Segment.objects.create(name=f"S{number}", rule=document, cadence=every_night, at_hour=number % 3)
    now = NOW

    def took(case: str) -> tuple[float, Any]:
        began_at = time.perf_counter()
        swept = sweep(now)
        seconds = time.perf_counter() - began_at
        say(f"{case}: {seconds:.2f} s, {len(swept.whole)} whole, {len(swept.patched)} patched, "
            f"{len(swept.unchanged)} unchanged, {len(swept.failed)} failed")  # fmt: skip
        assert not swept.failed
        return seconds, swept

    def case(name: str, seconds: list[float], **more: Any) -> None:
        report(
            bench="membership",
            case=f"{name}@{size}",
            value=statistics.median(seconds),
            unit="s",
            better="lower",
            n=len(seconds),
            sizes={**sizes, "segments": SEGMENTS, "slowest_s": round(max(seconds), 2), **more},
        )

    seconds, swept = took("first lists")
    assert len(swept.whole) == SEGMENTS
    whole = []
    for _ in range(RUNS):
        now += timedelta(days=1)
        seconds, swept = took("another day")
        # Rules that move with the day are asked wholly; the others stand as long as nobody changed.
        whole.append(seconds)
        asked = len(swept.whole)
    case("another_day", whole, asked_wholly=asked)
    whole = []
    for _ in range(RUNS):
        world.forget_changes()
        now += timedelta(days=1)
        seconds, swept = took("whole")
        assert len(swept.whole) == SEGMENTS
        whole.append(seconds)
    case("whole", whole, members=sum(s.snapshot.count for s in Segment.objects.select_related("snapshot")))
    some, none = [], []
    for run in range(RUNS):
        now += timedelta(minutes=1)
        world.change_ten(run, now)
        seconds, swept = took("ten changed")
        some.append(seconds)
        now += timedelta(minutes=1)
        seconds, swept = took("nothing changed")
        assert len(swept.unchanged) == SEGMENTS
        none.append(seconds)
    case("ten_changed", some)
    case("nothing_changed", none)
    world.close()


class World:
    """What the sync would do to this lake, which is not a copy of its PostgreSQL."""

    def __init__(self) -> None:
        from pathlib import Path

        from huike.lake.connection import attach_lake, open_duckdb
        from huike.platform.config import get_config

        self.database = open_duckdb(threads=2, memory_limit="1GB", overflow=Path(get_config().data_dir) / "world")
        attach_lake(self.database, read_only=False)
        self.database.execute("USE lake")
        self.database.execute("CREATE TABLE IF NOT EXISTS _watermark (snapshot VARCHAR)")
        self.mark = 0
        self.database.execute("INSERT INTO _watermark VALUES ('0')")

    def forget_changes(self) -> None:
        """As after a rebuild: no notes lead here from what was asked before."""
        from huike.lake.models import Change

        Change.objects.all().delete()
        self._move()

    def change_ten(self, run: int, now: datetime) -> None:
        """Ten customers move to another city and buy something now."""
        from pyroaring import BitMap64

        from huike.lake import changes

        ids = [1 + (run * 10 + n) * 8_191 for n in range(10)]
        among = ", ".join(map(str, ids))
        before = str(self.mark)
        self.database.execute("BEGIN")
        self.database.execute(
            f"UPDATE customers SET city = 'city{run + 1}', last_order_at = ? WHERE id IN ({among})", [now]
        )
        self.database.execute(
            "INSERT INTO orders BY NAME SELECT 900000000 + id AS id, id AS customer_id, ? AS placed_at, "
            "'sale' AS kind, 1 AS store_id, 'web' AS channel, 1 AS source_id, 'CNY' AS currency, 900000 AS net_minor "
            f"FROM customers WHERE id IN ({among})",
            [now],
        )
        self._move()
        self.database.execute("COMMIT")
        changed = BitMap64(ids)
        changes.note(before, str(self.mark), {"customers": changed, "orders": changed})

    def _move(self) -> None:
        self.mark += 1
        self.database.execute("UPDATE _watermark SET snapshot = ?", [str(self.mark)])

    def close(self) -> None:
        self.database.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        measure_inside(sys.argv[2], SIZES[sys.argv[2]])
    else:
        main()
