"""The small shop that tests of people, orders and coupons share: a till, two stores, orders in canonical form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any, TypeVar

from django.db import connection

from huike.catalog.models import Store
from huike.customers.models import Customer, Source
from huike.orders import services
from huike.orders.rules import BuyerIdentity, CanonicalLine, CanonicalOrder, CanonicalPayment, Kind

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TILL = "till-1"
T = TypeVar("T")


def till(key: str = TILL, **told: Any) -> Source:
    defaults = {"name": f"Till {key}", "channel": "pos", "timezone": "Asia/Shanghai", "currency": "CNY"}
    source, _ = Source.objects.get_or_create(key=key, defaults={**defaults, **told})
    return source


def store(code: str = "SH01", name: str = "南京西路店") -> Store:
    found, _ = Store.objects.get_or_create(code=code, defaults={"name": name, "city": "上海"})
    return found


def line(
    sku: str = "TEA-1", quantity_milli: int = 1_000, price_micros: int | None = 10_000_000, **told: Any
) -> CanonicalLine:
    """One tea at 10.00 where nothing else is said."""
    return CanonicalLine(sku=sku, quantity_milli=quantity_milli, unit_price_micros=price_micros, **told)


def phone(number: str = "+8613812345678") -> tuple[BuyerIdentity, ...]:
    return (BuyerIdentity("phone", number),)


def member(external_id: str = "M-1") -> tuple[BuyerIdentity, ...]:
    return (BuyerIdentity("external", external_id),)


def order(external_id: str = "A-1", **told: Any) -> CanonicalOrder:
    """A sale of one tea at till-1, of nobody known where nothing else is said."""
    defaults: dict[str, Any] = {
        "source_key": TILL,
        "kind": Kind.SALE,
        "placed_at": NOW,
        "channel": "pos",
        "currency": "CNY",
        "lines": (line(),),
    }
    return CanonicalOrder(external_id=external_id, **{**defaults, **told})


def taken_back(external_id: str = "R-1", **told: Any) -> CanonicalOrder:
    return order(external_id, kind=Kind.RETURN, **told)


def paid(*amounts: int) -> tuple[CanonicalPayment, ...]:
    return tuple(CanonicalPayment(tender="cash", amount_minor=amount) for amount in amounts)


def place(*orders: CanonicalOrder) -> services.Placement:
    """Take these orders one after the other; what became of the last."""
    till()
    for one in orders:
        placement = services.place(one, now=NOW)
    return placement


def figures(customer_id: int | None) -> tuple[int, int, int, str | None]:
    """(orders, returns, spent in minor units, currency) as the file shows them."""
    customer = Customer.objects.get(pk=customer_id)
    return customer.orders_count, customer.returns_count, customer.spent_minor, customer.spent_currency


def all_at_once(actions: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run the actions in as many threads, let go at the same moment; what each gave or raised.

    Each thread has a connection of its own; what the actions need must be committed.
    """
    ready = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T | Exception:
        ready.wait(30)
        try:
            return action()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
