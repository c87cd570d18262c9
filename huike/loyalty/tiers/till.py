"""What a member's tier takes off at the till, as she stands when the order is placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from huike.catalog import selectors as catalog
from huike.loyalty.points import reading
from huike.loyalty.tiers.discount import CartLine, discounts


def line_discounts(
    customer_id: int | None, lines: Sequence[tuple[str, int, int]], *, currency: str, at: datetime
) -> list[int]:
    """Of each line, told as (SKU, gross, the till's own discount), what her tier takes off, in minor units; nothing
    for who is no member, or where the cart is in another currency."""
    nothing = [0] * len(lines)
    programme = None if customer_id is None else reading.running()
    if programme is None or customer_id is None or programme.currency != currency:
        return nothing
    version, person = programme.terms_at(at), reading.person_at(customer_id, at, programme.id)
    if version is None or person is None or person.buyer.tier is None:
        return nothing
    ladder = version.document.tiers
    kinds = catalog.kinds_of_skus({sku for sku, _, _ in lines})
    above = catalog.paths_of_categories() if ladder.discount.except_category_ids else {}
    cart = [
        CartLine(
            sku=sku,
            gross_minor=gross_minor,
            till_discount_minor=discount_minor,
            category_ids=above.get(kind.category_id or 0, frozenset()) if kind else frozenset(),
            brand_id=kind.brand_id if kind else None,
        )
        for sku, gross_minor, discount_minor in lines
        for kind in [kinds.get(sku)]
    ]
    return discounts(ladder, person.buyer.tier, cart)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a buyer is in the programme that runs; no tier where she has none."""

    is_member: bool
    tier: str | None


def standing_at(customer_id: int, at: datetime) -> Standing:
    """As she stood before this instant; whoever is no member, or where no programme runs, has no tier."""
    programme = reading.running()
    person = None if programme is None else reading.person_at(customer_id, at, programme.id)
    if person is None or person.joined_at is None:
        return Standing(is_member=False, tier=None)
    return Standing(is_member=True, tier=person.buyer.tier)
