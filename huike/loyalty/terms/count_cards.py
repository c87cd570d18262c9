"""Count cards 计次卡: goods that are a number of uses."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.loyalty.terms.tiers import Sku
from huike.platform.schema import Schema


class CountCard(Schema):
    """One unit of `sku` sold gives `uses` uses, to the end of the `valid_days`-th day after; None: for ever.

    `key` never changes: it names the asset of the ledger (`uses:<key>`).
    """

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    sku: Sku
    uses: Annotated[int, Field(ge=1, le=10_000)]
    valid_days: Annotated[int, Field(ge=1, le=3_650)] | None = None


class CountCards(Schema):
    cards: Annotated[list[CountCard], Field(max_length=100)] = []

    def find(self, key: str) -> CountCard | None:
        return next((card for card in self.cards if card.key == key), None)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for name in ("key", "sku"):
            seen: set[str] = set()
            for index, card in enumerate(self.cards):
                value = getattr(card, name)
                if value in seen:
                    where = f"cards.{index}.{name}"
                    raise PydanticCustomError(
                        "count_cards.twice", "{where}: {value} twice", {"where": where, "value": value}
                    )
                seen.add(value)
        return self
