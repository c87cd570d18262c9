"""The whole of one version of a deal's terms. `docs/algorithms/group-life.md` is the specification.

Amounts are minor units of the deal's currency; hours and days without a time are of the operator's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from huike.kernel.errors import FieldError
from huike.platform.pictures import Key as PictureKey
from huike.platform.schema import Schema

MOST_SIZE = 200
MOST_PIECES = 100
MOST_USES = 100

PositiveMinor = Annotated[int, Field(ge=1, le=10**12)]
Size = Annotated[int, Field(ge=1, le=MOST_SIZE)]
Title = Annotated[str, Field(max_length=120)]
Words = Annotated[str, Field(max_length=4_000)]
StoreId = Annotated[int, Field(ge=1, lt=2**63)]
Weekday = Annotated[int, Field(ge=1, le=7)]  # ISO 8601: Monday is 1


class OnExpiry(StrEnum):
    """What becomes of the value left on a voucher after its last day."""

    REFUND = "refund"  # back to the buyer, by itself
    KEEP = "keep"  # for the merchant


class Step(Schema):
    """Groups of so many people pay so much for a piece. `forms_at`: with so many the group forms at its deadline."""

    size: Size
    price_minor: PositiveMinor
    forms_at: Size | None = None

    @property
    def least(self) -> int:
        return self.size if self.forms_at is None else self.forms_at

    @model_validator(mode="after")
    def _forms_below_its_size(self) -> Step:
        if self.least > self.size:
            raise PydanticCustomError("deal.forms_above_size", "A group forms at its size at the latest")
        return self


class Item(Schema):
    """One thing of the package; `value_minor` is what it costs by itself."""

    name_zh: Title
    name_en: Title = ""
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1
    value_minor: PositiveMinor | None = None


class Hours(Schema):
    """On these days of the week vouchers hold from `opens_at` until before `closes_at`; past midnight where it closes
    at an earlier hour than it opens."""

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    opens_at: time
    closes_at: time


class Validity(Schema):
    """Where and when vouchers hold. No stores: every store. No hours: at any hour. One of `valid_days` and
    `valid_until` says which day is the last."""

    valid_after_days: Annotated[int, Field(ge=0, le=365)] = 0
    valid_days: Annotated[int, Field(ge=0, le=1_825)] | None = None
    valid_until: date | None = None
    store_ids: Annotated[list[StoreId], Field(max_length=1_000)] = []
    hours: Annotated[list[Hours], Field(max_length=14)] = []
    blackout_days: Annotated[list[date], Field(max_length=366)] = []

    @model_validator(mode="after")
    def _has_one_last_day(self) -> Validity:
        if (self.valid_days is None) == (self.valid_until is None):
            raise PydanticCustomError("deal.one_last_day", "Vouchers hold for so many days, or until a date")
        if self.valid_days is not None and self.valid_days < self.valid_after_days:
            raise PydanticCustomError("deal.never_valid", "Vouchers end before they begin")
        return self


class DealDocument(Schema):
    """What `groupbuy_deal_terms.document` holds."""

    title_zh: Annotated[str, Field(min_length=1, max_length=120)]
    title_en: Title = ""
    about_zh: Words = ""
    about_en: Words = ""
    pictures: Annotated[list[PictureKey], Field(max_length=6)] = []  # the first one stands for the deal
    package: Annotated[list[Item], Field(max_length=50)] = []
    list_price_minor: PositiveMinor
    ladder: Annotated[list[Step], Field(min_length=1, max_length=10)]
    group_hours: Annotated[int, Field(ge=1, le=720)] = 24
    pay_minutes: Annotated[int, Field(ge=1, le=120)] = 15
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    most_per_order: Annotated[int, Field(ge=1, le=MOST_PIECES)] = 1
    most_per_person: Annotated[int, Field(ge=1, le=10_000)] | None = None
    uses: Annotated[int, Field(ge=1, le=MOST_USES)] = 1
    validity: Validity
    refund_unused: bool = True
    on_expiry: OnExpiry = OnExpiry.REFUND
    commission_bp: Annotated[int, Field(ge=0, le=10_000)] | None = None  # as agreed with the merchant, where not said

    @model_validator(mode="after")
    def _holds_together(self) -> DealDocument:
        sizes = [step.size for step in self.ladder]
        if sizes != sorted(set(sizes)):
            raise PydanticCustomError("deal.ladder_order", "Steps stand by size, each once")
        prices = [step.price_minor for step in self.ladder]
        if prices != sorted(prices, reverse=True):
            raise PydanticCustomError("deal.ladder_rises", "A bigger group never pays more")
        if prices[0] > self.list_price_minor:
            raise PydanticCustomError("deal.dearer_in_a_group", "A group never pays more than the price without it")
        if self.starts_at >= self.ends_at:
            raise PydanticCustomError("deal.window", "The deal ends before it starts")
        if self.most_per_person is not None and self.most_per_person < self.most_per_order:
            raise PydanticCustomError("deal.limits", "An order takes no more pieces than a person may have")
        return self

    def step_of(self, size: int) -> Step | None:
        """The step of groups of this size."""
        return next((step for step in self.ladder if step.size == size), None)


@lru_cache(maxsize=2_000)
def read_stored(text: str) -> DealDocument:
    """The terms as they are stored, as JSON. Read once by each process: a version is never edited, and its text is all
    there is to it. Not to be changed."""
    return DealDocument.model_validate_json(text)


def read(document: Mapping[str, Any]) -> tuple[DealDocument | None, list[FieldError]]:
    """The terms, None where they cannot be understood; and what is wrong with them, by place."""
    try:
        return DealDocument.model_validate(document), []
    except ValidationError as error:
        return None, [
            FieldError(".".join(map(str, fault["loc"])), fault["type"], {"message": fault["msg"]})
            for fault in error.errors(include_url=False, include_input=False)
        ]
