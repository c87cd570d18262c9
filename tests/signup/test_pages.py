"""Designing a page: what visitors see is what was published, and what could not work is not."""

from __future__ import annotations

import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huike.platform.audit import SYSTEM
from huike.signup import pages
from huike.signup.design import Asked, AskedConsent, Design, LongWords, ShortWords
from huike.signup.logos import picture_of
from huike.signup.models import SignUpPage
from huike.staff.rules import Role
from tests.people import signed_in
from tests.signup.world import design, live_page

pytestmark = pytest.mark.django_db


def png(width: int = 4, height: int = 3) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x00" * width for _ in range(height)))
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


def test_jpeg_and_webp_tell_their_size() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x30\x00\x40\x03" + b"\x00" * 20
    webp = b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4)
    webp += (63).to_bytes(3, "little") + (47).to_bytes(3, "little") + bytes(8)
    for content, kind in ((jpeg, "image/jpeg"), (webp, "image/webp")):
        picture = picture_of(content)
        assert picture is not None
        assert (picture.content_type, picture.width, picture.height) == (kind, 64, 48)


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
