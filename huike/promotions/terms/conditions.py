"""When an offer holds: everything that is given must, and of a list one."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from huike.orders.models import SalesChannel
from huike.platform.schema import Schema
from huike.promotions.terms.goods import Goods, Portion
from huike.promotions.terms.parts import Id, Ids, PositiveMinor, Units, once

TierKey = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Weekday = Annotated[int, Field(ge=1, le=7)]


class DayHours(Schema):
    """A window of the clock, `[from, until)`; over midnight where `until` comes before `from`."""

    from_minute: Annotated[int, Field(ge=0, lt=1_440)]
    until_minute: Annotated[int, Field(ge=0, lt=1_440)]

    @model_validator(mode="after")
    def _has_a_length(self) -> DayHours:
        if self.from_minute == self.until_minute:
            raise PydanticCustomError("offer.hours_empty", "A window begins and ends at different minutes")
        return self


class When(Schema):
    """`[starts_at, ends_at)`; weekdays (1 is Monday) and hours in the operator's zone. Hours over midnight are of the
    day on which they began."""

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    weekdays: Annotated[list[Weekday], AfterValidator(once)] = []
    hours: DayHours | None = None

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> When:
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise PydanticCustomError("offer.ends_before_it_starts", "The offer ends before it starts")
        return self


class Where(Schema):
    store_ids: Annotated[list[Id], Field(max_length=10_000), AfterValidator(once)] = []
    channels: Annotated[list[SalesChannel], AfterValidator(once)] = []

    @cached_property
    def stores(self) -> frozenset[int]:
        return frozenset(self.store_ids)


class LeastSpend(Schema):
    """What goods come to at least, after the till's own discounts and the tier's, before any offer."""

    amount_minor: PositiveMinor
    goods: Goods = Goods()


class LeastQuantity(Schema):
    quantity: Units
    goods: Goods = Goods()


class CartConditions(Schema):
    """What must be in the cart, and (`without`) what must not."""

    spend: LeastSpend | None = None
    quantity: LeastQuantity | None = None
    contains: Annotated[list[Portion], Field(max_length=10)] = []
    without: Goods | None = None

    @model_validator(mode="after")
    def _without_names_something(self) -> CartConditions:
        goods = self.without
        if goods is not None and not goods.names_something:
            raise PydanticCustomError("offer.without_everything", "Say which goods must not be in the cart")
        return self


class CustomerConditions(Schema):
    """Who gets it. Anything that is given asks for a buyer who is known; `is_new`: she has no order yet.

    She is in one of `segment_ids` and in none of `not_segment_ids`: as a rule holds of her now, a list as it stands.
    """

    known: bool = False
    is_new: bool = False
    is_member: bool = False
    tiers: Annotated[list[TierKey], Field(max_length=50), AfterValidator(once)] = []
    segment_ids: Annotated[Ids, Field(max_length=20)] = []
    not_segment_ids: Annotated[Ids, Field(max_length=20)] = []

    @property
    def asks(self) -> bool:
        return bool(
            self.known or self.is_new or self.is_member or self.tiers or self.segment_ids or self.not_segment_ids
        )
