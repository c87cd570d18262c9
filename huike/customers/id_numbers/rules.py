"""What a number of a document looks like, and what is shown of it. Pure."""

from __future__ import annotations

import re
from typing import Final

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from huike.customers.errors import IdNumberInvalid

_SEPARATORS = re.compile(r"[\s\-]")
_PATTERNS: Final = {
    "passport": re.compile(r"(?=.*[0-9])[A-Z0-9]{6,12}"),
    "hk_macau_permit": re.compile(r"[HM]([0-9]{8}|[0-9]{10})"),
    "taiwan_permit": re.compile(r"[0-9]{8}|[0-9]{10}"),
}


def normalise(kind: str, text: str) -> str:
    """The form a number is sealed and looked up in. Raises IdNumberInvalid, which never holds the number."""
    number = _SEPARATORS.sub("", text).upper()
    if not number.isascii():
        raise IdNumberInvalid(kind=kind)
    if kind == "id_card":
        try:
            return str(ric.validate(number))
        except ValidationError:
            raise IdNumberInvalid(kind=kind) from None
    if not _PATTERNS[kind].fullmatch(number):
        raise IdNumberInvalid(kind=kind)
    return number


def mask(number: str) -> str:
    """`1*************002X`; of short numbers the last three."""
    if len(number) >= 10:
        return f"{number[0]}{'*' * (len(number) - 5)}{number[-4:]}"
    return f"{'*' * (len(number) - 3)}{number[-3:]}"
