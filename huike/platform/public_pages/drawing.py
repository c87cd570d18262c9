"""QR codes as a piece of a page."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str) -> SafeString:
    """Black on white with the quiet zone a scanner needs, as wide as what it stands in."""
    drawn = segno.make_qr(text, error="m").svg_inline(border=4, omitsize=True, dark="#000", light="#fff")
    return mark_safe(drawn)  # noqa: S308 - drawn here: squares, no text
