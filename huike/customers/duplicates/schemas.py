"""Bodies of the endpoints about likely duplicates."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from huike.customers import rules
from huike.customers.models import Customer, Duplicate
from huike.customers.schemas import Id
from huike.platform.schema import Schema


class Band(StrEnum):
    """How likely a pair is one person, for the eye: from 95 %, from 80 %, below."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def band(score_permille: int) -> Band:
    return Band.HIGH if score_permille >= 950 else Band.MEDIUM if score_permille >= 800 else Band.LOW


class DuplicateFileOut(Schema):
    """One of two files, personal data masked."""

    id: int
    name: str
    phone: str | None
    city: str | None
    orders_count: int
    last_order_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, customer: Customer) -> DuplicateFileOut:
        return cls(
            id=customer.pk,
            name=customer.name,
            phone=rules.mask_phone(customer.phone),
            city=customer.city,
            orders_count=customer.orders_count,
            last_order_at=customer.last_order_at,
            created_at=customer.created_at,
        )


class LearnedOut(Schema):
    """What the score rests on was learned from so many of the operator's own files."""

    files_count: int
    learned_at: datetime


class DuplicateOut(Schema):
    """Two files that are likely one person. `reasons` are codes, `<comparison>.<how alike>`; `learned` is null where
    the score rests on what Huike comes with."""

    id: int
    one: DuplicateFileOut
    other: DuplicateFileOut
    score_permille: int
    band: Band
    reasons: list[str]
    learned: LearnedOut | None
    found_at: datetime
    dismissed_at: datetime | None
    dismissed_by: str

    @classmethod
    def of(cls, pair: Duplicate) -> DuplicateOut:
        return cls(
            id=pair.pk,
            one=DuplicateFileOut.of(pair.low),
            other=DuplicateFileOut.of(pair.high),
            score_permille=pair.score_permille,
            band=band(pair.score_permille),
            reasons=pair.reasons,
            learned=pair.model and LearnedOut(files_count=pair.model.files_count, learned_at=pair.model.learned_at),
            found_at=pair.found_at,
            dismissed_at=pair.dismissed_at,
            dismissed_by=pair.dismissed_by,
        )


class DismissIn(Schema):
    ids: Annotated[list[Id], Field(min_length=1, max_length=200)]


class DismissedOut(Schema):
    dismissed: int
