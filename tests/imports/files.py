"""Files to bring, and the way of one through the services: what the screens, the command and the worker do."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from huike.imports import checks, runs, services
from huike.imports.answers import Answers
from huike.imports.models import Import
from huike.kernel.scope import EVERYTHING
from huike.platform.audit import SYSTEM

CALLER = services.Caller(actor=SYSTEM, scope=EVERYTHING, user_id=None)
RETAIL = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


def text_of(header: Sequence[str], rows: Iterable[Sequence[Any]], *, delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def bring(content: bytes, *, kind: str = "orders", filename: str = "shop.csv") -> Import:
    return services.receive(kind=kind, filename=filename, chunks=[content], caller=CALLER)


def answers_of(record: Import, **corrections: Any) -> Answers:
    proposed = dict(record.questions)
    source = proposed.pop("source")
    told = {
        "mapping": record.mapping_proposed,
        "source_key": source["key"],
        "source_name": source["name"],
        "channel": source["channel"],
        **proposed,
        "currency": "GBP",
        "timezone": "Europe/London",
    }
    return Answers(**(told | corrections))


def check(record: Import, **corrections: Any) -> Import:
    job = services.request_check(record.pk, answers=answers_of(record, **corrections), caller=CALLER)
    checks.perform(job_id=job.pk, import_id=record.pk)
    return Import.objects.get(pk=record.pk)


def run(record: Import, *, refused: str = "keep_good") -> Import:
    job = services.start(record.pk, refused=refused, caller=CALLER)
    runs.perform(job_id=job.pk, import_id=record.pk)
    return Import.objects.get(pk=record.pk)


def whole(content: bytes, *, kind: str = "orders", filename: str = "shop.csv", **corrections: Any) -> Import:
    """Brought, checked and written."""
    return run(check(bring(content, kind=kind, filename=filename), **corrections))


def reasons(record: Import) -> dict[str, int]:
    return {reason["code"]: reason["count"] for reason in record.check_report["reasons"]}


class Retail:
    """A file like Online Retail, dirt and all, and what it comes to, counted in plain Python."""

    def __init__(self, *, invoices: int = 120, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.rows: list[tuple[str, ...]] = []
        self.known_lines = self.refused = 0
        self.known_net_minor = self.net_minor = 0
        self.known_sales_lines = self.known_sales_net_minor = 0
        at = datetime(2010, 12, 1, 8, 26)
        for number in range(536365, 536365 + invoices):
            at += timedelta(minutes=rng.randint(1, 600))
            kind = rng.choices(("sale", "anonymous", "cancellation", "adjustment", "debt"), (60, 20, 12, 6, 2))[0]
            customer = f"{rng.randint(12346, 12386)}.0" if kind in {"sale", "cancellation"} else ""
            prefix = {"cancellation": "C", "debt": "A"}.get(kind, "")
            for _ in range(1 if kind in {"adjustment", "debt"} else rng.randint(1, 9)):
                self._line(rng, f"{prefix}{number}", kind, customer, at)
        repeated = [row for row in self.rows if row[0].isdigit() and row[6]][:3]
        for row in repeated:
            self.rows.append(row)
            self._count(row, "sale")

    def _line(self, rng: random.Random, invoice: str, kind: str, customer: str, at: datetime) -> None:
        price = rng.choice(["2.55", "3.39", "0.001", "12.75", "0.0", "7.65", "0.335"])
        quantity = rng.randint(1, 24) * (-1 if kind in {"cancellation", "adjustment"} else 1)
        if kind == "adjustment":
            price = "0.0"
        if kind == "debt":
            price, quantity = "-11062.06", 1
        sku = rng.choice(["85123A", "71053", "84406B", "22752", "POST", "M"])
        name = rng.choice([f"PRODUCT {sku}", f"PRODUCT {sku}", ""])
        row = (invoice, sku, name, str(quantity), f"{at:%Y-%m-%d %H:%M:%S}", price, customer, "United Kingdom")
        self.rows.append(row)
        self._count(row, kind)

    def _count(self, row: tuple[str, ...], kind: str) -> None:
        if kind in {"adjustment", "debt"}:
            self.refused += 1
            return
        # Mills, rounded half to even by hand: an oracle that shares nothing with the code.
        mills = round(float(row[5]) * 1000) * abs(int(row[3]))
        whole, rest = divmod(mills, 10)
        amount = whole + (1 if rest > 5 or (rest == 5 and whole % 2) else 0)
        amount *= -1 if kind == "cancellation" else 1
        self.net_minor += amount
        if row[6]:
            self.known_lines += 1
            self.known_net_minor += amount
            if kind == "sale" and float(row[5]) > 0:
                self.known_sales_lines += 1
                self.known_sales_net_minor += amount

    @property
    def content(self) -> bytes:
        return text_of(RETAIL, self.rows)
