"""Pictures for everybody's eyes: nothing but the picture is kept, and its address shows the same for ever."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from huike.platform import pictures
from huike.platform.models import Picture
from huike.platform.pictures import PictureInvalid, keep

pytestmark = pytest.mark.django_db

GREEN = (31, 138, 112)


def drawn(kind: str = "PNG", *, size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, GREEN).save(out, kind, **how)
    return out.getvalue()


def told(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("tea.png", content, content_type="image/png")


def png_that_says(width: int, height: int) -> bytes:
    """A PNG whose head promises more than there is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_kept_upright_and_without_what_stood_beside_it(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at 31.2304 N, 121.4737 E by Mei Lin"
    exif[0x0112] = 6  # lies on its side
    content = drawn(kind, exif=exif) + (b"<script>alert(1)</script>" if kind != "WEBP" else b"")
    assert b"Mei Lin" in content

    kept = keep(told(content))

    assert (kept.width, kept.height) == (48, 64)
    stored = bytes(Picture.objects.get(key=kept.key).content)
    assert b"Mei Lin" not in stored
    assert b"script" not in stored
    shown = Image.open(io.BytesIO(stored))
    assert (shown.format, shown.size, dict(shown.getexif())) == ("WEBP", (48, 64), {})
    assert all(abs(a - b) <= 3 for a, b in zip(shown.convert("RGB").getpixel((9, 9)), GREEN, strict=True))
    assert keep(told(content)).key == kept.key
    assert Picture.objects.count() == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photograph_is_kept_no_larger_than_screens_show_it(kind: str) -> None:
    kept = keep(told(drawn(kind, size=(4000, 3000))))
    assert (kept.width, kept.height) == (1600, 1200)


def test_a_picture_may_be_seen_through() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (*GREEN, 40)).save(out, "PNG")
    kept = keep(told(out.getvalue()))
    assert Image.open(io.BytesIO(bytes(Picture.objects.get(key=kept.key).content))).getpixel((3, 3))[3] == 40


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "kind"),
        (b"<svg onload=alert(1)>", "kind"),
        (drawn("GIF"), "kind"),
        (drawn("PNG")[:-30], "kind"),
        (drawn("JPEG", size=(400, 400))[:200], "kind"),
        (png_that_says(9, 9_999), "pixels"),
        (png_that_says(7_999, 7_999), "pixels"),
        (png_that_says(60_000, 60_000), "pixels"),
        (drawn("PNG", save_all=True, append_images=[Image.new("RGB", (64, 48))]), "animated"),
        (drawn("WEBP", save_all=True, append_images=[Image.new("RGB", (64, 48))]), "animated"),
        (drawn("PNG") + b"x" * pictures.MOST_BYTES, "size"),
    ],
    ids=[
        "nothing", "svg", "gif", "cut png", "cut jpeg", "long", "large", "bomb", "moving png", "moving webp", "heavy"
    ],
)  # fmt: skip
def test_what_is_no_still_picture_of_bounded_size_leaves_nothing(content: bytes, reason: str) -> None:
    with pytest.raises(PictureInvalid) as refused:
        keep(told(content))
    assert refused.value.params["reason"] == reason
    assert not Picture.objects.exists()


def test_its_address_shows_it_to_anybody_and_for_ever() -> None:
    kept = keep(told(drawn()))
    stranger = Client()

    shown = stranger.get(pictures.address_of(kept.key))

    assert (shown.status_code, shown["Content-Type"], shown["X-Content-Type-Options"]) == (200, "image/webp", "nosniff")
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown.content == bytes(Picture.objects.get(key=kept.key).content)
    assert "Set-Cookie" not in shown
    assert stranger.post(pictures.address_of(kept.key)).status_code == 405
    for nobodys in ("0a" * 32, kept.key[:-1], kept.key.upper(), "é" * 64):
        assert stranger.get(f"/pictures/{nobodys}").status_code == 404
    assert pictures.address_of(None) == ""
