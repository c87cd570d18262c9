"""Bodies of the analysis endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from huike.platform.schema import Schema
from huike.segments.schemas import RuleDocument


class DimensionIn(Schema):
    """An attribute people are told apart by."""

    field: str = Field(max_length=80)
    edges: list[float] = Field(
        [], max_length=50, description="Of a figure: where bands part, in the units of rules; made where there are none"
    )
    period: str | None = Field(None, description="Of a day: year, quarter or month")
    currency: str | None = Field(None, max_length=3)


class WhoIn(Schema):
    rule: RuleDocument | None = Field(None, description="Whose members are looked at; everybody where there is none")


class BoughtIn(WhoIn):
    window: dict[str, Any] = Field(default_factory=lambda: {"ever": True}, description="Of purchases, as in rules")
    currency: str | None = Field(None, max_length=3)


class CrossIn(BoughtIn):
    dimensions: list[DimensionIn] = Field(min_length=1, max_length=3)


class CompareIn(Schema):
    first: RuleDocument
    second: RuleDocument | None = Field(None, description="Everybody else where there is none")
    dimensions: list[DimensionIn] = Field(min_length=1, max_length=12)


class DistributionIn(WhoIn):
    dimension: DimensionIn


class CorrelationIn(BoughtIn):
    figures: list[str] = Field(
        min_length=2,
        max_length=6,
        description="frequency, amount, average_order, recency_days, or fields that are numbers or amounts",
    )


class FiguresOut(Schema):
    """Amounts in minor units. Averages are null where there is nothing to divide by."""

    customers: int
    orders: int
    revenue_minor: int
    average_order_minor: float | None
    frequency: float | None = Field(description="Sales by person")


class DimensionOut(Schema):
    field: str
    type: str
    edges: list[float] = Field(description="In the units of rules")
    period: str | None
    currency: str | None
    has_several: bool = Field(description="Whether one person may have several values, and then stands in each")


class EntryOut(Schema):
    """One value: a value, the number of a band (0 is below the first edge), or a period as 2024, 20241, 202403. null is
    unknown, or with `is_others` all that are not shown."""

    key: str | int | bool | None
    label: str | None
    is_others: bool
    figures: FiguresOut
    share: float = Field(description="Of the people of the whole")
    condition: dict[str, Any] | None = Field(description="The rule's node that chooses them")


class CellOut(Schema):
    at: list[int] = Field(description="The numbers of the entries, one for each dimension")
    figures: FiguresOut
    share: float
    expected: float = Field(description="People if the attributes had nothing to do with each other")
    index: float | None = Field(description="People by expected people: over 1 there are more than expected")


class CrossOut(Schema):
    dimensions: list[DimensionOut]
    axes: list[list[EntryOut]]
    cells: list[CellOut]
    whole: FiguresOut
    currency: str
    as_of: datetime
    fresh_at: datetime | None


class ComparedValueOut(Schema):
    key: str | int | bool | None
    label: str | None
    first: int
    second: int
    first_share: float
    second_share: float
    difference: float = Field(description="Of the shares")
    p: float | None = Field(description="Corrected for how many are compared; null with too few people")
    condition: dict[str, Any]


class ComparedMeanOut(Schema):
    """In the units of rules."""

    first: float | None
    second: float | None
    p: float | None


class AttributeOut(Schema):
    dimension: DimensionOut
    values: list[ComparedValueOut]
    mean: ComparedMeanOut | None


class CompareOut(Schema):
    """People of both groups are counted in the first alone."""

    first: int
    second: int
    both: int
    attributes: list[AttributeOut]
    as_of: datetime
    fresh_at: datetime | None


class BinOut(Schema):
    low: float | None
    high: float | None
    customers: int
    condition: dict[str, Any]


class QuantileOut(Schema):
    share: float
    value: float


class DistributionOut(Schema):
    """In the units of rules."""

    dimension: DimensionOut
    known: int
    unknown: int
    least: float | None
    most: float | None
    mean: float | None
    sd: float | None
    quantiles: list[QuantileOut]
    bins: list[BinOut]
    as_of: datetime
    fresh_at: datetime | None


class CorrelatedPairOut(Schema):
    first: str
    second: str
    people: int
    rho: float | None = Field(description="Spearman's; null: not enough data")
    p: float | None


class HalvesOut(Schema):
    """The nodes of rules that choose who has the figure at its median or above, and below it."""

    figure: str
    high: dict[str, Any]
    low: dict[str, Any]


class CorrelationOut(Schema):
    pairs: list[CorrelatedPairOut]
    halves: list[HalvesOut]
    share: float = Field(description="Of the people that were looked at")
    as_of: datetime
    fresh_at: datetime | None
