"""How long what one deal brought takes to be told, of a deal with BUYERS buyers.

Made in SQL, the guards off, and proved right before anything is measured: pairs of buyers, each with a payment and a
voucher (six of ten redeemed, one of twenty kept at expiry, one of twenty given back), two fifths of them members, an
order before and ORDERS orders of two lines in the four months since, every tenth of them with a return; PRODUCTS
products, four of five with three costs each; and OTHERS orders of other people. Case: `one_deal_s`. `BUYERS=…`,
`ORDERS=…`, `OTHERS=…` and `RUNS=…` change how much.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

import psycopg
from _made import run_inside, with_values
from _report import report
from made_lake import say

RUNS = int(os.environ.get("RUNS", "5"))
BUYERS = int(os.environ.get("BUYERS", "50000"))
ORDERS = int(os.environ.get("ORDERS", "4"))
OTHERS = int(os.environ.get("OTHERS", "500000"))
PRODUCTS = 500
PRICE, COMMISSION = 9_900, 495
TABLES = (
    "groupbuy_group", "groupbuy_participation", "groupbuy_voucher", "groupbuy_redemption", "payments_payment",
    "orders_order", "orders_line", "loyalty_member", "ledger_transaction", "ledger_entry", "catalog_product_cost",
)  # fmt: skip

# Buyer n came n seconds after the deal began; her voucher's fate is told by n % 20.
BOUGHT = """
INSERT INTO groupbuy_group (id, token, deal_id, terms_id, state, reason, size, forms_at, price_minor, currency, seats,
                            opened_at, deadline_at, ended_at)
SELECT n, 'g' || n, %(deal)s, %(terms)s, 'formed', '', 2, 2, %(price)s, 'CNY', 2, at, at + interval '1 day',
       at + interval '1 hour'
  FROM (SELECT n, %(began)s::timestamptz + n * interval '2 seconds' AS at
          FROM generate_series(1, (%(buyers)s + 1) / 2) n) g;
INSERT INTO groupbuy_participation (id, token, key, input_sha256, group_id, deal_id, customer_id, made_customer,
                                    quantity, amount_minor, state, reason, provider, is_paying, seat_payment_id,
                                    joined_at, pay_until, seated_at)
SELECT n, 'p' || n, 'p' || n, '', (n + 1) / 2, %(deal)s, n, false, 1, %(price)s, 'confirmed', '', 'any', false, n,
       at, at, at
  FROM (SELECT n, %(began)s::timestamptz + n * interval '1 second' AS at FROM generate_series(1, %(buyers)s) n) p;
INSERT INTO payments_payment (id, number, key, reference, subject, provider, amount_minor, currency, state, handles,
                              fee_minor, expires_at, captured_at, ended_at)
SELECT id, 'n' || id, 'n' || id, 'participation:' || id, '', 'any', %(price)s, 'CNY', 'captured', '{}',
       CASE WHEN id % 10 > 0 THEN 59 END, joined_at, joined_at, joined_at
  FROM groupbuy_participation;
INSERT INTO groupbuy_voucher (id, code, participation_id, deal_id, number, state, uses, used, price_minor, left_minor,
                              valid_from, valid_until, issued_at, ended_at, refund_id)
SELECT id, 'v' || id, id, %(deal)s, 1, fate, 1, (fate = 'used')::int, %(price)s,
       CASE fate WHEN 'issued' THEN %(price)s ELSE 0 END, joined_at, joined_at, joined_at,
       CASE WHEN fate IN ('expired', 'refunded') THEN joined_at END, CASE WHEN fate = 'refunded' THEN id END
  FROM (SELECT *, CASE WHEN id % 20 < 12 THEN 'used' WHEN id % 20 = 12 THEN 'expired' WHEN id % 20 = 13 THEN 'refunded'
                       ELSE 'issued' END AS fate
          FROM groupbuy_participation) p;
INSERT INTO groupbuy_redemption (key, input_sha256, voucher_id, store_id, uses, amount_minor, commission_minor,
                                 occurred_at, recorded_at, clerk, undone_by, undo_reason)
SELECT 'r' || id, '', id, %(store)s, 1, price_minor, %(commission)s, issued_at, issued_at, '', '', ''
  FROM groupbuy_voucher WHERE state = 'used';
INSERT INTO ledger_transaction (id, asset_id, kind, key, input_sha256, occurred_at, posted_at, reference, actor, reason)
SELECT 1000000 + id, %(asset)s, 'post', 'voucher:' || id || ':kept', '', issued_at, issued_at, 'voucher:' || id, '',
       '{}'
  FROM groupbuy_voucher WHERE state = 'expired';
INSERT INTO ledger_entry (transaction_id, account_id, pocket, amount)
SELECT 1000000 + id, account_id, 0, amount
  FROM groupbuy_voucher,
       (VALUES (%(unused)s, -%(price)s), (%(owed)s, %(price)s - %(commission)s), (%(earned)s, %(commission)s))
           AS moved (account_id, amount)
 WHERE state = 'expired';
INSERT INTO loyalty_member (programme_id, customer_id, joined_at, tier_is_granted)
SELECT %(programme)s, id, joined_at + CASE WHEN id % 5 = 0 THEN interval '-30 days' ELSE interval '3 days' END, false
  FROM groupbuy_participation WHERE id % 5 < 2
"""
# Order 0 of a buyer is from before she came; each of the others comes to 30.00, its lines to 10.00 and 20.00.
ORDERED = """
INSERT INTO orders_order (id, source_id, external_id, revision, content_sha256, kind, state, channel, clerk,
                          customer_id, placed_at, currency, gross_minor, discount_minor, net_minor)
SELECT id * 10 + k, %(source)s, 'o' || id || '-' || k, 0, '', 'sale', 'placed', 'pos', '', id,
       joined_at + CASE k WHEN 0 THEN interval '-9 days' ELSE (7 * k + (id * 13 + k * 29) % 25) * interval '1 day' END,
       'CNY', 3000, 0, 3000
  FROM groupbuy_participation, generate_series(0, %(orders)s) k
 WHERE k > 0 OR id % 2 = 0;
INSERT INTO orders_order (id, source_id, external_id, revision, content_sha256, kind, state, channel, clerk,
                          customer_id, placed_at, currency, gross_minor, discount_minor, net_minor, return_of_id)
SELECT 100000000 + id, source_id, 'back' || id, 0, '', 'return', 'placed', channel, '', customer_id,
       placed_at + interval '2 days', currency, -1000, 0, -1000, id
  FROM orders_order WHERE id % 100 = 11;
INSERT INTO orders_order (id, source_id, external_id, revision, content_sha256, kind, state, channel, clerk,
                          customer_id, placed_at, currency, gross_minor, discount_minor, net_minor)
SELECT 200000000 + n, %(source)s, 'x' || n, 0, '', 'sale', 'placed', 'pos', '', NULL,
       %(began)s::timestamptz + n * interval '10 seconds', 'CNY', 3000, 0, 3000
  FROM generate_series(1, %(others)s) n;
INSERT INTO orders_line (order_id, line_number, product_id, quantity, gross_minor, discount_minor, net_minor)
SELECT id, k, 1 + (id * 7 + k) % %(products)s, 1, 1000 * k, 0, 1000 * k
  FROM orders_order, generate_series(1, 2) k WHERE kind = 'sale'
UNION ALL
SELECT id, 1, 1 + (return_of_id * 7 + 1) % %(products)s, -1, -1000, 0, -1000 FROM orders_order WHERE kind = 'return';
INSERT INTO catalog_product_cost (product_id, currency, cost_minor, starts_on, told_by, told_at)
SELECT id, 'CNY', 300 + k, (%(began)s::timestamptz)::date - 60 + 50 * k, '', %(began)s
  FROM catalog_product, generate_series(0, 2) k WHERE sku LIKE 'P%' AND id % 5 > 0
"""


def main() -> None:
    run_inside(__file__, "--inside", HUIKE_CURRENCY="CNY", HUIKE_TIMEZONE="Asia/Shanghai")


def measure() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from huike.groupbuy.results.selectors import results_of
    from huike.kernel.scope import EVERYTHING

    now = datetime.now(UTC)
    deal_id = make(now)
    prove(results_of([deal_id], scope=EVERYTHING, now=now)[deal_id])
    seconds: list[float] = []
    for _ in range(RUNS):
        began_at = time.perf_counter()
        results_of([deal_id], scope=EVERYTHING, now=now)
        seconds.append(time.perf_counter() - began_at)
    spread = {"fastest_s": round(min(seconds), 3), "slowest_s": round(max(seconds), 3)}
    sizes = {"buyers": BUYERS, "orders_each": ORDERS, "orders_of_others": OTHERS, **spread}
    report(
        bench="deal_results",
        case="one_deal_s",
        value=statistics.median(seconds),
        unit="s",
        better="lower",
        n=RUNS,
        sizes={**sizes, "load": round(os.getloadavg()[0], 1)},
    )


def prove(result: object) -> None:
    """What follows from how it was made. Raises SystemExit where it was told otherwise."""
    from huike.groupbuy.results.rules import DealResult

    assert isinstance(result, DealResult)
    fates = [n % 20 for n in range(1, BUYERS + 1)]
    used, kept = sum(fate < 12 for fate in fates), fates.count(12)
    known = sum(fate < 13 and n % 10 > 0 for n, fate in enumerate(fates, start=1))
    wanted = {
        "buyers": (result.buyers, BUYERS),
        "new": (result.new, (BUYERS + 1) // 2),
        "members": (result.members, BUYERS // 5),
        "pieces": (result.pieces, BUYERS - fates.count(13)),
        "commission": (result.commission_minor, (used + kept) * COMMISSION),
        "revenue": (result.margin.revenue_minor, (used + kept) * PRICE),
        "known": (result.margin.known_minor, known * PRICE),
        "fees": (result.margin.fees_minor, sum(n % 10 > 0 for n in range(1, BUYERS + 1)) * 59),
        "left": (
            result.margin.margin_minor,
            known * COMMISSION - sum(n % 10 > 0 for n in range(1, BUYERS + 1)) * 59,
        ),
        "over": (result.windows[-1].over, BUYERS - BUYERS // 5),
    }
    wrong = {name: pair for name, pair in wanted.items() if pair[0] != pair[1]}
    last = result.windows[-1]
    if wrong or not 0 < last.goods_minor < last.known_minor < last.net_minor:
        raise SystemExit(f"told otherwise than made: {wrong or last}")


def make(now: datetime) -> int:
    """Fill the house; the deal's number."""
    from huike.catalog.models import Product, Store
    from huike.customers.models import Customer, Source
    from huike.groupbuy import money
    from huike.groupbuy.models import Deal, DealTerms, Merchant
    from huike.groupbuy.sources import source_id
    from huike.kernel.money import Money
    from huike.ledger.models import Account
    from huike.loyalty.models import Programme

    say("making")
    began = now - timedelta(days=121)
    source_id()
    store = Store.objects.create(code="S", name="S")
    source = Source.objects.create(key="till", name="Till", timezone="Asia/Shanghai", currency="CNY")
    programme = Programme.objects.create(name="Bench", points_name="points", currency="CNY", state="active")
    Product.objects.bulk_create(Product(id=n, sku=f"P{n}") for n in range(1, PRODUCTS + 1))
    merchant = Merchant.objects.create(name="M", state="admitted")
    deal = Deal.objects.create(
        slug="d", name="D", merchant=merchant, product_id=1, state="over", currency="CNY", starts_at=began,
        ends_at=now, stock=BUYERS, taken=BUYERS,
    )  # fmt: skip
    terms = DealTerms.objects.create(deal=deal, version=1, document={"list_price_minor": 12_800})
    Customer.objects.bulk_create((Customer(id=n) for n in range(1, BUYERS + 1)), batch_size=10_000)
    # So that the accounts are there; of a voucher that is none of the deal's.
    money.kept(10**9, Money(PRICE, "CNY"), commission_minor=COMMISSION, merchant_id=merchant.pk, at=began)
    accounts = {account.name: account for account in Account.objects.filter(asset__key="deals:CNY")}
    filled = {
        "deal": deal.pk,
        "terms": terms.pk,
        "store": store.pk,
        "source": source.pk,
        "programme": programme.pk,
        "asset": accounts["unused"].asset_id,
        "unused": accounts["unused"].pk,
        "owed": accounts[money.merchant_account(merchant.pk)].pk,
        "earned": accounts["commission"].pk,
        "price": PRICE,
        "commission": COMMISSION,
        "buyers": BUYERS,
        "orders": ORDERS,
        "others": OTHERS,
        "products": PRODUCTS,
        "began": f"'{began.isoformat()}'",
    }
    with psycopg.connect(os.environ["HUIKE_OWNER_DATABASE_URL"], autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statements in (BOUGHT, ORDERED):
            for statement in statements.split(";"):
                connection.execute(with_values(statement, filled))
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute("VACUUM ANALYZE")
    return int(deal.pk)


if __name__ == "__main__":
    if "--inside" in sys.argv:
        measure()
    else:
        main()
