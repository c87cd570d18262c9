"""What may be topped up, in which order it is spent and paid out, and what the law asks.

`docs/algorithms/stored-value.md` is the specification; amounts are minor units of the programme's currency.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.platform.schema import Schema

AmountMinor = Annotated[int, Field(ge=0, le=10**12)]
PositiveMinor = Annotated[int, Field(ge=1, le=10**12)]
Months = Annotated[int, Field(ge=1, le=120)]


class Spends(StrEnum):
    """In which order a payment takes what was paid and what was given."""

    PAID_FIRST = "paid_first"
    BONUS_FIRST = "bonus_first"
    IN_PROPORTION = "in_proportion"


class PaysOut(StrEnum):
    """Which top-up a refund pays back first."""

    LATEST_FIRST = "latest_first"
    FIRST_FIRST = "first_first"


class BonusGone(StrEnum):
    """What becomes of a bonus that a refund takes along and that was spent."""

    KEPT = "kept"  # from what is paid out
    FORGIVEN = "forgiven"


class Plan(Schema):
    """Pay `pay_minor`, get `bonus_minor` more. `key` never changes, so that history stays readable."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    pay_minor: PositiveMinor
    bonus_minor: AmountMinor = 0
    bonus_months: Months | None = None


class Law(Schema):
    """Limits of single-purpose prepaid cards; None for none. The defaults are those of the Ministry of Commerce's
    单用途商业预付卡管理办法(试行), Order 2012 No. 9, articles 15 and 17 to 21."""

    most_named_minor: PositiveMinor | None = 500_000
    most_unnamed_minor: AmountMinor | None = 100_000
    named_needs_id: bool = True
    id_from_minor: PositiveMinor | None = 1_000_000
    cash_below_minor: PositiveMinor | None = 5_000_000
    cash_refund_most_minor: AmountMinor | None = 10_000
    # Of unnamed cards only, and at least three years.
    paid_months: Annotated[int, Field(ge=36, le=600)] | None = None


class StoredValue(Schema):
    """By default: any amount from 1.00 on, no plans, and what was paid is spent before what was given."""

    plans: Annotated[list[Plan], Field(max_length=30)] = []
    any_amount: bool = True
    least_minor: PositiveMinor = 100
    most_minor: PositiveMinor | None = None
    spends: Spends = Spends.PAID_FIRST
    pays_out: PaysOut = PaysOut.LATEST_FIRST
    bonus_gone: BonusGone = BonusGone.KEPT
    law: Law = Law()

    @model_validator(mode="after")
    def _names_each_plan_once(self) -> StoredValue:
        if len({plan.key for plan in self.plans}) < len(self.plans):
            raise PydanticCustomError("stored_value.plan_named_twice", "Two plans have one key")
        return self
