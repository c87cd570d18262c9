"""A cart of 20 lines against 200 live offers, as a till's quote evaluates it: which offers are live (read from the
database's number, kept in the process), what the goods are, where budgets stand, and the best combination.

Cases: `evaluate_p99_ms` and `evaluate_p50_ms` of 1,000 carts a round; `reread_ms`: the first cart after an offer
changed, which reads all 200 anew. `sizes` has how many offers held by themselves, how many stood, and the share of
carts for which the combination is proved the best.

The offers are those of a chain: 110 on some products, categories or brands that stand beside each other, 30 in three
groups of the whole cart (less from so much on), 20 for members and tiers, 20 of one store or day, 10 with points, gifts
and delivery, 10 that stand alone; one in five with a budget.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._report import report
from huike.platform.postgres import EmbeddedPostgres

ROUNDS = int(os.environ.get("ROUNDS", "5"))
CARTS = int(os.environ.get("CARTS", "1000"))
LINES, PRODUCTS, CATEGORIES, BRANDS = 20, 500, 24, 30


def main() -> None:
    if "--once" in sys.argv:
        print(json.dumps(measured()))
        return
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-offers-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "server", owner_may_create_databases=True)
    server.start(what="a benchmark")
    try:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
            "HUIKE_DATABASE_URL": server.app_url,
            "HUIKE_OWNER_DATABASE_URL": server.owner_url,
            "HUIKE_DATA_DIR": str(folder / "data"),
        }
        subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment, check=True, stdout=sys.stderr)
        told = subprocess.run(
            [sys.executable, __file__, "--once"], env=environment, check=True, capture_output=True, text=True
        )
        rounds = json.loads(told.stdout.splitlines()[-1])
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sizes = {"lines": LINES, "live_offers": 200, "carts": CARTS, **rounds["sizes"]}
    for case in ("evaluate_p99_ms", "evaluate_p50_ms", "reread_ms"):
        report(
            bench="offers",
            case=case,
            value=statistics.median(rounds[case]),
            unit="ms",
            better="lower",
            n=len(rounds[case]),
            sizes=sizes,
        )


def some_goods(rng: random.Random) -> dict[str, Any]:
    kind = rng.random()
    if kind < 0.5:
        return {"product_ids": rng.sample(range(1, PRODUCTS + 1), rng.randrange(1, 9))}
    return (
        {"category_ids": [rng.randrange(1, CATEGORIES + 1)]}
        if kind < 0.8
        else {"brand_ids": [rng.randrange(1, BRANDS + 1)]}
    )


def on_goods(rng: random.Random) -> dict[str, Any]:
    goods = some_goods(rng)
    return rng.choice(
        [
            {"kind": "percent", "percent_bp": rng.randrange(500, 3_000), "goods": goods},
            {"kind": "amount", "amount_minor": rng.randrange(100, 2_000), "goods": goods},
            {"kind": "fixed_price", "price_minor": rng.randrange(500, 5_000), "goods": goods},
            {"kind": "buy_get", "buy": goods, "buy_quantity": rng.randrange(1, 4), "percent_bp": 5_000},
            {"kind": "bundle", "parts": [{"goods": goods}, {"goods": some_goods(rng)}], "price_minor": 6_000},
        ]
    )


def chain_offers(rng: random.Random) -> list[dict[str, Any]]:
    """200 documents of terms."""
    offers: list[dict[str, Any]] = [{"effect": on_goods(rng)} for _ in range(110)]
    for group in range(3):
        for step in range(10):
            spend = {"spend": {"amount_minor": 5_000 * (step + 1) + 1_000 * group}}
            less = (
                {"kind": "amount", "amount_minor": 400 * (step + 1)}
                if group
                else {"kind": "percent", "percent_bp": 300 + 60 * step}
            )
            offers.append({"effect": less, "cart": spend, "stacking": {"group": f"cart {group}", "priority": -group}})
    for number in range(20):
        customer = {"is_member": True} if number % 2 else {"tiers": [["gold", "silver"][number % 4 // 2]]}
        effect = {"kind": "percent", "percent_bp": rng.randrange(200, 900), "goods": some_goods(rng)}
        offers.append({"effect": effect, "customer": customer, "stacking": {"group": "members"}})
    for number in range(20):
        where = {"where": {"store_ids": [number % 5 + 1]}} if number % 2 else {"when": {"weekdays": [number % 7 + 1]}}
        offers.append({"effect": on_goods(rng), **where})
    offers += [{"effect": {"kind": "points", "factor_bp": 20_000, "goods": some_goods(rng)}} for _ in range(4)]
    offers += [{"effect": {"kind": "gift", "product_id": rng.randrange(1, PRODUCTS)}} for _ in range(4)]
    offers += [{"effect": {"kind": "free_delivery"}, "cart": {"spend": {"amount_minor": 9_900}}} for _ in range(2)]
    alone = {"exclusive": True}
    offers += [{"effect": {"kind": "percent", "percent_bp": 500 + 100 * n}, "stacking": alone} for n in range(10)]
    for number, offer in enumerate(offers):
        offer |= {"applies": "automatic", "currency": "CNY"}
        if number % 5 == 0:
            offer["budgets"] = [{"uses": 10**6}, {"of": "customer", "period": "day", "uses": 3}]
    return offers


def measured() -> dict[str, Any]:
    import django

    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from huike.catalog.models import Brand, Category, Product, Store
    from huike.checkout.evaluating import ToldCart, ToldLine, evaluate_cart
    from huike.customers.models import Customer
    from huike.platform.audit import SYSTEM
    from huike.promotions.offers import services
    from huike.promotions.terms.document import OfferDocument

    rng = random.Random(20)
    Store.objects.bulk_create(Store(pk=n, code=f"S{n}", name=f"Store {n}", city="") for n in range(1, 6))
    Category.objects.bulk_create(
        Category(pk=n, name=f"Kind {n}", parent_id=n // 4 if n > 3 else None) for n in range(1, CATEGORIES + 1)
    )
    Brand.objects.bulk_create(Brand(pk=n, name=f"Brand {n}") for n in range(1, BRANDS + 1))
    Product.objects.bulk_create(
        Product(
            pk=n, sku=f"SKU-{n}", category_id=rng.randrange(1, CATEGORIES + 1), brand_id=rng.randrange(1, BRANDS + 1)
        )
        for n in range(1, PRODUCTS + 1)
    )
    buyers = [buyer.pk for buyer in Customer.objects.bulk_create(Customer(name=f"B{n}") for n in range(200))]
    for number, terms in enumerate(chain_offers(rng)):
        offer = services.create_offer(name=f"Offer {number}", terms=OfferDocument.model_validate(terms), actor=SYSTEM)
        services.activate_offer(offer.pk, actor=SYSTEM)

    def cart() -> ToldCart:
        lines = [
            ToldLine(
                sku=f"SKU-{rng.randrange(1, PRODUCTS + 1)}",
                base_minor=rng.randrange(300, 9_900) * units,
                quantity_milli=1_000 * units,
                is_reduced=False,
            )
            for units in (rng.choice([1, 1, 1, 2, 3]) for _ in range(LINES))
        ]
        return ToldCart(
            at=timezone.now(),
            currency="CNY",
            lines=lines,
            store_id=rng.randrange(1, 6),
            channel="pos",
            customer_id=rng.choice(buyers),
            order_key="bench:1",
        )

    rounds: dict[str, Any] = {"evaluate_p99_ms": [], "evaluate_p50_ms": [], "reread_ms": []}
    held, stood, exact = [], [], []
    for number in range(ROUNDS + 1):
        times = []
        for _ in range(CARTS):
            told = cart()
            began = time.perf_counter()
            with transaction.atomic():
                found = evaluate_cart(told, codes=(), coupons={}, automatic=True).evaluation
            times.append((time.perf_counter() - began) * 1_000)
            outdone = {"offer.outdone", "offer.nothing_left"}
            held.append(sum(v.reason is None or v.reason.code in outdone for v in found.verdicts))
            stood.append(len(found.standing))
            exact.append(found.is_exact)
        services.update_offer(1, name=f"Renamed {number}", terms=None, actor=SYSTEM)
        began = time.perf_counter()
        evaluate_cart(cart(), codes=(), coupons={}, automatic=True)
        again_ms = (time.perf_counter() - began) * 1_000
        if number:  # the first warms up
            times.sort()
            rounds["evaluate_p99_ms"].append(times[int(len(times) * 0.99)])
            rounds["evaluate_p50_ms"].append(times[len(times) // 2])
            rounds["reread_ms"].append(again_ms)
    rounds["sizes"] = {
        "held_mean": round(statistics.mean(held), 1),
        "stood_mean": round(statistics.mean(stood), 1),
        "proved_best": round(statistics.mean(exact), 4),
    }
    return rounds


if __name__ == "__main__":
    main()
