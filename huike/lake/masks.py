"""What is left of personal data in the lake for those who may not see it in clear. Pure.

Declared with the column it covers (`TableSpec.masks`), and applied below everything an analyst can write, so that
conditions, joins and functions see what she sees.
"""

from __future__ import annotations

from enum import StrEnum


class Mask(StrEnum):
    HIDDEN = "hidden"  # whether there is something
    INITIAL = "initial"  # the first character
    YEAR = "year"  # of a day: the first of its year
    AREA = "area"  # of a degree: a tenth, some ten kilometres
    CONTACT = "contact"  # all but what may be an address or a number to reach somebody at


_HIDDEN = "***"
# An e-mail address, or seven digits and more with what people write between them.
_CONTACT = r"@|＠|[0-9０-９](?:[^0-9０-９A-Za-z]{0,2}[0-9０-９]){6}"
# Numbers from here on may be a telephone's; in thousandths, as the lake holds them.
_LONG_NUMBER = 1_000_000 * 1_000


def masked(column: str, type: str, mask: Mask) -> str:
    """DuckDB's SQL for what `column`, of the lake's `type`, shows under `mask`. The type stays.

    Raises ValueError for a mask the type cannot wear.
    """
    match mask, type:
        case Mask.HIDDEN, "VARCHAR":
            return f"CASE WHEN {column} IS NOT NULL THEN '{_HIDDEN}' END"
        case Mask.HIDDEN, _:
            return f"CAST(NULL AS {type})"
        case Mask.INITIAL, "VARCHAR":
            return f"left({column}, 1) || '**'"
        case Mask.YEAR, "DATE":
            return f"CAST(date_trunc('year', {column}) AS DATE)"
        case Mask.AREA, "DOUBLE":
            return f"round({column}, 1)"
        case Mask.CONTACT, "VARCHAR":
            return f"CASE WHEN regexp_matches({column}, '{_CONTACT}') THEN '{_HIDDEN}' ELSE {column} END"
        case Mask.CONTACT, "BIGINT":
            return f"CASE WHEN abs({column}) < {_LONG_NUMBER} THEN {column} END"
    raise ValueError(f"{mask} says nothing about a {type}")
