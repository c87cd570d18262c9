"""Pictures for everybody's eyes: read by what they are, never by their name, and drawn anew, so that nothing but the
picture is kept. A capability that shows one keeps its key and a foreign key to `platform.Picture`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from PIL import Image, ImageOps
from pydantic import Field

from huike.kernel.errors import Invalid
from huike.platform.models import Picture
from huike.platform.schema import Schema

MOST_BYTES: Final = 10 * 1024**2
MOST_SIDE_PIXELS: Final = 8_000
KEPT_SIDE_PIXELS: Final = 1_600
"""What is larger is drawn smaller: enough for any screen, and a photograph stays below half a megabyte."""
_MOST_PIXELS: Final = 50_000_000
_YEAR_SECONDS: Final = 31_536_000
_HOW: Final[dict[str, dict[str, object]]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 90, "optimize": True},
    "WEBP": {"quality": 85, "method": 4},
}

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PictureOut(Schema):
    """A kept picture, seen at `/pictures/{key}`."""

    key: Key
    width: int
    height: int


class PictureInvalid(Invalid):
    """`reason`: `kind`, `size`, `pixels`, `animated`."""

    code = "picture.invalid"
    title = "A picture is a PNG, JPEG or WebP that stands still, of at most 10 MB and 8000 pixels a side"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture alone, as it is stored."""

    content: bytes
    content_type: str
    width: int
    height: int

    @property
    def key(self) -> str:
        return sha256(self.content).hexdigest()


def keep(file: UploadedFile) -> PictureOut:
    """Keep an uploaded picture, as WebP of at most KEPT_SIDE_PIXELS a side; the same one again is the one that is
    there. Raises PictureInvalid."""
    if (file.size or 0) > MOST_BYTES:
        raise PictureInvalid(reason="size")
    return keep_content(file.read())


def keep_content(content: bytes) -> PictureOut:
    """`keep`, of bytes that are at hand."""
    drawn = redraw(
        content, most_bytes=MOST_BYTES, most_side_pixels=MOST_SIDE_PIXELS, fit_pixels=KEPT_SIDE_PIXELS, kind="WEBP"
    )
    kept, _ = Picture.objects.get_or_create(
        key=drawn.key,
        defaults={
            "content_type": drawn.content_type,
            "content": drawn.content,
            "width": drawn.width,
            "height": drawn.height,
        },
    )
    return PictureOut(key=kept.key, width=kept.width, height=kept.height)


def unknown_of(keys: Collection[str]) -> list[str]:
    """Those of these that nobody handed in."""
    known = set(Picture.objects.filter(key__in=keys).values_list("key", flat=True))
    return [key for key in keys if key not in known]


def address_of(key: str | None) -> str:
    """Where it is seen on this server; empty for none."""
    return f"/pictures/{key}" if key else ""


@require_safe
def picture(request: HttpRequest, key: str) -> HttpResponse:
    """The picture of a key, for ever the same one."""
    found = Picture.objects.filter(key=key).first() if len(key) == 64 and key.isascii() and key.isalnum() else None
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def redraw(
    content: bytes, *, most_bytes: int, most_side_pixels: int, fit_pixels: int | None = None, kind: str | None = None
) -> Drawn:
    """The picture alone: upright, in plain RGB, without what a camera or a programme wrote beside it (places, names,
    profiles, previews) or somebody behind it; no side longer than `fit_pixels`; of its own kind unless told.

    Raises PictureInvalid on what is no PNG, JPEG or WebP (`kind`), moves (`animated`), or is too large in bytes
    (`size`) or in pixels (`pixels`).
    """
    if len(content) > most_bytes:
        raise PictureInvalid(reason="size")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"])
        told, width, height = str(picture.format), picture.width, picture.height
        if not (0 < width <= most_side_pixels and 0 < height <= most_side_pixels and width * height <= _MOST_PIXELS):
            raise PictureInvalid(reason="pixels")
        if getattr(picture, "is_animated", False):
            raise PictureInvalid(reason="animated")
        if fit_pixels is not None:
            picture.draft("RGB", (fit_pixels, fit_pixels))  # a JPEG is read at the size that is just large enough
        upright = ImageOps.exif_transpose(picture)
        seen_through = upright.has_transparency_data and told != "JPEG"
        plain = upright.convert("RGBA" if seen_through else "RGB")
        if fit_pixels is not None:
            plain.thumbnail((fit_pixels, fit_pixels))
        plain.info.clear()
        written, out = kind or told, io.BytesIO()
        plain.save(out, written, **_HOW[written])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureInvalid(reason="pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError) as error:
        # Whatever a decoder says of a damaged or hostile file, it is no picture.
        raise PictureInvalid(reason="kind") from error
    return Drawn(out.getvalue(), f"image/{written.lower()}", plain.width, plain.height)
