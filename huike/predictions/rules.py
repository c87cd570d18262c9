"""When goods should be used up. Pure. `docs/algorithms/replenishment.md` is the specification."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal


@dataclass(frozen=True, slots=True)
class Purchase:
    """What one sale had of one product; the quantity is positive."""

    order_id: int
    placed_at: datetime
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class CameBack:
    """What one return had of one product; the quantity is positive. `sale_id` where the sale is known."""

    placed_at: datetime
    quantity: Decimal
    sale_id: int | None = None


@dataclass(frozen=True, slots=True)
class Lasting:
    """A purchase that nothing came back of, with its day and how many days it lasts."""

    order_id: int
    placed_at: datetime
    placed_on: date
    days: int


@dataclass(frozen=True, slots=True)
class Supply:
    """Purchases that followed each other while something was left. `used_up_on` is the first day without any."""

    began_at: datetime
    used_up_on: date
    order_ids: tuple[int, ...]


def kept(purchases: Iterable[Purchase], returns: Iterable[CameBack]) -> list[Purchase]:
    """What is left of each purchase, in the order they were placed; those that came back wholly are gone."""
    left = sorted(purchases, key=lambda one: (one.placed_at, one.order_id))
    # Those that know their sale first: they leave the others no more than is there.
    for back in sorted(returns, key=lambda one: (one.sale_id is None, one.placed_at)):
        quantity = back.quantity
        for place in reversed(range(len(left))):
            one = left[place]
            is_of_it = one.order_id == back.sale_id if back.sale_id is not None else one.placed_at <= back.placed_at
            part = min(quantity, one.quantity) if is_of_it else Decimal(0)
            left[place] = replace(one, quantity=one.quantity - part)
            quantity -= part
    return [one for one in left if one.quantity > 0]


def days_of(quantity: Decimal, usage_days: int) -> int:
    return int((quantity * usage_days).to_integral_value(ROUND_CEILING))


def supplies(purchases: Sequence[Lasting]) -> list[Supply]:
    """The purchases of one product by one customer, in the order they were placed, as supplies."""
    found: list[Supply] = []
    for one in purchases:
        last = found[-1] if found else None
        if last is not None and one.placed_on < last.used_up_on:
            found[-1] = Supply(last.began_at, _after(last.used_up_on, one.days), (*last.order_ids, one.order_id))
        else:
            found.append(Supply(one.placed_at, _after(one.placed_on, one.days), (one.order_id,)))
    return found


def _after(day: date, days: int) -> date:
    """So many days later; the calendar's last day where that lies beyond."""
    return day + timedelta(days=min(days, (date.max - day).days))
