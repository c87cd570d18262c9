"""The ladder of tiers: what leads up it, what keeps a member there, what a tier gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.platform.schema import Schema

TierKey = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Sku = Annotated[str, Field(min_length=1, max_length=120)]


class Metric(StrEnum):
    """What is counted of a member's purchases."""

    NET = "net"  # what was paid in the programme's currency, in minor units; what came back is taken away
    POINTS = "points"  # what her purchases earned
    ORDERS = "orders"  # sales of which something is left


class Counted(StrEnum):
    """Over which time it is counted; days begin at midnight in the operator's zone."""

    CALENDAR_YEAR = "calendar_year"
    ROLLING_MONTHS = "rolling_months"
    SINCE_JOINING = "since_joining"
    SINCE_TIER = "since_tier"  # since the present term of her tier began, without the purchase it began with


class Match(StrEnum):
    ANY = "any"
    ALL = "all"


class Kept(StrEnum):
    """How long a tier lasts once it is reached."""

    MONTHS = "months"  # to the end of the day, that many months after it was reached
    END_OF_YEAR = "end_of_year"
    END_OF_NEXT_YEAR = "end_of_next_year"


class Downgrade(StrEnum):
    """Where she goes who does not keep her tier."""

    ONE_STEP = "one_step"  # a soft landing: one tier lower, for a whole term
    TO_BALANCE = "to_balance"  # to the highest tier whose keeping she meets


class Threshold(Schema):
    metric: Metric
    at_least: Annotated[int, Field(ge=1, le=10**15)]


class Condition(Schema):
    """Thresholds, each of a metric of its own; one of them suffices, or all have to be met. None: always met."""

    match: Match = Match.ANY
    thresholds: Annotated[list[Threshold], Field(max_length=3)] = []

    def of(self, metric: Metric) -> int | None:
        return next((threshold.at_least for threshold in self.thresholds if threshold.metric == metric), None)


class Window(Schema):
    counted: Counted
    months: Annotated[int, Field(ge=1, le=60)] = 12


class Benefits(Schema):
    """What a tier gives. The discount is taken at the till; texts are promises that people keep."""

    discount_bp: Annotated[int, Field(ge=0, le=9_000)] = 0
    services: Annotated[list[Annotated[str, Field(min_length=1, max_length=120)]], Field(max_length=20)] = []
    partners: Annotated[list[Annotated[str, Field(min_length=1, max_length=120)]], Field(max_length=20)] = []
    birthday_gift: Annotated[str, Field(max_length=200)] = ""


class Tier(Schema):
    """One tier; `key` never changes, so that history stays readable. `keep`: what keeps it where that is not what leads
    to it."""

    key: TierKey
    name: Annotated[str, Field(min_length=1, max_length=60)]
    name_en: Annotated[str, Field(max_length=60)] = ""
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] = "#8c8c8c"
    qualify: Condition = Condition()
    keep: Condition | None = None
    benefits: Benefits = Benefits()

    @property
    def is_entry(self) -> bool:
        """Whether every member is at least in this tier."""
        return not self.qualify.thresholds

    @property
    def keeping(self) -> Condition:
        return self.qualify if self.keep is None else self.keep


class DiscountScope(Schema):
    """Which lines the discount of a tier leaves out: goods, categories (with those below them), brands, and lines on
    which the till has given a discount of its own."""

    except_skus: Annotated[list[Sku], Field(max_length=1_000)] = []
    except_category_ids: Annotated[list[int], Field(max_length=1_000)] = []
    except_brand_ids: Annotated[list[int], Field(max_length=1_000)] = []
    on_reduced: bool = True


class PaidMembership(Schema):
    """Goods that, once sold, put the buyer into a tier for so many months; bought again, for so many more."""

    sku: Sku
    tier: TierKey
    months: Annotated[int, Field(ge=1, le=120)]


class Ladder(Schema):
    """Tiers from the lowest to the highest. Empty: the programme has none.

    `grace_days` is added to the end of a term: who meets the condition by then keeps her tier. Where `falls` is false
    nobody loses a tier that she reached, unless what qualified her is returned.
    """

    tiers: Annotated[list[Tier], Field(max_length=20)] = []
    qualify_window: Window = Window(counted=Counted.ROLLING_MONTHS)
    keep_window: Window = Window(counted=Counted.SINCE_TIER)
    kept: Kept = Kept.MONTHS
    kept_months: Annotated[int, Field(ge=1, le=120)] = 12
    grace_days: Annotated[int, Field(ge=0, le=90)] = 0
    falls: bool = True
    downgrade: Downgrade = Downgrade.ONE_STEP
    discount: DiscountScope = DiscountScope()
    memberships: Annotated[list[PaidMembership], Field(max_length=50)] = []

    def rank(self, key: str | None) -> int:
        """0 for the lowest tier; -1 for none, or one this ladder does not have."""
        return next((rank for rank, tier in enumerate(self.tiers) if tier.key == key), -1)

    def tier(self, key: str | None) -> Tier | None:
        rank = self.rank(key)
        return self.tiers[rank] if rank >= 0 else None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for where, code, params in _faults(self):
            raise PydanticCustomError(code, "{where}: {code}", {"where": where, "code": code, **params})
        return self


_Fault = tuple[str, str, Mapping[str, object]]


def _faults(ladder: Ladder) -> Iterator[_Fault]:
    """What is wrong with a ladder, each with its place (`tiers.2.qualify`) and a code."""
    keys: set[str] = set()
    for rank, tier in enumerate(ladder.tiers):
        if tier.key in keys:
            yield f"tiers.{rank}.key", "ladder.key_twice", {"key": tier.key}
        keys.add(tier.key)
        if tier.is_entry and rank > 0:
            yield f"tiers.{rank}.qualify", "ladder.entry_not_lowest", {}
        for name, condition in (("qualify", tier.qualify), ("keep", tier.keep)):
            if condition is not None and len({part.metric for part in condition.thresholds}) < len(
                condition.thresholds
            ):
                yield f"tiers.{rank}.{name}", "ladder.metric_twice", {}
    yield from _steps(ladder)
    if ladder.kept is Kept.MONTHS and ladder.grace_days >= 28 * ladder.kept_months:
        yield "grace_days", "ladder.grace_too_long", {"months": ladder.kept_months}
    skus: set[str] = set()
    for index, membership in enumerate(ladder.memberships):
        if membership.tier not in keys:
            yield f"memberships.{index}.tier", "ladder.no_such_tier", {"key": membership.tier}
        if membership.sku in skus:
            yield f"memberships.{index}.sku", "ladder.sku_twice", {"sku": membership.sku}
        skus.add(membership.sku)


def _steps(ladder: Ladder) -> Iterator[_Fault]:
    """Of each metric a higher tier asks for more; keeping asks for no more than reaching, and for no less than keeping
    a lower tier."""
    for metric in Metric:
        reached = kept = 0
        for rank, tier in enumerate(ladder.tiers):
            asks, keeps = tier.qualify.of(metric), tier.keeping.of(metric)
            if asks is not None and asks <= reached:
                yield f"tiers.{rank}.qualify", "ladder.not_rising", {"metric": metric.value, "above": reached}
            if keeps is not None and keeps < kept:
                yield f"tiers.{rank}.keep", "ladder.keep_falls", {"metric": metric.value, "least": kept}
            if asks is not None and keeps is not None and keeps > asks:
                yield f"tiers.{rank}.keep", "ladder.keep_above_qualify", {"metric": metric.value, "most": asks}
            reached, kept = max(reached, asks or 0), max(kept, keeps or 0)
