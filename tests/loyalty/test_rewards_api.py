"""Rewards over HTTP: the catalogue, a redemption at the desk, and who may not."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from huike.customers.models import Customer
from huike.loyalty.models import Programme, Redemption, Reward
from huike.loyalty.rewards import services
from huike.platform.audit import SYSTEM
from huike.platform.models import Picture
from huike.staff.rules import Role
from tests.loyalty.members import points, programme
from tests.loyalty.rewards import BENEFIT, PRODUCT, offer, redeem, reward, rich
from tests.people import Caller, code_of, signed_in
from tests.tills import store

pytestmark = pytest.mark.django_db


@pytest.fixture
def club() -> Programme:
    return programme()


def test_a_reward_is_made_changed_and_run_by_the_office(club: Programme) -> None:
    manager = signed_in(Role.LOYALTY)
    made = manager.post("/loyalty/rewards", {**PRODUCT, "stock": 3, "tiers": ["gold"]})
    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["left"], told["tiers"], told["limit_period"]) == ("draft", 3, ["gold"], "ever")
    path = f"/loyalty/rewards/{told['id']}"
    changed = manager.call("PUT", path, {**PRODUCT, "points": 99, "limit_count": 1, "limit_period": "month"}).json()
    assert (changed["points"], changed["stock"], changed["left"], changed["tiers"]) == (99, None, None, [])
    states = [manager.post(f"{path}/{verb}").json()["state"] for verb in ("activate", "pause", "activate", "end")]
    assert states == ["active", "paused", "active", "ended"]
    assert code_of(manager.post(f"{path}/pause")) == "reward.state_refused"
    assert [one["id"] for one in manager.get("/loyalty/rewards?state=ended&q=canvas").json()["items"]] == [told["id"]]
    assert manager.get("/loyalty/rewards?state=active").json()["total"] == 0


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"kind": "coupon"}, 422, "reward.invalid"),
        ({"offer_id": 1}, 422, "reward.invalid"),
        ({"kind": "coupon", "offer_id": 987_654}, 404, "offer.not_found"),
        ({"has_codes": True}, 422, "reward.invalid"),
        ({"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, 422, "reward.invalid"),
        ({"points": 0}, 422, "invalid"),
    ],
)
def test_a_reward_that_contradicts_itself_is_refused(club: Programme, told: dict, status: int, code: str) -> None:  # type: ignore[type-arg]
    refused = signed_in(Role.LOYALTY).post("/loyalty/rewards", {**PRODUCT, **told})
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert not Reward.objects.exists()


def test_a_reward_shows_its_picture_to_staff_and_to_her(club: Programme) -> None:
    manager, clerk, her = signed_in(Role.LOYALTY), signed_in(Role.CLERK), rich(club)
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (31, 138, 112)).save(out, "PNG")

    def upload(person: Caller, content: bytes = out.getvalue()) -> Any:
        file = SimpleUploadedFile("bag.png", content, content_type="image/png")
        return person.client.post("/api/v1/loyalty/reward-pictures", {"file": file}, headers=person.headers)

    assert upload(clerk).status_code == 403
    assert code_of(upload(manager, b"<svg onload=alert(1)>")) == "picture.invalid"
    assert not Picture.objects.exists()

    told = upload(manager).json()
    assert (told["width"], told["height"]) == (40, 30)
    assert Client().get(f"/pictures/{told['key']}")["Content-Type"] == "image/webp"
    made = manager.post("/loyalty/rewards", {**PRODUCT, "picture": told["key"]}).json()
    assert made["picture"] == told["key"]
    path = f"/loyalty/rewards/{made['id']}"
    manager.post(f"{path}/activate")
    (seen,) = clerk.get(f"/customers/{her}/rewards").json()["rewards"]
    assert seen["picture"] == told["key"]

    refused = manager.call("PUT", path, {**PRODUCT, "points": 7, "picture": "0a" * 32})
    assert (code_of(refused), refused.json()["params"]["field"]) == ("reward.invalid", "picture")
    assert manager.get(path).json()["points"] == PRODUCT["points"]
    assert manager.call("PUT", path, PRODUCT).json()["picture"] is None


def test_without_a_programme_there_are_no_rewards() -> None:
    assert code_of(signed_in(Role.LOYALTY).post("/loyalty/rewards", PRODUCT)) == "programme.not_found"


def test_a_partners_codes_are_stock(club: Programme) -> None:
    manager = signed_in(Role.LOYALTY)
    path = f"/loyalty/rewards/{manager.post('/loyalty/rewards', BENEFIT).json()['id']}"
    told = manager.post(f"{path}/codes", {"codes": ["A", "B", "A"]}).json()
    assert (told["added"], told["reward"]["stock"], told["reward"]["left"]) == (2, 2, 2)
    plain = reward()
    assert code_of(manager.post(f"/loyalty/rewards/{plain.pk}/codes", {"codes": ["A"]})) == "reward.invalid"


def test_a_clerk_redeems_hands_out_and_takes_back_and_whatever_is_sent_twice_happens_once(club: Programme) -> None:
    clerk, her, what, shop = signed_in(Role.CLERK), rich(club), reward(stock=2), store()
    (seen,) = clerk.get(f"/customers/{her}/rewards").json()["rewards"]
    assert (seen["id"], seen["refusal"], seen["missing"], seen["left"]) == (what.pk, None, 0, 2)
    path = f"/customers/{her}/redemptions"
    first, again = (clerk.once(path, {"reward_id": what.pk}, key="k") for _ in range(2))
    assert (first.status_code, first.json(), again["Idempotent-Replayed"]) == (201, again.json(), "true")
    told = first.json()
    assert (told["state"], told["customer"]["id"], told["points"]) == ("requested", her, 120)
    assert points(club, her).held == 120
    # As it is printed and read aloud.
    spoken = f"{told['code'][:4]}-{told['code'][4:].lower()}"
    assert clerk.get(f"/loyalty/redemption-codes/{spoken}").json()["id"] == told["id"]
    handed = clerk.post(f"/loyalty/redemption-codes/{spoken}/fulfil", {"store_id": shop.pk, "note": "n"}).json()
    assert (handed["state"], handed["store_name"]) == ("fulfilled", "南京西路店")
    assert [(one["to_state"], one["note"]) for one in handed["changes"]] == [("requested", ""), ("fulfilled", "n")]
    back = clerk.post(f"/loyalty/redemptions/{told['id']}/cancel", {"note": "破损"}).json()
    assert (back["state"], points(club, her).balance) == ("cancelled", 1_000)
    (row,) = clerk.get(f"/loyalty/redemptions?customer_id={her}&state=cancelled&q={spoken}").json()["items"]
    assert row["id"] == told["id"]
    assert signed_in(Role.LOYALTY).get(f"/loyalty/rewards/{what.pk}").json()["redemptions"] == {
        "requested": 0,
        "fulfilled": 0,
        "cancelled": 1,
        "expired": 0,
    }


def test_what_she_got_at_once_is_told_with_how_to_use_it(club: Programme) -> None:
    clerk, her = signed_in(Role.CLERK), rich(club)
    coupon = reward(kind="coupon", points=100, offer_id=offer())
    told = clerk.once(f"/customers/{her}/redemptions", {"reward_id": coupon.pk}, key="a").json()
    assert (told["state"], len(told["coupon_code"]), told["benefit_code"]) == ("fulfilled", 13, None)
    coded = reward(**{**BENEFIT, "use_en": "Show it at the door"})
    services.add_codes(coded.pk, ["CINE-1"], actor=SYSTEM)
    told = clerk.once(f"/customers/{her}/redemptions", {"reward_id": coded.pk}, key="b").json()
    assert (told["benefit_code"], told["coupon_code"], told["use_en"]) == ("CINE-1", None, "Show it at the door")


def test_a_refusal_says_why_and_changes_nothing(club: Programme) -> None:
    clerk, her, what = signed_in(Role.CLERK), rich(club, 50), reward(stock=1)
    refused = clerk.once(f"/customers/{her}/redemptions", {"reward_id": what.pk}, key="k")
    assert (refused.status_code, code_of(refused)) == (409, "ledger.insufficient")
    assert refused.json()["params"] == {"asked": 120, "available": 50}
    assert (Redemption.objects.count(), Reward.objects.get().taken) == (0, 0)
    assert code_of(clerk.once(f"/customers/{her}/redemptions", {"reward_id": 987_654}, key="l")) == "reward.not_found"
    assert code_of(clerk.get("/loyalty/redemption-codes/-")) == "redemption.not_found"


def test_a_clerk_of_another_store_sees_neither_her_nor_what_she_redeemed(club: Programme) -> None:
    here, there = store("SH01", "南京西路店"), store("BJ01", "王府井店")
    her, what = rich(club), reward(stock=5)
    Customer.objects.filter(pk=her).update(home_store_id=here.pk)
    redemption = redeem(what, her)
    outsider = signed_in(Role.CLERK, store_ids=[there.pk])
    assert outsider.get(f"/customers/{her}/rewards").status_code == 404
    assert outsider.once(f"/customers/{her}/redemptions", {"reward_id": what.pk}, key="k").status_code == 404
    assert outsider.get(f"/loyalty/redemptions/{redemption.pk}").status_code == 404
    assert outsider.post(f"/loyalty/redemptions/{redemption.pk}/cancel", {"note": "n"}).status_code == 404
    assert outsider.get("/loyalty/redemptions").json()["items"] == []
    limited = signed_in(Role.LOYALTY, store_ids=[there.pk])
    assert limited.get(f"/loyalty/rewards/{what.pk}").json()["redemptions"]["requested"] == 0
    # Whoever shows the code is served, and stays unnamed.
    by_code = f"/loyalty/redemption-codes/{redemption.code}"
    assert outsider.get(by_code).json()["customer"] is None
    assert outsider.post(f"{by_code}/fulfil", {"store_id": here.pk}).status_code == 404
    assert Redemption.objects.get().state == "requested"
    assert outsider.post(f"{by_code}/fulfil", {"store_id": there.pk}).json()["state"] == "fulfilled"
