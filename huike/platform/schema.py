"""The base of every request and response body."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")


class Schema(BaseModel):
    """A body that refuses unknown members. Unstorable text (NUL, lone surrogates) is refused before, by the parser.

    Not ninja's own class: that looks at every nested value once more, for relations of the ORM we never answer with.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, from_attributes=True)


class PageOf(Schema, Generic[Item]):
    """One page of a list. Ask for the next one with `cursor=next_cursor`; `total` counts all matches where known."""

    items: list[Item]
    next_cursor: str | None
    total: int | None = None


class MoneyBody(Schema):
    """An exact amount: `amount_minor` in the minor unit of `currency` (fen, pence). Negative for money given back."""

    amount_minor: Annotated[int, Field(ge=-(10**15), le=10**15)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class FieldProblem(Schema):
    where: str
    code: str
    params: dict[str, object] = {}


class Problem(Schema):
    """RFC 9457 problem document. `code` is stable; `params` are what a sentence about it needs."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, object] = {}
    errors: list[FieldProblem] = []
