"""Bodies of the endpoints about batches of codes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from huike.platform.job_schema import JobOut
from huike.platform.schema import MoneyBody, Schema
from huike.promotions.batches.codes import MOST_CODES
from huike.promotions.batches.files import MOST_PRINTED
from huike.promotions.batches.selectors import BatchView
from huike.promotions.batches.services import BatchDraft
from huike.promotions.models import CodeBatch
from huike.promotions.schemas import Id, NamedRef


class CodeBatchIn(Schema):
    """`prefix`: what every code begins with, of digits and letters but I, L, O and U."""

    offer_id: Id
    name: Annotated[str, Field(min_length=1, max_length=120)]
    prefix: Annotated[str, Field(max_length=8)] = ""
    count: Annotated[int, Field(ge=1, le=MOST_CODES)]

    @field_validator("prefix")
    @classmethod
    def _upper(cls, prefix: str) -> str:
        return prefix.strip().upper()

    def draft(self) -> BatchDraft:
        return BatchDraft(name=self.name, offer_id=self.offer_id, prefix=self.prefix, count=self.count)


class CodeBatchOut(Schema):
    """A batch with what came of it: `made` of `count` are there; `open` can still be used; `used` were used once or
    more, `uses` times in all. `can_print`: few enough for sheets."""

    id: int
    name: str
    offer: NamedRef
    version: int
    prefix: str
    state: CodeBatch.State
    uses_allowed: int
    count: int
    made: int
    expires_at: datetime | None
    created_at: datetime
    open: int
    claimed: int
    used: int
    uses: int
    expired: int
    void: int
    discount_given: list[MoneyBody]
    can_print: bool
    job: JobOut | None

    @classmethod
    def of(cls, view: BatchView) -> CodeBatchOut:
        batch, figures = view.batch, view.figures
        return cls(
            id=batch.pk,
            name=batch.name,
            offer=NamedRef(id=batch.offer.pk, name=batch.offer.name),
            version=batch.terms.version,
            prefix=batch.prefix,
            state=CodeBatch.State(batch.state),
            uses_allowed=batch.uses,
            count=batch.count,
            made=batch.made,
            expires_at=batch.expires_at,
            created_at=batch.created_at,
            open=figures.states.get("issued", 0) + figures.states.get("locked", 0),
            claimed=figures.claimed,
            used=figures.used,
            uses=figures.uses,
            expired=figures.states.get("expired", 0),
            void=figures.states.get("void", 0),
            discount_given=[MoneyBody.model_validate(money) for money in figures.discount_given],
            can_print=batch.made <= MOST_PRINTED,
            job=JobOut.of(view.job) if view.job else None,
        )


class DownloadOut(Schema):
    """That somebody took the codes out of the house."""

    at: datetime
    by: str
    what: str
