"""Pictures of a deal: photos drawn anew as JPEG, found by their content's hash, shown to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from huike.groupbuy.errors import PictureInvalid, PictureNotFound
from huike.groupbuy.models import Picture
from huike.platform.pictures import NoPicture, redraw_photo

MOST_BYTES: Final = 8 * 1024**2
MOST_PIXELS: Final = 10_000
"""Of each side: what telephones take, and then some."""
WIDTH: Final = 1_200
"""Of what is kept: a telephone's screen three times over, and what messengers show of a link."""
CONTENT_TYPE: Final = "image/jpeg"


def keep(content: bytes) -> Picture:
    """Keep a photo; the same one again is the one that is there. Raises PictureInvalid."""
    try:
        drawn = redraw_photo(content, most_bytes=MOST_BYTES, most_pixels=MOST_PIXELS, width=WIDTH)
    except NoPicture as refused:
        raise PictureInvalid(reason=refused.fault) from refused
    kept, _ = Picture.objects.get_or_create(
        sha256=sha256(drawn.content).hexdigest(),
        defaults={"content": drawn.content, "width": drawn.width, "height": drawn.height},
    )
    return kept


def find(name: str) -> Picture:
    """Raises PictureNotFound."""
    found = Picture.objects.filter(pk=name).first()
    if found is None:
        raise PictureNotFound
    return found


def unknown_of(names: Sequence[str]) -> list[str]:
    """Those of these that nobody handed in."""
    known = set(Picture.objects.filter(pk__in=names).values_list("pk", flat=True))
    return [name for name in names if name not in known]


def address_of(name: str) -> str:
    return f"/deals/pictures/{name}.jpg"
