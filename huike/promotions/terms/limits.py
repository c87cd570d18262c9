"""How much an offer may give, and with what it may stand together."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.platform.schema import Schema
from huike.promotions.terms.parts import PositiveMinor


class BudgetOf(StrEnum):
    OFFER = "offer"
    CUSTOMER = "customer"
    STORE = "store"


class BudgetPeriod(StrEnum):
    EVER = "ever"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Budget(Schema):
    """At most so many orders, or so much taken off: of the offer, each customer or each store, in a calendar period."""

    of: BudgetOf = BudgetOf.OFFER
    period: BudgetPeriod = BudgetPeriod.EVER
    uses: Annotated[int, Field(ge=1, le=10**9)] | None = None
    amount_minor: PositiveMinor | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Budget:
        if self.uses is None and self.amount_minor is None:
            raise PydanticCustomError("offer.budget_without_limit", "A budget limits uses or an amount")
        return self


class Stacking(Schema):
    """Of one `group` one offer holds; an `exclusive` one stands alone; a higher `priority` is taken off first."""

    group: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    exclusive: bool = False
    priority: Annotated[int, Field(ge=-1_000, le=1_000)] = 0
