"""A logo: read by what it is, never by its name, and drawn anew, so that nothing but its picture is kept."""

from __future__ import annotations

import io
import warnings
from hashlib import sha256
from typing import Final

from PIL import Image, ImageOps

from huike.signup.errors import LogoInvalid
from huike.signup.models import Logo

MOST_BYTES: Final = 300 * 1024
MOST_PIXELS: Final = 2000
"""Of each side."""
_CONTENT_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_HOW: Final[dict[str, dict[str, object]]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 90, "optimize": True},
    "WEBP": {"quality": 90, "method": 4},
}


def keep_logo(content: bytes) -> Logo:
    """Keep a picture; the same one again is the one that is there. Raises LogoInvalid on what is no PNG, JPEG or WebP
    (`kind`), moves (`animated`), or is too large in bytes (`size`) or in pixels (`pixels`)."""
    if len(content) > MOST_BYTES:
        raise LogoInvalid(reason="size")
    content_type, width, height, drawn = _redraw(content)
    kept, _ = Logo.objects.get_or_create(
        sha256=sha256(drawn).hexdigest(),
        defaults={"content_type": content_type, "content": drawn, "width": width, "height": height},
    )
    return kept


def _redraw(content: bytes) -> tuple[str, int, int, bytes]:
    """Content type, width, height and bytes of the picture alone: upright, in plain RGB, without what a camera
    or a programme wrote beside it (places, names, profiles, previews) or somebody behind it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=list(_CONTENT_TYPES))
        kind = str(picture.format)
        if not (0 < picture.width <= MOST_PIXELS and 0 < picture.height <= MOST_PIXELS):
            raise LogoInvalid(reason="pixels")
        if getattr(picture, "is_animated", False):
            raise LogoInvalid(reason="animated")
        upright = ImageOps.exif_transpose(picture)
        seen_through = upright.has_transparency_data and kind != "JPEG"
        plain = upright.convert("RGBA" if seen_through else "RGB")
        plain.info.clear()
        out = io.BytesIO()
        plain.save(out, kind, **_HOW[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LogoInvalid(reason="pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError) as error:
        # Whatever a decoder says of a damaged or hostile file, it is no picture.
        raise LogoInvalid(reason="kind") from error
    return _CONTENT_TYPES[kind], plain.width, plain.height, out.getvalue()
