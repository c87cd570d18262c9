"""A logo: a small picture of its own kind, drawn anew."""

from __future__ import annotations

from typing import Final

from huike.platform import pictures
from huike.platform.pictures import PictureInvalid
from huike.signup.errors import LogoInvalid
from huike.signup.models import Logo

MOST_BYTES: Final = 300 * 1024
MOST_PIXELS: Final = 2000
"""Of each side."""


def keep_logo(content: bytes) -> Logo:
    """Keep a picture; the same one again is the one that is there. Raises LogoInvalid on what is no PNG, JPEG or WebP
    (`kind`), moves (`animated`), or is too large in bytes (`size`) or in pixels (`pixels`)."""
    try:
        drawn = pictures.redraw(content, most_bytes=MOST_BYTES, most_side_pixels=MOST_PIXELS)
    except PictureInvalid as error:
        raise LogoInvalid(**error.params) from error
    kept, _ = Logo.objects.get_or_create(
        sha256=drawn.key,
        defaults={
            "content_type": drawn.content_type,
            "content": drawn.content,
            "width": drawn.width,
            "height": drawn.height,
        },
    )
    return kept
