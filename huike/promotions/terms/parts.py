"""What several parts of the terms are made of."""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

MOST_TIMES: Final = 1_000
ONE_BP: Final = 10_000

Id = Annotated[int, Field(ge=1, lt=2**63)]
PositiveMinor = Annotated[int, Field(ge=1, le=10**12)]
AmountMinor = Annotated[int, Field(ge=0, le=10**12)]
ShareBp = Annotated[int, Field(ge=1, le=ONE_BP, description="Hundredths of a percent: 1000 is 10 %")]
Times = Annotated[int, Field(ge=1, le=MOST_TIMES)]
Units = Annotated[int, Field(ge=1, le=100_000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

Item = TypeVar("Item")


def once(items: list[Item]) -> list[Item]:
    if len(set(items)) < len(items):
        raise PydanticCustomError("offer.named_twice", "The same is named twice")
    return items


Ids = Annotated[list[Id], Field(max_length=1_000), AfterValidator(once)]
