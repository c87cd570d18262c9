"""When value may be given or taken by hand."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.platform.schema import Schema


class Reason(Schema):
    """One of the reasons a person chooses from. `key` never changes, so that history stays readable."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]


class Adjusting(Schema):
    """Above `alone_points`, `alone_minor` or `alone_uses` of a count card an adjustment waits for a second person, for
    `waits_days` at most.

    Zero lets nobody act alone; None lets everybody.
    """

    reasons: Annotated[list[Reason], Field(min_length=1, max_length=50)] = [
        Reason(key="goodwill", name="补偿 / Goodwill"),
        Reason(key="correction", name="更正 / Correction"),
        Reason(key="event", name="活动 / Event"),
    ]
    alone_points: Annotated[int, Field(ge=0, le=10**9)] | None = 1_000
    alone_minor: Annotated[int, Field(ge=0, le=10**12)] | None = 10_000
    alone_uses: Annotated[int, Field(ge=0, le=10**6)] | None = 10
    waits_days: Annotated[int, Field(ge=1, le=365)] = 7

    @model_validator(mode="after")
    def _names_each_reason_once(self) -> Adjusting:
        if len({reason.key for reason in self.reasons}) < len(self.reasons):
            raise PydanticCustomError("adjusting.reason_named_twice", "Two reasons have one key")
        return self
