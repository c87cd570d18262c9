"""Pictures of a deal: photos drawn anew, named by terms, shown to everybody."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from huike.groupbuy.deals import pictures
from huike.groupbuy.errors import DealTermsInvalid, PictureInvalid
from huike.groupbuy.models import Deal, Picture
from huike.platform.config import get_config
from tests.groupbuy import world
from tests.groupbuy.phones import a_phone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huike.platform.clock.now", lambda: world.OPEN)


def photo(kind: str = "JPEG", *, size: tuple[int, int] = (1_600, 1_000), mode: str = "RGB", **told: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, (200, 40, 40, 0) if mode == "RGBA" else (200, 40, 40)).save(out, kind, **told)
    return out.getvalue()


def shown(one: Picture) -> Image.Image:
    return Image.open(io.BytesIO(bytes(one.content)))


def test_a_photo_is_kept_upright_small_and_without_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "Auntie's kitchen"
    exif.get_ifd(0x8825)[1] = "N"
    kept = pictures.keep(photo(exif=exif, comment=b"secret"))
    drawn = shown(kept)
    assert (kept.width, kept.height) == drawn.size == (1_000, 1_600)
    assert drawn.format == "JPEG"
    assert len(drawn.getexif()) == 0
    assert b"kitchen" not in bytes(kept.content)
    assert b"secret" not in bytes(kept.content)
    wide = pictures.keep(photo(size=(4_000, 3_000)))
    assert (wide.width, wide.height) == (1_200, 900)


def test_what_can_be_seen_through_stands_on_white_and_the_same_photo_is_kept_once() -> None:
    first, again = pictures.keep(photo("PNG", mode="RGBA")), pictures.keep(photo("PNG", mode="RGBA"))
    assert first.pk == again.pk
    assert Picture.objects.count() == 1
    assert shown(first).getpixel((5, 5)) == (255, 255, 255)


def test_what_is_no_picture_is_refused_and_nothing_is_kept() -> None:
    moving = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), (red, 0, 0)) for red in (0, 200)]
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    refused = [
        (b"<svg onload='alert(1)'/>", "kind"),
        (photo()[:400], "kind"),
        (moving.getvalue(), "animated"),
        (photo("PNG", size=(10_001, 1)), "pixels"),
        (photo() + b"\0" * pictures.MOST_BYTES, "size"),
    ]
    for content, reason in refused:
        with pytest.raises(PictureInvalid) as told:
            pictures.keep(content)
        assert told.value.params == {"reason": reason}
    assert Picture.objects.count() == 0


def test_terms_name_only_pictures_that_were_handed_in() -> None:
    with pytest.raises(DealTermsInvalid) as told:
        world.draft(pictures=["a" * 64])
    assert [(fault.where, fault.code) for fault in told.value.errors] == [("pictures.0", "deal.picture_unknown")]
    assert Deal.objects.count() == 0


def test_everybody_sees_them_and_a_shared_link_shows_the_first() -> None:
    first, second = pictures.keep(photo()), pictures.keep(photo(size=(300, 200)))
    plain = world.deal()
    what = world.deal(of=plain.merchant, pictures=[first.pk, second.pk])
    address = f"/deals/pictures/{first.pk}.jpg"
    window = a_phone().get("/deals").content.decode()
    assert f'<img class="cover" src="{address}"' in window
    assert second.pk not in window
    assert '<span class="cover" aria-hidden="true">双</span>' in window  # the one without a picture
    page = a_phone().get(f"/deals/{what.slug}").content.decode()
    assert f'<meta property="og:image" content="{get_config().base_url}{address}">' in page
    assert page.index(address) < page.index(second.pk)
    assert "og:image" not in a_phone().get(f"/deals/{plain.slug}").content.decode()
    answer = a_phone().get(address)
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "image/jpeg", bytes(first.content))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    for wrong in ("a" * 64, "..", "a%00", "A" * 300):
        assert a_phone().get(f"/deals/pictures/{wrong}.jpg").status_code == 404
