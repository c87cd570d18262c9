"""The ladder of tiers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huike.platform.schema import Schema


class Tier(Schema):
    """One tier; `key` never changes, so that history stays readable."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]


class Ladder(Schema):
    """Tiers from the lowest to the highest. Empty: the programme has none."""

    tiers: list[Tier] = []
