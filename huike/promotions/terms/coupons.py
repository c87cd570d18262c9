"""What coupons of an offer are like."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huike.platform.schema import Schema


class CouponTerms(Schema):
    """A coupon holds until the end of the `valid_days`-th day after its day of issue; None for as long as the offer."""

    valid_days: Annotated[int, Field(ge=0, le=3_650)] | None = None
