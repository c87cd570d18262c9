"""Customers with points, as the tests of the ledger need them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import transaction

from huike.customers.models import Customer
from huike.ledger.books import open_books
from huike.ledger.models import Lot
from huike.ledger.selectors import standing

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
POINTS = "points:1"
_numbers = count(1)


def customer(name: str = "P") -> int:
    return Customer.objects.create(name=name).pk


def earn(customer_id: int, amount: int, *, at: datetime = NOW, key: str | None = None, **told: Any) -> None:
    with transaction.atomic(), open_books(POINTS, [customer_id]) as books:
        books.earn(customer_id, amount, key=key or f"earn:{customer_id}:{next(_numbers)}", at=at, **told)


def available(customer_id: int, *, now: datetime = NOW) -> int:
    return standing(POINTS, customer_id, now=now).available


def lots(customer_id: int) -> list[int]:
    """What is available of her lots, in the order in which they came."""
    found = Lot.objects.filter(account__customer_id=customer_id).order_by("id")
    return list(found.values_list("available", flat=True))
