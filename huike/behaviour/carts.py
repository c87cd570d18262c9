"""Telling carts from events: pure, the same in whatever order they came. See docs/algorithms/tracking.md §6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from huike.behaviour.rules import clean_text
from huike.kernel.money import UnknownCurrency, minor_exponent, to_minor

ADDED, REMOVED = "Product Added", "Product Removed"
STATED: Final = ("Cart Viewed", "Cart Updated", "Checkout Started")
CHECKOUT, ORDERED = "Checkout Started", "Order Completed"
CART_EVENTS: Final = (ADDED, REMOVED, *STATED, ORDERED)
_MOST_QUANTITY: Final = 9_999
_MOST_LINES: Final = 200
_MOST_MINOR: Final = 10**12


@dataclass(frozen=True, slots=True)
class CartEvent:
    """One event of the shop's spec. Sorted by (`occurred_at`, `id`)."""

    occurred_at: datetime
    id: int
    name: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One product in a cart. `price_minor` is of one piece; None where it was not told."""

    key: str
    sku: str
    name: str
    quantity: int
    price_minor: int | None


@dataclass(slots=True)
class Cart:
    """A cart as its events tell it; `ordered_at` where it ended in an order."""

    began_at: datetime
    last_activity_at: datetime
    lines: dict[str, Line] = field(default_factory=dict)
    currency: str | None = None
    checkout_at: datetime | None = None
    ordered_at: datetime | None = None

    @property
    def items_count(self) -> int:
        return sum(line.quantity for line in self.lines.values())

    @property
    def value_minor(self) -> int | None:
        """What the lines cost together; None where a price or the currency is not known."""
        prices = [line.price_minor for line in self.lines.values()]
        if self.currency is None or not prices or any(price is None for price in prices):
            return None
        return sum(line.quantity * (line.price_minor or 0) for line in self.lines.values())


def tell(events: Iterable[CartEvent], *, default_currency: str) -> list[Cart]:
    """The carts these events make, oldest first. All but the last ended in an order; the last may have too."""
    carts: list[Cart] = []
    for event in sorted(events, key=lambda one: (one.occurred_at, one.id)):
        if not carts or carts[-1].ordered_at is not None:
            if event.name == ORDERED:
                continue  # an order without a cart before it
            carts.append(Cart(event.occurred_at, event.occurred_at))
        _apply(carts[-1], event, default_currency)
    return carts


def _apply(cart: Cart, event: CartEvent, default_currency: str) -> None:
    cart.last_activity_at = event.occurred_at
    told = event.properties
    if event.name == ORDERED:
        cart.ordered_at = event.occurred_at
        return
    currency = _currency(told.get("currency")) or cart.currency or default_currency
    if event.name == ADDED:
        _add(cart, told, currency)
    elif event.name == REMOVED:
        _remove(cart, told)
    elif isinstance(products := told.get("products"), list):
        cart.lines = {}
        for product in products[:_MOST_LINES]:
            if isinstance(product, Mapping):
                _add(cart, product, currency)
    if event.name == CHECKOUT:
        cart.checkout_at = event.occurred_at
    cart.currency = currency


def _add(cart: Cart, product: Mapping[str, Any], currency: str) -> None:
    key = _key(product)
    if key is None:
        return
    before = cart.lines.get(key)
    if before is None and len(cart.lines) >= _MOST_LINES:
        return
    quantity = _quantity(product.get("quantity"))
    price = _price(product.get("price"), currency)
    cart.lines[key] = Line(
        key=key,
        sku=_text(product.get("sku")) or (before.sku if before else ""),
        name=_text(product.get("name")) or (before.name if before else ""),
        quantity=min((before.quantity if before else 0) + (1 if quantity is None else quantity), _MOST_QUANTITY),
        price_minor=price if price is not None else (before.price_minor if before else None),
    )
    if cart.lines[key].quantity == 0:
        del cart.lines[key]


def _remove(cart: Cart, product: Mapping[str, Any]) -> None:
    key = _key(product)
    line = cart.lines.get(key) if key is not None else None
    if line is None:
        return
    quantity = _quantity(product.get("quantity"))
    left = 0 if quantity is None else line.quantity - quantity
    if left > 0:
        cart.lines[line.key] = Line(line.key, line.sku, line.name, left, line.price_minor)
    else:
        del cart.lines[line.key]


def _key(product: Mapping[str, Any]) -> str | None:
    for part in ("sku", "product_id", "name"):
        text = _text(product.get(part))
        if text:
            return text
    return None


def _text(told: Any) -> str:
    if isinstance(told, bool) or not isinstance(told, (str, int)):
        return ""
    return clean_text(str(told)).strip()[:200]


def _quantity(told: Any) -> int | None:
    try:
        number = int(Decimal(str(told)))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return min(max(number, 0), _MOST_QUANTITY)


def _price(told: Any, currency: str) -> int | None:
    if isinstance(told, bool) or not isinstance(told, (str, int, float)):
        return None
    try:
        amount = Decimal(str(told))
        if not amount.is_finite() or amount < 0 or amount > _MOST_MINOR:
            return None
        return to_minor(amount, currency)
    except (InvalidOperation, ValueError):
        return None


def _currency(told: Any) -> str | None:
    if not isinstance(told, str):
        return None
    try:
        minor_exponent(told.strip().upper())
    except UnknownCurrency:
        return None
    return told.strip().upper()
