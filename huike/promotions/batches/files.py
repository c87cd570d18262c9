"""A batch as a file for the printer, and as sheets to print with QR codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.template.loader import render_to_string

from huike.platform.config import get_config
from huike.platform.public_pages.drawing import qr_svg
from huike.platform.sheets import plain_text
from huike.promotions.batches import selectors
from huike.promotions.batches.selectors import BatchView
from huike.promotions.errors import BatchTooLarge

MOST_PRINTED: Final = 1_000
HEADER: Final = ("code", "state", "uses_allowed", "uses_left", "expires_at", "redeemed_at")
_A_MOMENT: Final = timedelta(microseconds=1)


def as_csv(batch_id: int) -> Iterator[bytes]:
    """The file in pieces: UTF-8 with the mark that Excel needs; no cell begins like a formula, for all are ours."""
    yield "\ufeff".encode() + _lines([HEADER])
    for rows in selectors.codes_of(batch_id):
        yield _lines((*row[:4], plain_text(row[4]), plain_text(row[5])) for row in rows)


def _lines(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def sheets_html(view: BatchView) -> str:
    """Pages of A4 with every code that can still be used, in both languages. Raises BatchTooLarge."""
    if view.batch.made > MOST_PRINTED:
        raise BatchTooLarge(most=MOST_PRINTED, made=view.batch.made)
    usable = [row[0] for rows in selectors.codes_of(view.batch.pk) for row in rows if row[1] in {"issued", "locked"}]
    expires_at = view.batch.expires_at
    return render_to_string(
        "promotions/sheets.html",
        {
            "name": view.batch.name,
            "offer": view.batch.offer.name,
            "until": (expires_at.astimezone(get_config().zone) - _A_MOMENT).date().isoformat() if expires_at else "",
            "codes": [{"qr": qr_svg(code), "text": grouped(code)} for code in usable],
        },
    )


def grouped(code: str) -> str:
    """In fours, to be read aloud and typed; what is typed with blanks is taken."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
