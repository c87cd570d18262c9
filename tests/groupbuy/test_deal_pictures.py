"""Pictures of a deal: named by its terms, shown to everybody. What a picture is: tests/platform/test_pictures.py."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from huike.groupbuy.errors import DealTermsInvalid
from huike.groupbuy.models import Deal
from huike.platform import pictures
from huike.platform.config import get_config
from tests.groupbuy import world
from tests.groupbuy.phones import a_phone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huike.platform.clock.now", lambda: world.OPEN)


def kept(*, size: tuple[int, int] = (1_600, 1_000)) -> str:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 40, 40)).save(out, "JPEG")
    return pictures.keep_content(out.getvalue()).key


def test_terms_name_only_pictures_that_were_handed_in() -> None:
    with pytest.raises(DealTermsInvalid) as told:
        world.draft(pictures=["a" * 64])
    assert [(fault.where, fault.code) for fault in told.value.errors] == [("pictures.0", "deal.picture_unknown")]
    assert Deal.objects.count() == 0


def test_everybody_sees_them_and_a_shared_link_shows_the_first() -> None:
    first, second = kept(), kept(size=(300, 200))
    plain = world.deal()
    what = world.deal(of=plain.merchant, pictures=[first, second])
    address = f"/pictures/{first}"
    window = a_phone().get("/deals").content.decode()
    assert f'<img class="cover" src="{address}"' in window
    assert second not in window
    assert '<span class="cover" aria-hidden="true">双</span>' in window  # the one without a picture
    page = a_phone().get(f"/deals/{what.slug}").content.decode()
    assert f'<meta property="og:image" content="{get_config().base_url}{address}">' in page
    assert page.index(address) < page.index(second)
    assert "og:image" not in a_phone().get(f"/deals/{plain.slug}").content.decode()
    assert a_phone().get(address)["Content-Type"] == "image/webp"
