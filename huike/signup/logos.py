"""A logo: drawn anew, so that nothing but its picture is kept."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from huike.platform.pictures import NoPicture, redraw
from huike.signup.errors import LogoInvalid
from huike.signup.models import Logo

MOST_BYTES: Final = 300 * 1024
MOST_PIXELS: Final = 2000
"""Of each side."""


def keep_logo(content: bytes) -> Logo:
    """Keep a picture; the same one again is the one that is there. Raises LogoInvalid on what is no PNG, JPEG or WebP
    (`kind`), moves (`animated`), or is too large in bytes (`size`) or in pixels (`pixels`)."""
    try:
        drawn = redraw(content, most_bytes=MOST_BYTES, most_pixels=MOST_PIXELS)
    except NoPicture as refused:
        raise LogoInvalid(reason=refused.fault) from refused
    kept, _ = Logo.objects.get_or_create(
        sha256=sha256(drawn.content).hexdigest(),
        defaults={
            "content_type": drawn.content_type,
            "content": drawn.content,
            "width": drawn.width,
            "height": drawn.height,
        },
    )
    return kept
