"""What a tier takes off which line of a cart. Pure; section 7 of `docs/algorithms/tiers.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huike.kernel.money import percent_of
from huike.loyalty.terms.tiers import DiscountScope, Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """One line as the till tells it. `category_ids` are the goods' category and those above it."""

    sku: str
    gross_minor: int
    till_discount_minor: int = 0
    category_ids: frozenset[int] = frozenset()
    brand_id: int | None = None


def discounts(ladder: Ladder, tier: str | None, lines: Sequence[CartLine]) -> list[int]:
    """What the tier takes off each line, in minor units, before any coupon: of each line by itself, half to even."""
    held = ladder.tier(tier)
    bp = 0 if held is None else held.benefits.discount_bp
    return [percent_of(_base(line), percent_bp=bp) if bp and _is_open(line, ladder) else 0 for line in lines]


def _base(line: CartLine) -> int:
    return max(line.gross_minor - line.till_discount_minor, 0)


def _is_open(line: CartLine, ladder: Ladder) -> bool:
    scope: DiscountScope = ladder.discount
    return not (
        line.sku in scope.except_skus
        or line.category_ids & set(scope.except_category_ids)
        or line.brand_id in scope.except_brand_ids
        or (line.till_discount_minor > 0 and not scope.on_reduced)
        or any(membership.sku == line.sku for membership in ladder.memberships)
    )
