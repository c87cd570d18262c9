"""What points are worth, and how many may pay for an order."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huike.platform.schema import Schema


class Spending(Schema):
    """`points` points pay `worth_minor` of money: 100 points 1.00 by default.

    Points are taken in whole steps of `points`; `most_share_bp` bounds which part of an order they may pay.
    """

    points: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    worth_minor: Annotated[int, Field(ge=1, le=10**9)] = 100
    least_points: Annotated[int, Field(ge=0, le=10**9)] = 0
    most_share_bp: Annotated[int, Field(ge=0, le=10_000)] = 10_000
    hold_minutes: Annotated[int, Field(ge=1, le=1_440)] = 15
