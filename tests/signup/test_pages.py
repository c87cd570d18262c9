"""Designing a page: what visitors see is what was published, and what could not work is not."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from huike.platform.audit import SYSTEM
from huike.signup import pages
from huike.signup.design import Asked, AskedConsent, Design, LongWords, ShortWords
from huike.signup.errors import LogoInvalid
from huike.signup.logos import keep_logo
from huike.signup.models import Logo, SignUpPage
from huike.staff.rules import Role
from tests.people import signed_in
from tests.signup.world import design, live_page

pytestmark = pytest.mark.django_db


def png(width: int = 4, height: int = 3, *, rows_there: int | None = None) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x00" * width for _ in range(rows_there or height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_visitors_see_what_was_published_and_not_the_draft() -> None:
    page = live_page()
    owner = signed_in()
    changed = design(title=ShortWords(zh="新标题", en="New title")).model_dump()

    answer = owner.call("PUT", f"/sign-up-pages/{page.pk}/draft", {"name": "n", "slug": "tea", "design": changed})
    assert answer.status_code == 200, answer.content
    assert answer.json()["has_changes"] is True
    assert "加入会员" in Client().get("/join/tea").content.decode()

    assert owner.post(f"/sign-up-pages/{page.pk}/publish").json()["version"] == 2
    assert "新标题" in Client().get("/join/tea").content.decode()


def test_a_design_that_could_not_work_is_not_published_and_each_fault_is_named() -> None:
    unfit = Design(
        title=ShortWords(zh="只有中文"),
        welcome=LongWords(en="English only"),
        accent="#eeee00",
        phone="no",
        confirm_by=["phone"],
        fields=[Asked(field="field:nothing"), Asked(field="city"), Asked(field="city")],
        consents=[
            AskedConsent(channel="sms", purpose="marketing", text=LongWords(zh="x")),
            AskedConsent(channel="sms", purpose="marketing", text=LongWords(zh="x", en="x")),
        ],
    )
    page = pages.create_page(slug="bad", name="bad", design=unfit, source_id=None, actor=SYSTEM)
    answer = signed_in().post(f"/sign-up-pages/{page.pk}/publish")
    assert answer.status_code == 422
    assert sorted((e["where"], e["code"].removeprefix("sign_up.")) for e in answer.json()["errors"]) == [
        ("accent", "accent_pale"),
        ("confirm_by", "confirms_unasked"),
        ("consents.0", "consent_unreachable"),
        ("consents.0", "consent_without_words"),
        ("consents.1", "consent_repeated"),
        ("consents.1", "consent_unreachable"),
        ("fields.0", "field_unknown"),
        ("fields.2", "field_repeated"),
        ("title", "title_missing"),
        ("welcome", "one_language"),
    ]
    assert SignUpPage.objects.get().state == "draft"


def test_the_address_of_a_page_is_taken_once_and_stays_once_published() -> None:
    page = live_page()
    owner = signed_in()
    assert owner.post("/sign-up-pages", {"name": "n", "slug": "tea"}).json()["code"] == "sign_up.slug_taken"
    body = {"name": "n", "slug": "coffee", "design": design().model_dump()}
    assert owner.call("PUT", f"/sign-up-pages/{page.pk}/draft", body).json()["code"] == "sign_up.changed"
    assert owner.delete(f"/sign-up-pages/{page.pk}").status_code == 409


def test_a_new_page_begins_with_a_design_that_can_be_published() -> None:
    owner = signed_in()
    made = owner.post("/sign-up-pages", {"name": "n", "slug": "tea"}).json()
    assert made["faults"] == []
    assert owner.post(f"/sign-up-pages/{made['id']}/publish").status_code == 200


def test_somebody_of_one_store_designs_nothing() -> None:
    page = live_page()
    limited = signed_in(Role.MARKETING, store_ids=[1])
    assert limited.post(f"/sign-up-pages/{page.pk}/publish").json()["code"] == "sign_up.needs_all_stores"
    assert limited.post("/sign-up-pages", {"name": "n", "slug": "x2"}).status_code == 403


def test_a_logo_is_what_its_bytes_say() -> None:
    owner = signed_in()

    def upload(content: bytes) -> object:
        file = SimpleUploadedFile("logo.png", content, content_type="image/png")
        return owner.client.post("/api/v1/sign-up-logos", {"file": file}, headers=owner.headers)

    kept = upload(png())
    assert kept.status_code == 201, kept.content  # type: ignore[attr-defined]
    shown = Client().get(f"/join/logo/{kept.json()['logo']}")  # type: ignore[attr-defined]
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for refused in (
        b"<svg onload=alert(1)>",
        b"GIF89a",
        png(2001, 1),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"",
        png() + b"x" * 310_000,
    ):
        assert upload(refused).status_code == 422  # type: ignore[attr-defined]


def picture(kind: str = "PNG", *, size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (31, 138, 112)).save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_keeps_its_picture_and_nothing_beside_it(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at 31.2304 N, 121.4737 E by Mei Lin"
    exif[0x0112] = 6  # lies on its side
    told = picture(kind, exif=exif) + (b"<script>alert(1)</script>" if kind != "WEBP" else b"")
    assert b"Mei Lin" in told

    kept = keep_logo(told)

    content = bytes(kept.content)
    assert (kept.content_type, kept.width, kept.height) == (f"image/{kind.lower()}", 48, 64)
    assert b"Mei Lin" not in content
    assert b"script" not in content
    shown = Image.open(io.BytesIO(content))
    assert (shown.format, shown.size, dict(shown.getexif())) == (kind, (48, 64), {})
    assert all(abs(a - b) <= 3 for a, b in zip(shown.convert("RGB").getpixel((9, 9)), (31, 138, 112), strict=True))
    assert keep_logo(told).pk == kept.pk


def test_a_logo_may_be_seen_through() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (31, 138, 112, 40)).save(out, "PNG")
    kept = keep_logo(out.getvalue())
    assert Image.open(io.BytesIO(bytes(kept.content))).getpixel((3, 3)) == (31, 138, 112, 40)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (picture("GIF"), "kind"),
        (picture("PNG")[:-30], "kind"),
        (picture("JPEG")[:200], "kind"),
        (picture("PNG", size=(2001, 1)), "pixels"),
        (png(60_000, 60_000, rows_there=1), "pixels"),
        (picture("PNG", save_all=True, append_images=[Image.new("RGB", (64, 48))]), "animated"),
        (picture("WEBP", save_all=True, append_images=[Image.new("RGB", (64, 48))]), "animated"),
    ],
    ids=["gif", "cut png", "cut jpeg", "wide", "bomb", "moving png", "moving webp"],
)
def test_what_is_no_still_picture_of_bounded_size_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(LogoInvalid) as refused:
        keep_logo(content)
    assert refused.value.params["reason"] == reason
    assert not Logo.objects.exists()


def test_a_printed_code_comes_as_svg_png_and_poster() -> None:
    page = live_page()
    owner = signed_in()
    made = owner.post(f"/sign-up-pages/{page.pk}/places", {"label": "柜台"}).json()
    base = f"/sign-up-pages/{page.pk}/places/{made['id']}"
    assert b"<svg" in owner.get(f"{base}/qr.svg").content
    assert owner.get(f"{base}/qr.png").content.startswith(b"\x89PNG")
    poster = owner.get(f"{base}/poster")
    assert "柜台" in poster.content.decode()
    assert made["address"].endswith(f"/join/tea?p={made['code']}")
    assert owner.delete(base).status_code == 204
    assert owner.get(f"/sign-up-pages/{page.pk}/places").json() == []


def test_the_preview_is_the_page_itself() -> None:
    shown = signed_in().post("/sign-up-pages/preview", {"design": design().model_dump(), "language": "en"})
    assert "Join us" in shown.json()["html"]
    assert "Send me offers by text message" in shown.json()["html"]
