"""A cart as the evaluation sees it, and what it says of an offer that does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huike.promotions.terms.goods import Goods


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """`base_minor` is what the line comes to before any offer; `category_ids` are its category and all above it.

    `is_reduced` says that the till itself took something off.
    """

    base_minor: int
    quantity_milli: int = 1_000
    product_id: int | None = None
    category_ids: frozenset[int] = frozenset()
    brand_id: int | None = None
    is_reduced: bool = False

    @property
    def units(self) -> int:
        """Whole ones: of 2.5 kg, two."""
        return self.quantity_milli // 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys, as far as offers ask. `is_new`: no order but this one. `segment_ids` are those she is in."""

    customer_id: int
    is_new: bool = False
    is_member: bool = False
    tier: str | None = None
    segment_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What is being bought. `order_key` names the order a coupon is held for; `order_id` is set when an earlier
    revision of it is known."""

    at: datetime
    currency: str
    lines: tuple[CartLine, ...]
    store_id: int | None
    channel: str = "pos"
    buyer: Buyer | None = None
    order_key: str
    order_id: int | None = None

    @property
    def customer_id(self) -> int | None:
        return None if self.buyer is None else self.buyer.customer_id

    @property
    def bases_minor(self) -> tuple[int, ...]:
        return tuple(line.base_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an offer or a coupon does not hold, and what is missing."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


def lines_of(goods: Goods, lines: Sequence[CartLine]) -> list[int]:
    """The places of the lines that are meant."""
    if goods.means_everything:
        return list(range(len(lines)))
    return [place for place, line in enumerate(lines) if _is_meant(goods, line)]


def _is_meant(goods: Goods, line: CartLine) -> bool:
    if line.is_reduced and not goods.on_reduced:
        return False
    products, categories, brands = goods.named
    if goods.names_something and not (
        line.product_id in products or line.brand_id in brands or not categories.isdisjoint(line.category_ids)
    ):
        return False
    products, categories, brands = goods.excepted
    return not (line.product_id in products or line.brand_id in brands or not categories.isdisjoint(line.category_ids))
