"""Bodies of the endpoints about earning."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from huike.loyalty.earning.rules import Earned
from huike.loyalty.terms.earning import Combination, Earning, Id, RoundedPer, Rounding, TierKey
from huike.orders.models import Payment, SalesChannel
from huike.platform.schema import Schema

Amount = Annotated[int, Field(ge=0, le=10**12)]


class ExampleLine(Schema):
    """What is bought; of a product that is named, category and brand are its own."""

    net_minor: Amount
    product_id: Id | None = None
    category_id: Id | None = None
    brand_id: Id | None = None
    is_discounted: bool = False


class ExampleIn(Schema):
    """A purchase to try a rule on; nothing of it is stored."""

    earning: Earning
    placed_at: AwareDatetime
    channel: SalesChannel = SalesChannel.POS
    store_id: Id | None = None
    lines: Annotated[list[ExampleLine], Field(min_length=1, max_length=50)]
    tenders: dict[Payment.Tender, Amount] = {}
    tier: TierKey | None = None
    born_on: date | None = None
    day_points: Annotated[int, Field(ge=0, le=10**9)] = 0
    month_points: Annotated[int, Field(ge=0, le=10**9)] = 0


class EarnedRule(Schema):
    """A multiplier that held: its number in the terms, from 0."""

    rule: int
    name: str
    factor_bp: int


class EarnedLine(Schema):
    """`excluded` says why a line earns nothing; `rules` counted, `outdone` held and were beaten by a higher one."""

    line: int
    net_minor: int
    excluded: str | None
    rules: list[int]
    outdone: list[int]
    factor: str
    factor_limited: bool
    points: int


class EarnedCut(Schema):
    """What a cap (of the order, day or month) took; `already` is what was earned under it before."""

    cap: str
    limit: int
    already: int
    points: int


class EarnedOut(Schema):
    """`counted_minor` is what counts of the purchase; `not_counted` what was paid by tenders that do not.
    `least_spend_minor` is told where it came to less."""

    points: int
    points_per_unit: int
    unit_minor: int
    rounding: Rounding
    rounded_per: RoundedPer
    combination: Combination
    counted_minor: int
    not_counted: dict[str, int]
    least_spend_minor: int | None
    rules: list[EarnedRule]
    lines: list[EarnedLine]
    before_caps: int
    cuts: list[EarnedCut]
    matures_at: datetime

    @classmethod
    def of(cls, earned: Earned) -> EarnedOut:
        return cls.model_validate({**earned.explanation, "matures_at": earned.matures_at})


class SimulationIn(Schema):
    """A period of purchases and the terms to try on them: a draft's, as they were typed. `redeemed_bp` is how many
    hundredths of a percent of the points are expected to be spent; `everybody` takes those who are no members, too."""

    document: dict[str, Any]
    first_on: date
    last_on: date
    redeemed_bp: Annotated[int, Field(ge=0, le=10_000)] = 8_000
    everybody: bool = False


class SimulatedPart(Schema):
    """A month (`2026-03`), a tier's key, a store or a category by its number and name; null where there is none."""

    key: str | None
    name: str
    orders: int
    customers: int
    net_minor: int
    points: int
    cost_minor: int
    now_points: int
    now_cost_minor: int


class SimulationOut(Schema):
    """What the tried terms would have earned and cost beside those in effect now (`now_…`, version `now_version`; 0
    where there are none). Stores and categories: those with the most points, all others together without a key."""

    first_on: date
    last_on: date
    redeemed_bp: int
    everybody: bool
    currency: str
    now_version: int
    fresh_at: datetime | None
    whole: SimulatedPart
    months: list[SimulatedPart]
    tiers: list[SimulatedPart]
    stores: list[SimulatedPart]
    categories: list[SimulatedPart]


class BonusIn(Schema):
    """A review or a completed profile, told by whoever knows of it. `subject` names it, once and for all."""

    customer_id: Id
    event: Literal["review", "profile_completed"]
    subject: Annotated[str, Field(min_length=1, max_length=120)]
    occurred_at: AwareDatetime | None = Field(default=None, description="Now where none is told; never later")


class BonusOut(Schema):
    """The points it brought, or why none: `not_offered`, `per_period`, `cooldown`, `lifetime`, `paused`, …"""

    points: int
    refusal: str
