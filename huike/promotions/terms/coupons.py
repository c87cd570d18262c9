"""What coupons of an offer are like."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from huike.platform.schema import Schema

MOST_USES: Final = 1_000
MOST_REMINDERS: Final = 5
LONGEST_LEAD_DAYS: Final = 90


class Transfer(StrEnum):
    """Whether its holder may give a coupon to somebody else."""

    NONE = "none"
    ONCE = "once"
    FREELY = "freely"


class OnReturn(StrEnum):
    """What becomes of a coupon when everything of its order came back."""

    STAYS = "stays"
    COMES_BACK = "comes_back"


def _each_once(days: list[int]) -> list[int]:
    return sorted(set(days), reverse=True)


LeadDays = Annotated[int, Field(ge=1, le=LONGEST_LEAD_DAYS)]


class CouponTerms(Schema):
    """A coupon holds until the end of the `valid_days`-th day after its day of issue; None for as long as the offer.

    `uses`: on how many orders it may be used. `remind_days`: how many days before it expires its holder is reminded.
    """

    valid_days: Annotated[int, Field(ge=0, le=3_650)] | None = None
    uses: Annotated[int, Field(ge=1, le=MOST_USES)] = 1
    transfer: Transfer = Transfer.NONE
    on_return: OnReturn = OnReturn.STAYS
    remind_days: Annotated[list[LeadDays], Field(max_length=MOST_REMINDERS), AfterValidator(_each_once)] = []
