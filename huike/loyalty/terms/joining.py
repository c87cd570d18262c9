"""Who is a member."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huike.platform.schema import Schema


class Joining(Schema):
    """Members are who joined; with `every_buyer` also whoever is known and buys. Purchases earn from the day of joining
    on, and `earns_back_days` before it."""

    every_buyer: bool = False
    earns_back_days: Annotated[int, Field(ge=0, le=3_650)] = 0
