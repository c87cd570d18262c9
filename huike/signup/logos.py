"""A logo: what it is by its own bytes, never by its name."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from huike.signup.errors import LogoInvalid
from huike.signup.models import Logo

MOST_BYTES: Final = 300 * 1024
MOST_PIXELS: Final = 2000


@dataclass(frozen=True, slots=True)
class Picture:
    content_type: str
    width: int
    height: int


def keep_logo(content: bytes) -> Logo:
    """Keep a picture; the same one again is the one that is there. Raises LogoInvalid."""
    if len(content) > MOST_BYTES:
        raise LogoInvalid(reason="size")
    picture = picture_of(content)
    if picture is None:
        raise LogoInvalid(reason="kind")
    if not (0 < picture.width <= MOST_PIXELS and 0 < picture.height <= MOST_PIXELS):
        raise LogoInvalid(reason="pixels")
    name = sha256(content).hexdigest()
    kept, _ = Logo.objects.get_or_create(
        sha256=name,
        defaults={
            "content_type": picture.content_type,
            "content": content,
            "width": picture.width,
            "height": picture.height,
        },
    )
    return kept


def picture_of(content: bytes) -> Picture | None:
    """Kind and size by the file's own header; None for anything that is not wholly a PNG, JPEG or WebP."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and b"IEND" in content[-16:]:
            width, height = struct.unpack(">II", content[16:24])
            return Picture("image/png", width, height)
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(content: bytes) -> Picture | None:
    place = 2
    while place + 9 < len(content):
        if content[place] != 0xFF:
            return None
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return Picture("image/jpeg", width, height)
        if marker in {0xD9, 0xDA}:
            return None
        place += 2 + struct.unpack(">H", content[place + 2 : place + 4])[0]
    return None


def _webp(content: bytes) -> Picture | None:
    if struct.unpack("<I", content[4:8])[0] + 8 > len(content) + 1:
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
    elif kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", content[26:30]))
    elif kind == b"VP8L" and content[20] == 0x2F:
        bits = struct.unpack("<I", content[21:25])[0]
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    else:
        return None
    return Picture("image/webp", width, height)
