"""Parts of a person's file that other rooms know: names of stores, purchase totals by currency.

Those rooms lie beside or above this one, so they register here when the house starts (`ready` of their AppConfig).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseTotals:
    """What one customer bought in one currency. `average_minor` is per sale, None where there is none."""

    currency: str
    orders_count: int
    returns_count: int
    net_minor: int
    average_minor: int | None
    first_at: datetime | None
    last_at: datetime | None


StoreNames = Callable[[Iterable[int]], dict[int, str]]
TotalsOf = Callable[[int], Sequence[PurchaseTotals]]

_store_names: StoreNames = lambda _: {}  # noqa: E731 - replaced at start
_totals_of: TotalsOf = lambda _: ()  # noqa: E731 - replaced at start


def register_store_names(names: StoreNames) -> None:
    global _store_names
    _store_names = names


def register_totals(totals: TotalsOf) -> None:
    global _totals_of
    _totals_of = totals


def store_names(store_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these stores by id."""
    wanted = {store_id for store_id in store_ids if store_id is not None}
    return _store_names(wanted) if wanted else {}


def totals_of(customer_id: int) -> Sequence[PurchaseTotals]:
    """One row per currency the customer bought in."""
    return _totals_of(customer_id)
