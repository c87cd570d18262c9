"""How long two reports take that look at all the books: what is owed in points, and a store's day in stored value.

Made in SQL, the guards of the ledger off, and proved right before anything is measured: LOTS lots of points over three
years (each earned; a third spent, a third written off at its end, the rest left), and VALUE entries of stored value
(top-ups in 50 stores, each followed by four purchases). Cases: `liability_s`: everything of the liability page;
`assets_s`: its list; `day_end_s`: yesterday in all stores; `trial_balance_s`: of the points. `LOTS=…`, `VALUE=…` and
`RUNS=…` change how much.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
from _made import run_inside, with_values
from _report import report
from made_lake import say

RUNS = int(os.environ.get("RUNS", "5"))
LOTS = int(os.environ.get("LOTS", "1000000"))
VALUE = int(os.environ.get("VALUE", "1000000"))
ZONE = ZoneInfo("Asia/Shanghai")
TABLES = ("ledger_account", "ledger_lot", "ledger_transaction", "ledger_entry", "loyalty_top_up")

# Each lot is a hundred points; whose end is past was spent or written off, of the others every fifth is spent.
POINTS = """
CREATE TEMP TABLE made AS
SELECT n AS id, 1000 + n % %(customers)s AS account_id,
       %(now)s::timestamptz - interval '1095 days' + (n * (interval '1095 days' / %(lots)s)) AS came_at
  FROM generate_series(1, %(lots)s) n;
ALTER TABLE made ADD expires_at timestamptz, ADD fate text;
UPDATE made SET expires_at = date_trunc('month', came_at) + interval '13 months';
UPDATE made SET fate = CASE WHEN expires_at <= %(now)s THEN CASE WHEN id % 2 = 0 THEN 'burn' ELSE 'expire' END
                            WHEN id % 5 = 0 THEN 'burn' END;
INSERT INTO ledger_account (id, asset_id, customer_id, opened_for_id, available)
SELECT account_id, %(asset)s, account_id - 999, account_id - 999, 100 * count(*) FILTER (WHERE fate IS NULL)
  FROM made GROUP BY account_id;
INSERT INTO ledger_lot (id, account_id, kind, amount, available, came_at, expires_at)
SELECT id, account_id, 'earned', 100, CASE WHEN fate IS NULL THEN 100 ELSE 0 END, came_at, expires_at FROM made;
INSERT INTO ledger_transaction (id, asset_id, kind, key, input_sha256, occurred_at, posted_at, reference, actor,
                                reason)
SELECT id, %(asset)s, 'earn', 'made:' || id, '', came_at, came_at, 'order:' || id, '', '{}'::jsonb FROM made
UNION ALL
SELECT %(lots)s + id, %(asset)s, fate, 'ended:' || id, '', ended_at, ended_at, '', '', '{}'
  FROM (SELECT *, CASE fate WHEN 'expire' THEN expires_at ELSE least(came_at + (id % 300) * interval '1 day',
                                                                     expires_at, %(now)s) END AS ended_at
          FROM made WHERE fate IS NOT NULL) m;
INSERT INTO ledger_entry (transaction_id, account_id, pocket, amount, lot_id)
SELECT id, %(issued)s, 0, -100, NULL::bigint FROM made
UNION ALL SELECT id, account_id, 2, 100, id FROM made
UNION ALL SELECT %(lots)s + id, account_id, 2, -100, id FROM made WHERE fate IS NOT NULL
UNION ALL SELECT %(lots)s + id, CASE fate WHEN 'burn' THEN %(spent)s ELSE %(expired)s END, 0, 100, NULL
  FROM made WHERE fate IS NOT NULL;
DROP TABLE made
"""
# A tenth of the entries' number are top-ups of 100.00, each with four purchases of 20.00 on the days after it.
STORED = """
CREATE TEMP TABLE made AS
SELECT n AS id, 5000000 + n % %(customers)s AS account_id, 1 + n % 50 AS store_id,
       %(now)s::timestamptz - interval '730 days' + (n * (interval '730 days' / %(top_ups)s)) AS at
  FROM generate_series(1, %(top_ups)s) n;
INSERT INTO ledger_account (id, asset_id, customer_id, opened_for_id, available)
SELECT account_id, %(asset)s, account_id - 4999999, account_id - 4999999, sum(10000 - 2000 * 4)
  FROM made GROUP BY account_id;
INSERT INTO ledger_lot (id, account_id, kind, amount, available, came_at)
SELECT 5000000 + id, account_id, 'paid', 10000, 2000, at FROM made;
INSERT INTO loyalty_top_up (id, customer_id, store_id, terms_id, currency, plan_key, plan_name, paid_minor, bonus_minor,
                            tenders, at, actor)
SELECT id, account_id - 4999999, store_id, %(terms)s, 'CNY', '', '', 10000, 0,
       '[["cash", 4000], ["card", 6000]]', at, ''
  FROM made;
INSERT INTO ledger_transaction (id, asset_id, kind, key, input_sha256, occurred_at, posted_at, reference, actor,
                                reason)
SELECT 5000000 + id * 5, %(asset)s, 'earn', 'top_up:' || id || ':paid', '', at, at, 'top_up:' || id, '',
       jsonb_build_object('what', 'top_up', 'top_up', id, 'store', store_id) FROM made
UNION ALL
SELECT 5000000 + id * 5 + n, %(asset)s, 'burn', 'made value:' || id || ':' || n, '',
       least(at + n * interval '9 hours', %(now)s), least(at + n * interval '9 hours', %(now)s),
       'order:' || id * 5 + n, '', jsonb_build_object('order', id * 5 + n, 'store', 1 + (id + n) % 50)
  FROM made, generate_series(1, 4) n;
INSERT INTO ledger_entry (transaction_id, account_id, pocket, amount, lot_id)
SELECT 5000000 + id * 5, %(issued)s, 0, -10000, NULL::bigint FROM made
UNION ALL SELECT 5000000 + id * 5, account_id, 2, 10000, 5000000 + id FROM made
UNION ALL SELECT 5000000 + id * 5 + n, account_id, 2, -2000, 5000000 + id FROM made, generate_series(1, 4) n
UNION ALL SELECT 5000000 + id * 5 + n, %(spent)s, 0, 2000, NULL FROM made, generate_series(1, 4) n;
DROP TABLE made
"""


def main() -> None:
    run_inside(__file__, "--inside", HUIKE_CURRENCY="CNY", HUIKE_TIMEZONE=str(ZONE))


def measure() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from huike.kernel.scope import EVERYTHING
    from huike.ledger import selectors as ledger
    from huike.loyalty.liability import selectors as liability
    from huike.loyalty.stored_value import selectors as value

    now = datetime.now(UTC)
    points = make(now)
    faults = ledger.verify()
    if faults:
        raise SystemExit(f"the made books are wrong: {faults[:3]}")
    today = now.astimezone(ZONE)
    month = today.year * 12 + today.month - 1
    yesterday = (today - timedelta(days=1)).date()
    cases: dict[str, Callable[[], object]] = {
        "liability_s": lambda: liability.liability_of(points, month=month, now=now),
        "assets_s": liability.assets,
        "trial_balance_s": lambda: ledger.trial_balance(asset=points),
        "day_end_s": lambda: value.day_of(yesterday, currency="CNY", zone=ZONE, scope=EVERYTHING),
    }
    told = liability.liability_of(points, month=month, now=now)
    assert told.outstanding.total == sum(one.left for one in told.endings) == told.movement.closing > 0
    days = value.day_of(yesterday, currency="CNY", zone=ZONE, scope=EVERYTHING)
    assert (
        sum(sum(day.topped_up_by.values()) for day in days) == sum(day.figures.get("topped_up", 0) for day in days) > 0
    )
    for case, ask in cases.items():
        seconds: list[float] = []
        for _ in range(RUNS):
            began_at = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - began_at)
        spread = {"fastest_s": round(min(seconds), 3), "slowest_s": round(max(seconds), 3)}
        sizes = {"lots": LOTS, "value_entries": VALUE, **spread, "load": round(os.getloadavg()[0], 1)}
        report(
            bench="liability",
            case=case,
            value=statistics.median(seconds),
            unit="s",
            better="lower",
            n=RUNS,
            sizes=sizes,
        )


def make(now: datetime) -> str:
    """Fill the books; the name of the points."""
    from huike.catalog.models import Store
    from huike.customers.models import Customer
    from huike.ledger.books import open_asset
    from huike.loyalty.models import Programme, Terms
    from huike.loyalty.terms.document import TermsDocument

    customers = max(1, LOTS // 10)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    programme = Programme.objects.create(name="Bench", points_name="points", currency="CNY", state="active", version=1)
    terms = Terms.objects.create(
        programme=programme, version=1, effective_at=long_ago, document=TermsDocument().model_dump(mode="json")
    )
    Store.objects.bulk_create(Store(id=n, code=f"S{n}", name=f"Store {n}") for n in range(1, 51))
    Customer.objects.bulk_create((Customer(id=n) for n in range(1, customers + 1)), batch_size=10_000)
    points, money = f"points:{programme.pk}", "money:CNY"
    with psycopg.connect(os.environ["HUIKE_OWNER_DATABASE_URL"], autocommit=True) as connection:
        for asset in (points, money):
            open_asset(asset)
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for asset, statements in ((points, POINTS), (money, STORED)):
            say(f"making {asset}")
            found = connection.execute(
                "SELECT a.name, a.id, a.asset_id FROM ledger_account a JOIN ledger_asset s ON s.id = a.asset_id "
                "WHERE s.key = %s AND a.name IS NOT NULL",
                [asset],
            ).fetchall()
            house = {name: account_id for name, account_id, _ in found}
            filled = {
                **house,
                "asset": found[0][2],
                "terms": terms.pk,
                "customers": customers,
                "lots": LOTS,
                "top_ups": VALUE // 10,
                "now": f"'{now.isoformat()}'",
            }
            for statement in statements.split(";"):
                connection.execute(with_values(statement, filled))
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute("VACUUM ANALYZE")
    return points


if __name__ == "__main__":
    if "--inside" in sys.argv:
        measure()
    else:
        main()
