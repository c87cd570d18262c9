"""Keyset pages: a cursor says after which row to go on, so that deep pages cost what the first one does."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from huike.kernel.errors import Invalid

Row = TypeVar("Row")


class BadCursor(Invalid):
    code = "page.bad_cursor"
    title = "The cursor does not belong to this list"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list. `next_cursor` is None on the last page; `total` is None where counting was not asked for."""

    items: list[Row]
    next_cursor: str | None
    total: int | None = None


def encode_cursor(order: str, values: list[Any]) -> str:
    """A cursor for the row whose sort values are `values` (JSON values) in the list sorted by `order`."""
    raw = json.dumps([order, values], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, order: str) -> list[Any]:
    """The sort values of the row that `cursor` stands for.

    Raises BadCursor when it was not made by `encode_cursor` for the same order.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        name, values = json.loads(raw)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise BadCursor from error
    if name != order or not isinstance(values, list):
        raise BadCursor
    return values
