"""How many uses a sale of count cards gives, until when, and what a return of it takes back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from huike.loyalty.terms.count_cards import CountCard, CountCards
from huike.loyalty.tiers import periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Uses of one card that a sale gives: one lot of the ledger's asset `asset`."""

    card: CountCard
    units: int
    uses: int
    expires_at: datetime | None


def given(cards: CountCards, units: Mapping[str, int], *, sold_at: datetime, zone: ZoneInfo) -> list[Given]:
    """What a sale gives whose goods are `units` by SKU, less what came back of them, in the order of the terms."""
    return [
        Given(
            card=card, units=units[card.sku], uses=units[card.sku] * card.uses, expires_at=expiry(card, sold_at, zone)
        )
        for card in cards.cards
        if units.get(card.sku, 0) > 0
    ]


def expiry(card: CountCard, sold_at: datetime, zone: ZoneInfo) -> datetime | None:
    """The midnight that ends the `valid_days`-th day after the day of the sale."""
    return None if card.valid_days is None else periods.days_after(sold_at, card.valid_days + 1, zone)


def void_on_return(*, uses_per_unit: int, units_sold: int, units_left: int, unused: int) -> int:
    """How many uses a return takes away: those of the units that came back, as far as they are unused. What was used
    stays used: the cards that are left are used up first."""
    returned = (units_sold - units_left) * uses_per_unit
    return min(max(returned, 0), max(unused, 0))
