"""Bodies of the endpoints about adjustments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.loyalty.models import Adjustment
from huike.loyalty.points.reading import RunningProgramme, Version
from huike.loyalty.terms.adjusting import Reason
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Words = Annotated[str, Field(min_length=1, max_length=300)]


class AdjustmentIn(Schema):
    """So many points, so much money in minor units, or so many uses of the count card `card_key`, to give; below zero
    to take."""

    kind: Literal["points", "money", "uses"]
    card_key: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    amount: Annotated[int, Field(ge=-(10**12), le=10**12)]
    reason: Annotated[str, Field(min_length=1, max_length=40)]
    words: Words

    @model_validator(mode="after")
    def _moves_something(self) -> AdjustmentIn:
        if self.amount == 0:
            raise PydanticCustomError("adjustment.of_nothing", "An adjustment gives or takes something")
        return self


class DecisionIn(Schema):
    words: Words


class AdjustmentOut(Schema):
    """`is_mine`: the reader proposed it, and so does not approve it."""

    id: int
    customer_id: int
    customer_name: str
    kind: Literal["points", "money", "uses"]
    card_key: str | None
    currency: str | None
    amount: int
    reason: str
    words: str
    state: Adjustment.State
    undoes_id: int | None
    is_mine: bool
    proposed_by: str
    proposed_at: datetime
    until_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_words: str

    @classmethod
    def of(cls, one: Adjustment, *, reader_key: str) -> AdjustmentOut:
        kind, _, named = one.asset.partition(":")
        return cls(
            id=one.pk,
            customer_id=one.customer_id,
            customer_name=one.customer.name,
            kind=cast("Literal['points', 'money', 'uses']", kind),
            card_key=named if kind == "uses" else None,
            currency=named if kind == "money" else None,
            amount=one.amount,
            reason=one.reason,
            words=one.words,
            state=Adjustment.State(one.state),
            undoes_id=one.undoes_id,
            is_mine=one.proposed_by_key == reader_key,
            proposed_by=one.proposed_by,
            proposed_at=one.proposed_at,
            until_at=one.until_at,
            decided_by=one.decided_by,
            decided_at=one.decided_at,
            decision_words=one.decision_words,
        )


class AdjustingOut(Schema):
    """The reasons to choose from, and up to where one acts alone."""

    currency: str
    reasons: list[Reason]
    alone_points: int | None
    alone_minor: int | None
    alone_uses: int | None
    waits_days: int

    @classmethod
    def of(cls, programme: RunningProgramme, version: Version) -> AdjustingOut:
        return cls(currency=programme.currency, **version.document.adjusting.model_dump())
