"""Files of the shape of Online Retail, made here, whose right totals are counted while they are made."""

from __future__ import annotations

import csv
import gzip
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

LAST_AT = datetime(2011, 12, 9, 12, 50)  # Online Retail's last invoice
_HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
_PRODUCTS = tuple((f"{22000 + i}", f"CERAMIC TEA MUG No.{i}", Decimal(195 + 37 * i) / 100) for i in range(60))


@dataclass
class RetailFile:
    """What was written: the file, the people in it by kind, and the totals a correct import gives."""

    path: Path
    lapsed: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    rows: int = 0
    refused_rows: int = 0
    customer_lines: int = 0
    customer_net_minor: int = 0

    @property
    def customers(self) -> list[int]:
        return self.lapsed + self.others


def write_retail_file(path: Path, *, lapsed_count: int, others_count: int, seed: int = 11) -> RetailFile:
    """An order file with everything that makes the real one dirty.

    `lapsed` people bought twice or more for over 500 pounds, nothing in the last 90 days; nobody else did all three.
    """
    writer = _Writer(RetailFile(path), random.Random(seed))
    for i in range(lapsed_count):
        person = 12_000 + i
        writer.file.lapsed.append(person)
        for _ in range(writer.random.randint(2, 4)):
            writer.invoice(person, days_ago=writer.random.randint(100, 360), quantity=60)
        if i % 10 == 0:
            writer.cancellation(person, days_ago=95)
    for i in range(others_count):
        person = 15_000 + i
        writer.file.others.append(person)
        match i % 3:
            case 0:  # still buys
                writer.invoice(person, days_ago=200, quantity=60)
                writer.invoice(person, days_ago=writer.random.randint(1, 60), quantity=60)
            case 1:  # bought once
                writer.invoice(person, days_ago=writer.random.randint(100, 300), quantity=80)
            case _:  # buys little
                writer.invoice(person, days_ago=150, quantity=1)
                writer.invoice(person, days_ago=250, quantity=1)
    for _ in range(25):
        writer.invoice(None, days_ago=writer.random.randint(1, 360), quantity=4)
    writer.repeat_last_line()
    writer.refused(quantity=1, price=Decimal("-11062.06"), invoice="A563186")
    writer.refused(quantity=-17, price=Decimal(0), invoice="536589")
    writer.refused(quantity=3, price=Decimal("1.25"), invoice="536590", at="not a date")
    writer.invoice(None, days_ago=0, quantity=1)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as output:
        csv.writer(output).writerows([_HEADER, *writer.rows])
    writer.file.rows = len(writer.rows)
    return writer.file


def write_customer_file(path: Path, people: list[int]) -> Path:
    """Name, e-mail, language and consent of the same people. Every tenth said no, every fifteenth left no e-mail."""
    with path.open("w", encoding="utf-8", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(["CustomerID", "Name", "Email", "Language", "Email consent", "Consent date"])
        for i, person in enumerate(people):
            email = "" if i % 15 == 14 else address_of(person)
            agreed = "no" if i % 10 == 9 else "yes"
            language = "zh-CN" if i % 4 == 0 else "en"
            name = f"王小明{person}" if language == "zh-CN" else f"Alex Carter {person}"
            rows.writerow([person, name, email, language, agreed, "2011-11-01"])
    return path


def address_of(person: int) -> str:
    return f"shopper{person}@mail.example"


@dataclass
class _Writer:
    file: RetailFile
    random: random.Random
    rows: list[tuple[object, ...]] = field(default_factory=list)
    _number: int = 536_600

    def invoice(self, person: int | None, *, days_ago: int, quantity: int) -> None:
        self._number += 1
        at = LAST_AT - timedelta(days=days_ago, minutes=0 if days_ago == 0 else self.random.randint(0, 300))
        for sku, name, price in self.random.sample(_PRODUCTS, 3 if quantity > 1 else 1):
            self._row(str(self._number), sku, name, quantity // 3 or 1, at, price, person)

    def cancellation(self, person: int, *, days_ago: int) -> None:
        self._number += 1
        sku, name, price = _PRODUCTS[0]
        self._row(f"C{self._number}", sku, name, -1, LAST_AT - timedelta(days=days_ago), price, person)

    def repeat_last_line(self) -> None:
        """The same line twice is two lines (docs/algorithms/imports.md, 5.6)."""
        self.rows.append(self.rows[-1])

    def refused(self, *, quantity: int, price: Decimal, invoice: str, at: str = "2011-08-12 14:50:00") -> None:
        self.rows.append((invoice, "B", "Adjust bad debt", quantity, at, price, "", "United Kingdom"))
        self.file.refused_rows += 1

    def _row(
        self, invoice: str, sku: str, name: str, quantity: int, at: datetime, price: Decimal, person: int | None
    ) -> None:
        customer = "" if person is None else f"{person}.0"
        self.rows.append((invoice, sku, name, quantity, f"{at:%Y-%m-%d %H:%M:%S}", price, customer, "United Kingdom"))
        if person is not None:
            self.file.customer_lines += 1
            self.file.customer_net_minor += int(quantity * price * 100)
