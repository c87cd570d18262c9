"""What a purchase earns, and what else does. `docs/algorithms/earning.md` is the specification."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from huike.orders.models import Payment, SalesChannel
from huike.platform.schema import Schema

MOST_MULTIPLIERS: Final = 50
MOST_POINTS: Final = 10**9
ONE_BP: Final = 10_000

Points = Annotated[int, Field(ge=0, le=MOST_POINTS)]
Days = Annotated[int, Field(ge=0, le=365)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
TierKey = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Id = Annotated[int, Field(ge=1, lt=2**63)]
# 1.5 times is 15,000. From nothing to a hundred times.
FactorBp = Annotated[int, Field(ge=0, le=1_000_000)]


Item = TypeVar("Item")


def _once(items: list[Item]) -> list[Item]:
    if len(set(items)) < len(items):
        raise PydanticCustomError("earning.named_twice", "The same is named twice")
    return items


Ids = Annotated[list[Id], Field(max_length=1_000), AfterValidator(_once)]
Channels = Annotated[list[SalesChannel], AfterValidator(_once)]
Weekday = Annotated[int, Field(ge=1, le=7)]


class Rounding(StrEnum):
    DOWN = "down"
    HALF_EVEN = "half_even"
    UP = "up"


class RoundedPer(StrEnum):
    """What is rounded: what the whole order comes to, or what each line does."""

    ORDER = "order"
    LINE = "line"


class Combination(StrEnum):
    """What becomes of several multipliers that hold for one line."""

    MULTIPLY = "multiply"  # 2 and 1.5 make 3
    ADD = "add"  # what each adds to one is added: 2 and 1.5 make 2.5
    HIGHEST = "highest"  # 2 and 1.5 make 2


class BirthdaySpan(StrEnum):
    """The day itself, its week from Monday to Sunday, or its calendar month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Maturity(StrEnum):
    """When points that wait for n days may be spent."""

    DAY_END = "day_end"  # when the n-th day after that of the purchase is over, in the operator's zone
    EXACT = "exact"  # n times 24 hours after the purchase


class Hours(Schema):
    """A window of the clock, `[from, until)`; over midnight where `until` comes before `from`."""

    from_minute: Annotated[int, Field(ge=0, lt=1_440)]
    until_minute: Annotated[int, Field(ge=0, lt=1_440)]

    @model_validator(mode="after")
    def _has_a_length(self) -> Hours:
        if self.from_minute == self.until_minute:
            raise PydanticCustomError("earning.hours_empty", "A window begins and ends at different minutes")
        return self


class Multiplier(Schema):
    """`factor_bp` times the base for lines of which everything that is given holds; of a list, one must.

    A category holds for all below it. Weekdays (1 is Monday) and days are those on which the window of hours began.
    """

    name: Name
    factor_bp: FactorBp
    tiers: Annotated[list[TierKey], Field(max_length=50), AfterValidator(_once)] = []
    store_ids: Ids = []
    channels: Channels = []
    category_ids: Ids = []
    product_ids: Ids = []
    brand_ids: Ids = []
    weekdays: Annotated[list[Weekday], AfterValidator(_once)] = []
    hours: Hours | None = None
    birthday: BirthdaySpan | None = None
    first_on: date | None = None
    last_on: date | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Multiplier:
        if not any(getattr(self, name) for name in type(self).model_fields if name not in {"name", "factor_bp"}):
            raise PydanticCustomError("earning.multiplier_without_condition", "A multiplier needs a condition")
        if self.first_on is not None and self.last_on is not None and self.last_on < self.first_on:
            raise PydanticCustomError("earning.days_reversed", "The last day is before the first")
        return self


class Exclusions(Schema):
    """What earns nothing: lines by what they are, orders by where they were placed, money by how it was paid."""

    product_ids: Ids = []
    category_ids: Ids = []
    brand_ids: Ids = []
    store_ids: Ids = []
    channels: Channels = []
    tenders: Annotated[list[Payment.Tender], AfterValidator(_once)] = [Payment.Tender.POINTS]
    discounted_lines: bool = False


class Caps(Schema):
    """The most a member earns by purchases: with one, on one day, in one calendar month. None for no limit."""

    per_order: Points | None = None
    per_day: Points | None = None
    per_month: Points | None = None


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Limits(Schema):
    """How often one member may have a bonus: in one calendar period, not again within so many hours, and ever."""

    per_period: Annotated[int, Field(ge=1, le=1_000)] | None = None
    period: Period = Period.DAY
    cooldown_hours: Annotated[int, Field(ge=0, le=8_784)] = 0
    lifetime: Annotated[int, Field(ge=1, le=100_000)] | None = None


class OnceBonus(Schema):
    """Points for what a member does once in her life."""

    points: Annotated[int, Field(ge=1, le=MOST_POINTS)]
    pending_days: Days = 0


class RepeatedBonus(OnceBonus):
    limits: Limits = Limits()


class ProfileField(StrEnum):
    """What a file may have to say before it counts as complete."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    BIRTHDAY = "birthday"
    GENDER = "gender"
    CITY = "city"


class ProfileBonus(OnceBonus):
    """Given by itself when the member's file says all of `fields`."""

    fields: Annotated[list[ProfileField], Field(min_length=1, max_length=6)] = [
        ProfileField.NAME,
        ProfileField.PHONE,
        ProfileField.BIRTHDAY,
    ]


class Referral(Schema):
    """Points for both sides, after the friend's first paid order of at least `least_order_minor`.

    A friend who shares what is named with whoever referred her earns neither side anything. With `needs_order_kept`
    both sides lose them when nothing is left of that order.
    """

    referrer_points: Points
    friend_points: Points
    pending_days: Days = 0
    least_order_minor: Annotated[int, Field(ge=0, le=10**12)] = 0
    within_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    most_per_month: Annotated[int, Field(ge=1, le=10_000)] | None = 10
    needs_order_kept: bool = True
    not_same_phone: bool = True
    not_same_household: bool = True
    not_same_card: bool = True

    @model_validator(mode="after")
    def _gives_something(self) -> Referral:
        if self.referrer_points == self.friend_points == 0:
            raise PydanticCustomError("earning.referral_without_points", "A referral gives points to one side at least")
        return self


class Bonuses(Schema):
    """What else earns points; None where it does not."""

    sign_up: OnceBonus | None = None
    profile_completed: ProfileBonus | None = None
    review: RepeatedBonus | None = None
    check_in: RepeatedBonus | None = None
    referral: Referral | None = None


class Earning(Schema):
    """`points_per_unit` points for each `unit_minor` of money that counts, times the multipliers that hold.

    Without multipliers, caps and exclusions: 1 point for each 100 fen of an order, what is left over dropped.
    """

    points_per_unit: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    unit_minor: Annotated[int, Field(ge=1, le=10**9)] = 100
    rounding: Rounding = Rounding.DOWN
    rounded_per: RoundedPer = RoundedPer.ORDER
    multipliers: Annotated[list[Multiplier], Field(max_length=MOST_MULTIPLIERS)] = []
    combination: Combination = Combination.MULTIPLY
    most_factor_bp: Annotated[int, Field(ge=ONE_BP, le=1_000_000)] = 100_000
    least_spend_minor: Annotated[int, Field(ge=0, le=10**12)] = 0
    caps: Caps = Caps()
    exclusions: Exclusions = Exclusions()
    pending_days: Days = 0
    matures: Maturity = Maturity.DAY_END
    bonuses: Bonuses = Bonuses()
