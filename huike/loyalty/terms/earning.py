"""What a purchase earns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huike.platform.schema import Schema


class Earning(Schema):
    """`points_per_unit` points for each whole `unit_minor` of money: 1 point for each 100 fen by default."""

    points_per_unit: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    unit_minor: Annotated[int, Field(ge=1, le=10**9)] = 100
    pending_days: Annotated[int, Field(ge=0, le=365)] = 0
