"""Sources over HTTP: switched on, set up, looked at."""

from __future__ import annotations

from typing import Any

import pytest

from huike.behaviour.models import WriteKey
from huike.customers.models import Customer
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.behaviour.world import known_as, send, shop, track
from tests.people import code_of, outsider, signed_in
from tests.tills import store, till

pytestmark = pytest.mark.django_db


def test_tracking_is_switched_on_once_with_a_key() -> None:
    owner, source = signed_in(Role.OWNER), till("web")
    assert owner.get("/tracked-sources").json()[0]["tracking"] is None
    made = owner.post(f"/tracked-sources/{source.pk}/track")
    assert made.status_code == 201
    (key,) = made.json()["tracking"]["write_keys"]
    assert key["key"] == WriteKey.objects.get().key
    assert code_of(owner.post(f"/tracked-sources/{source.pk}/track")) == "behaviour.already_tracked"
    assert code_of(owner.post("/tracked-sources/999999/track")) == "behaviour.source_not_tracked"
    assert AuditEntry.objects.filter(action="track_source").count() == 1


def test_a_key_is_rotated_with_an_overlap() -> None:
    owner, tracked = signed_in(Role.OWNER), shop()
    keys = owner.post(f"/tracked-sources/{tracked.pk}/rotate", {"overlap_hours": 24}).json()["tracking"]["write_keys"]
    assert [key["expires_at"] is None for key in keys] == [True, False]
    keys = owner.post(f"/tracked-sources/{tracked.pk}/rotate", {"overlap_hours": 0}).json()["tracking"]["write_keys"]
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (["https://Shop.example.com/", "https://shop.example.com:443"], ["https://shop.example.com"]),
        (["http://localhost:3000", " "], ["http://localhost:3000"]),
        (["https://中国.example"], ["https://xn--fiqs8s.example"]),
    ],
)
def test_origins_are_kept_as_browsers_send_them(told: list[str], kept: list[str]) -> None:
    owner, tracked = signed_in(Role.OWNER), shop()
    answer = owner.patch(f"/tracked-sources/{tracked.pk}", {"allowed_origins": told})
    assert answer.json()["tracking"]["allowed_origins"] == kept


@pytest.mark.parametrize(
    "odd", ["shop.example.com", "ftp://a.cn", "https://a.cn/path", "https://u@a.cn", "https://a:b"]
)
def test_what_is_no_origin_is_refused(odd: str) -> None:
    owner, tracked = signed_in(Role.OWNER), shop()
    assert code_of(owner.patch(f"/tracked-sources/{tracked.pk}", {"allowed_origins": [odd]})) == (
        "behaviour.origin_invalid"
    )


def test_the_page_shows_days_and_the_latest_events() -> None:
    owner, tracked = signed_in(Role.OWNER), shop()
    send(track("Tea Tasted"), {"type": "track", "event": "x"}, tracked=tracked)
    detail: dict[str, Any] = owner.get(f"/tracked-sources/{tracked.pk}").json()
    assert len(detail["days"]) == 30
    taken, refused = owner.get(f"/tracked-sources/{tracked.pk}/samples").json()["items"][::-1]
    assert (taken["outcome"], taken["name"], taken["told"]["anonymous_id"]) == ("taken", "Tea Tasted", "a1")
    assert (refused["outcome"], refused["reason"]) == ("refused", "nobody")
    only = owner.get(f"/tracked-sources/{tracked.pk}/samples?outcome=refused").json()["items"]
    assert [row["id"] for row in only] == [refused["id"]]


def test_whoever_is_limited_to_stores_sees_events_of_their_people_only() -> None:
    tracked, own, other = shop(), store("OWN"), store("OTHER")
    for name, home in (("u1", own), ("u2", other)):
        person = known_as(name, source=tracked.source)
        Customer.objects.filter(pk=person.pk).update(home_store_id=home.pk)
    send(track("Mine", userId="u1"), track("Theirs", userId="u2"), track("Nobodys"), tracked=tracked)
    limited = signed_in(Role.MARKETING, store_ids=[own.pk])
    items = limited.get(f"/tracked-sources/{tracked.pk}/samples").json()["items"]
    assert [row["name"] for row in items] == ["Mine"]


def test_outsiders_and_roles_without_the_right_are_refused() -> None:
    tracked = shop()
    assert outsider().get("/tracked-sources").status_code == 401
    assert signed_in(Role.CLERK).get("/tracked-sources").status_code == 403
    assert signed_in(Role.ANALYST).post(f"/tracked-sources/{tracked.pk}/rotate").status_code == 403
    assert WriteKey.objects.count() == 1
