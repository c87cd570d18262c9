"""How many uses a sale of count cards stands at, until when, and what a refund of unused ones pays. Pure;
`docs/algorithms/count-cards.md` is the specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from huike.loyalty.terms.count_cards import CountCard, CountCards
from huike.loyalty.tiers import periods

USES = "uses"


def asset_of(key: str) -> str:
    """The ledger's name of the uses of a card."""
    return f"{USES}:{key}"


def key_of(asset: str) -> str:
    return asset.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Uses of one card that a sale gives: one lot of the ledger's asset `asset_of(card.key)`."""

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


def brought(*, due: int, stands: int, unused: int) -> int:
    """What a sale stands at once it is brought to the `due` uses of the units that are left of it: less only as far as
    its uses are unused. What was used stays used: the cards that are left are used up first."""
    return due if due >= stands else max(due, stands - unused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What is left of one card's sale: it was paid `net_minor` for `due` uses, of which `refunded` were paid out and
    `unused` can still be used."""

    net_minor: int
    due: int
    refunded: int
    unused: int

    @property
    def refundable(self) -> int:
        """How many uses can be paid out."""
        return max(0, min(self.unused, self.due - self.refunded))

    def worth_minor(self, uses: int) -> int:
        """What the next `uses` that are paid out come to: each its share of what was paid, rounded down over all that
        were paid out so far, so that parts come to what the whole does."""
        return self._share(self.refunded + uses) - self._share(self.refunded)

    def _share(self, uses: int) -> int:
        return self.net_minor * uses // self.due if self.due else 0
