"""Pictures that people hand in: read by what they are, never by their name, and drawn anew, so that nothing but the
picture is kept: upright, in plain RGB, without what a camera or a programme wrote beside it or somebody behind it."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image, ImageOps

CONTENT_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_HOW: Final[dict[str, dict[str, object]]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 90, "optimize": True},
    "WEBP": {"quality": 90, "method": 4},
}
_PAPER: Final = (255, 255, 255)

Fault = Literal["kind", "size", "pixels", "animated"]


class NoPicture(Exception):
    """It is no PNG, JPEG or WebP (`kind`), moves (`animated`), or is too large in bytes (`size`) or in pixels."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Picture:
    content_type: str
    width: int
    height: int
    content: bytes


def redraw(content: bytes, *, most_bytes: int, most_pixels: int) -> Picture:
    """The picture alone, of the kind it came as. `most_pixels` of each side. Raises NoPicture."""
    kind, upright = _upright(content, most_bytes=most_bytes, most_pixels=most_pixels)
    seen_through = upright.has_transparency_data and kind != "JPEG"
    return _saved(upright.convert("RGBA" if seen_through else "RGB"), kind)


def redraw_photo(content: bytes, *, most_bytes: int, most_pixels: int, width: int) -> Picture:
    """A photo as a JPEG of at most this width; what can be seen through stands on white. Raises NoPicture."""
    _, upright = _upright(content, most_bytes=most_bytes, most_pixels=most_pixels)
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        plain = Image.new("RGB", seen.size, _PAPER)
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain = upright.convert("RGB")
    if plain.width > width:
        plain = plain.resize((width, max(1, round(plain.height * width / plain.width))), Image.Resampling.LANCZOS)
    return _saved(plain, "JPEG")


def _upright(content: bytes, *, most_bytes: int, most_pixels: int) -> tuple[str, Image.Image]:
    if len(content) > most_bytes:
        raise NoPicture("size")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=list(CONTENT_TYPES))
        kind = str(picture.format)
        if not (0 < picture.width <= most_pixels and 0 < picture.height <= most_pixels):
            raise NoPicture("pixels")
        if getattr(picture, "is_animated", False):
            raise NoPicture("animated")
        return kind, ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPicture("pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError) as error:
        # Whatever a decoder says of a damaged or hostile file, it is no picture.
        raise NoPicture("kind") from error


def _saved(plain: Image.Image, kind: str) -> Picture:
    plain.info.clear()
    out = io.BytesIO()
    try:
        plain.save(out, kind, **_HOW[kind])
    except (OSError, ValueError) as error:
        raise NoPicture("kind") from error
    return Picture(CONTENT_TYPES[kind], plain.width, plain.height, out.getvalue())
