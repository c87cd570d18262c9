"""Check-ins over HTTP: once, cooled down, at the right store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.behaviour.models import CheckIn
from huike.behaviour.places import Place, distance_metres, nearest
from huike.catalog.models import Store
from huike.customers.models import Customer
from huike.platform import clock
from huike.platform.models import OutboxEvent
from huike.staff.rules import Role
from tests.behaviour.world import SHOP, shop
from tests.people import Caller, api_key, code_of, outsider, signed_in
from tests.tills import all_at_once, store

pytestmark = pytest.mark.django_db

# The Bund, and a point some 150 m to its north.
BUND = (31.2400, 121.4900)
NEAR_BUND = (31.24135, 121.4900)


@pytest.fixture
def door() -> Caller:
    shop()
    return Caller(key=api_key({"behaviour.write"}))


def body(external_id: str = "c1", minutes: int = 0, **told: Any) -> dict[str, Any]:
    at = clock.now() - timedelta(hours=5) + timedelta(minutes=minutes)
    return {
        "source": SHOP,
        "external_id": external_id,
        "customer": {"phone": "13812345678"},
        "kind": "qr",
        "checked_in_at": at.isoformat(),
        "store_code": None,
        "place": "外滩",
        **told,
    }


def placed(code: str, latitude: float, longitude: float) -> Store:
    found = store(code)
    Store.objects.filter(pk=found.pk).update(latitude_degrees=latitude, longitude_degrees=longitude)
    return found


def test_a_check_in_finds_its_person_and_is_noted_once(door: Caller) -> None:
    first = door.post("/check-ins", body())
    again = door.post("/check-ins", body())
    assert (first.status_code, first.json()["outcome"]) == (201, "noted")
    assert (again.status_code, again.json()["outcome"], again.json()["id"]) == (200, "repeated", first.json()["id"])
    assert Customer.objects.get().phone == "+8613812345678"
    assert OutboxEvent.objects.filter(name="behaviour.checked_in").count() == 1


def test_a_second_one_at_the_place_within_the_hour_is_cooled_down(door: Caller) -> None:
    outcomes = [
        door.post("/check-ins", body(name, minutes, **told)).json()["outcome"]
        for name, minutes, told in (
            ("c1", 0, {}),
            ("c2", 59, {}),
            ("c3", 30, {"kind": "wifi"}),
            ("c4", 30, {"place": "豫园"}),
            ("c5", -59, {}),
            ("c6", 60, {}),
        )
    ]
    assert outcomes == ["noted", "cooled_down", "noted", "noted", "cooled_down", "noted"]


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_one() -> None:
    shop()
    key = api_key({"behaviour.write"})
    answers = all_at_once([lambda n=n: Caller(key=key).post("/check-ins", body(f"c{n}")).json() for n in range(6)])
    assert sorted(answer["outcome"] for answer in answers) == ["cooled_down"] * 5 + ["noted"]
    assert CheckIn.objects.count() == 1


def test_the_store_is_that_of_the_code_or_the_nearest_within_the_radius(door: Caller) -> None:
    bund = placed("BUND", *BUND)
    placed("FAR", 31.30, 121.49)
    where = {"latitude_degrees": NEAR_BUND[0], "longitude_degrees": NEAR_BUND[1]}
    near = door.post("/check-ins", body("c1", **where)).json()
    assert (near["store_id"], near["distance_metres"]) == (bund.pk, 150)
    shop(check_in_radius_metres=100)
    assert door.post("/check-ins", body("c2", 200, **where)).json()["store_id"] is None
    assert door.post("/check-ins", body("c3", 100, store_code="FAR")).json()["store_id"] != bund.pk
    assert code_of(door.post("/check-ins", body("c4", store_code="NONE"))) == "behaviour.store_unknown"


def test_what_cannot_be_is_refused_and_leaves_no_trace(door: Caller) -> None:
    assert code_of(door.post("/check-ins", body(source="nowhere"))) == "behaviour.source_unknown"
    assert code_of(door.post("/check-ins", body(minutes=60 * 24))) == "behaviour.check_in_in_future"
    assert code_of(door.post("/check-ins", body(customer={"phone": "12"}))) == "customer.phone_invalid"
    assert door.post("/check-ins", body(customer={})).status_code == 422
    assert door.post("/check-ins", body(latitude_degrees=91)).status_code == 422
    assert outsider().post("/check-ins", body()).status_code == 401
    assert signed_in(Role.ANALYST).post("/check-ins", body()).status_code == 403
    assert not CheckIn.objects.exists()
    assert not Customer.objects.exists()


def test_a_key_of_one_store_notes_only_there(door: Caller) -> None:
    own, other = store("OWN"), store("OTHER")
    limited = Caller(key=api_key({"behaviour.write"}, store_id=own.pk))
    assert code_of(limited.post("/check-ins", body(store_code=other.code))) == "behaviour.store_unknown"
    assert code_of(limited.post("/check-ins", body())) == "behaviour.store_unknown"
    assert limited.post("/check-ins", body(store_code=own.code)).json()["store_id"] == own.pk


def test_it_stands_on_the_timeline(door: Caller) -> None:
    customer_id = door.post("/check-ins", body()).json()["customer_id"]
    (entry,) = signed_in(Role.OWNER).get(f"/customers/{customer_id}/timeline?kinds=check_in").json()["items"]
    assert (entry["kind"], entry["params"]) == ("check_in", {"kind": "qr", "place": "外滩"})


def test_distances_are_those_of_the_globe() -> None:
    # Shanghai to Beijing, 1,067 km by great circle.
    assert distance_metres(31.2304, 121.4737, 39.9042, 116.4074) == pytest.approx(1_067_300, rel=0.002)
    assert distance_metres(0, 0, 0, 180) == pytest.approx(20_015_114, rel=1e-6)


points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(at=points, stores=st.lists(points, max_size=6), radius=st.floats(0, 3e7))
def test_the_nearest_store_is_never_further_than_another_within_the_radius(
    at: tuple[float, float], stores: list[tuple[float, float]], radius: float
) -> None:
    places = [Place(number, *point) for number, point in enumerate(stores)]
    within = [d for d in (distance_metres(*at, *point) for point in stores) if d <= radius]
    found = nearest(*at, places, radius_metres=radius)
    assert (found.distance_metres if found else None) == min(within, default=None)
