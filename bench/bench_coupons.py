"""Codes by the million, and tills that use them.

Cases: `batch_s`: a batch of a million codes from asking until all are there, as the worker makes it; `sizes` has how
many are wrong (not well-formed, twice, or not counted: 0). `file_s`: the same batch as the CSV that is handed out.
`redemptions_per_s`: coupons of 1,000,000 used one after the other by two processes, each use a transaction of its own.
`COUNT=…` and `RUNS=…` change how much.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._report import report
from bench.bench_import import named
from huike.platform.postgres import EmbeddedPostgres

COUNT = int(os.environ.get("COUNT", "1000000"))
RUNS = int(os.environ.get("RUNS", "5"))
USES, PROCESSES = 2_000, 2
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def main() -> None:
    if "--once" in sys.argv:
        print(json.dumps(once()))
        return
    folder = Path(tempfile.mkdtemp(prefix="huike-bench-coupons-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "server", owner_may_create_databases=True)
    server.start(what="a benchmark")
    try:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "huike.platform.django_settings"}
        template = {
            "HUIKE_DATABASE_URL": server.app_url,
            "HUIKE_OWNER_DATABASE_URL": server.owner_url,
            "HUIKE_DATA_DIR": str(folder / "template"),
        }
        subprocess.run([sys.executable, "-m", "huike", "migrate"], env=environment | template, check=True)
        runs = [run(server, folder, environment, f"coupons_{n}") for n in range(RUNS + 1)]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    measured, last = runs[1:], runs[-1]
    tell("batch_s", [one["batch_s"] for one in measured], "s", {"codes": last["codes"], "wrong": last["wrong"]})
    tell("file_s", [one["file_s"] for one in measured], "s", {"codes": last["codes"], "bytes": last["file_bytes"]})
    tell(
        "redemptions_per_s",
        [one["redemptions_per_s"] for one in measured],
        "redemptions/s",
        {"uses": USES, "processes": PROCESSES, "coupons": last["codes"]},
    )


def tell(case: str, values: list[float], unit: str, sizes: dict[str, Any]) -> None:
    better = "lower" if unit == "s" else "higher"
    report(
        bench="coupons",
        case=case,
        value=statistics.median(values),
        unit=unit,
        better=better,  # type: ignore[arg-type]
        n=len(values),
        sizes=sizes,
    )


def run(server: EmbeddedPostgres, folder: Path, environment: dict[str, str], name: str) -> dict[str, Any]:
    with psycopg.connect(named(server.owner_url, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE huike")
    told = environment | {"HUIKE_DATABASE_URL": named(server.app_url, name), "HUIKE_DATA_DIR": str(folder / name)}
    try:
        done = subprocess.run([sys.executable, __file__, "--once"], env=told, check=True, stdout=subprocess.PIPE)
        outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        print(f"{name}: {outcome}", file=sys.stderr)
        return outcome
    finally:
        shutil.rmtree(folder / name, ignore_errors=True)
        with psycopg.connect(named(server.owner_url, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def once() -> dict[str, Any]:
    """In a process of its own: one batch, its file, and uses of its codes."""
    import django

    django.setup()
    from huike.promotions.batches import files
    from huike.promotions.batches.services import BatchDraft, make_batch
    from huike.promotions.tasks import make_codes

    owner, offer = prepare()
    began = time.perf_counter()
    draft = BatchDraft(name="Bench", offer_id=offer, prefix="TEA", count=COUNT)
    batch = make_batch(draft, principal=owner, now=NOW)
    make_codes(job_id=batch.job_id, batch_id=batch.pk)
    made = time.perf_counter()
    written = sum(len(part) for part in files.as_csv(batch.pk))
    filed = time.perf_counter()
    wrong = faults(batch.pk)
    orders = make_orders()
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        seconds = max(pool.map(use, [(number, orders) for number in range(PROCESSES)]))
    return {
        "codes": COUNT,
        "wrong": wrong,
        "batch_s": made - began,
        "file_s": filed - made,
        "file_bytes": written,
        "redemptions_per_s": USES / seconds,
    }


def prepare() -> tuple[Any, int]:
    from huike.customers.services import create_source
    from huike.platform.audit import SYSTEM
    from huike.promotions.offers.services import activate_offer, create_offer
    from huike.promotions.terms.document import OfferDocument
    from huike.staff.access import user_principal
    from huike.staff.rules import Role
    from huike.staff.services import create_user

    create_source(key="t", name="T", channel="pos", timezone="Asia/Shanghai", currency="CNY", actor=SYSTEM)
    owner = create_user(email="o@example.com", name="O", role=Role.OWNER, password="brew-oolong-slowly")
    terms = OfferDocument.model_validate({"effect": {"kind": "percent", "percent_bp": 1_000}})
    offer = create_offer(name="Bench", terms=terms, actor=SYSTEM)
    activate_offer(offer.pk, actor=SYSTEM)
    return user_principal(owner), int(offer.pk)


def faults(batch_id: int) -> int:
    from huike.kernel.codes import is_well_formed
    from huike.promotions.batches import selectors
    from huike.promotions.models import CodeBatch

    codes = [row[0] for part in selectors.codes_of(batch_id) for row in part]
    batch = CodeBatch.objects.get(pk=batch_id)
    malformed = sum(not is_well_formed(code) for code in codes)
    return malformed + abs(COUNT - len(set(codes))) + abs(COUNT - batch.made) + (batch.state != "ready")


def make_orders() -> list[int]:
    from huike.orders import services
    from huike.orders.rules import CanonicalLine, CanonicalOrder, Kind

    line = CanonicalLine(sku="TEA", quantity_milli=1_000, unit_price_micros=10_000_000)
    return [
        services.place(
            CanonicalOrder(
                external_id=f"A-{n}",
                source_key="t",
                kind=Kind.SALE,
                placed_at=NOW,
                channel="pos",
                currency="CNY",
                lines=(line,),
            ),
            now=NOW,
        ).order_id
        for n in range(USES)
    ]


def use(told: tuple[int, list[int]]) -> float:
    """One till's share of the uses; the seconds it took."""
    import django

    django.setup()
    from django.db import transaction

    from huike.platform.audit import SYSTEM
    from huike.promotions.coupons.services import Redemption, redeem
    from huike.promotions.models import Coupon

    number, orders = told
    mine = orders[number::PROCESSES]
    every = max(1, COUNT // USES)
    ids = list(Coupon.objects.order_by("pk").values_list("pk", flat=True)[number * every :: PROCESSES * every])
    began = time.perf_counter()
    for order_id, coupon_id in zip(mine, ids, strict=False):
        with transaction.atomic():
            redeem(
                [Redemption(coupon_id=coupon_id, discount_minor=100)],
                order_id=order_id,
                order_key=f"t:{order_id}",
                currency="CNY",
                at=NOW,
                actor=SYSTEM,
            )
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
