"""Keys of tills and integrations."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huike.platform import clock
from huike.staff import services
from huike.staff.errors import PermissionNotGrantable, StoreOutsideScope
from huike.staff.models import ApiKey
from huike.staff.rules import GRANTABLE_TO_KEYS, PERMISSIONS, Role
from tests.people import Caller, api_key, code_of, principal, signed_in

pytestmark = pytest.mark.django_db


def test_a_key_is_shown_once_and_kept_as_a_hash() -> None:
    owner = signed_in()
    answer = owner.post("/api-keys", {"name": "till", "permissions": ["orders.write"]})
    assert answer.status_code == 201
    key = answer.json()["key"]
    secret = key.split("_", 2)[2]
    assert secret not in owner.get("/api-keys").content.decode()
    stored = ApiKey.objects.get()
    assert secret not in str(vars(stored))
    assert owner.get("/api-keys").json()["items"][0]["prefix"] == key.rpartition("_" + secret)[0]


def test_a_key_may_do_what_it_was_given_and_nothing_else() -> None:
    key = Caller(key=api_key(["jobs.read"]))
    assert key.get("/jobs").status_code == 200
    refused = key.get("/audit")
    assert (refused.status_code, code_of(refused)) == (403, "forbidden")


@pytest.mark.parametrize("spoil", ["{0}x", "hk_00000000_{1}", "{1}", "", "hk__", "hk_é_x", "\x7f"])
def test_a_wrong_key_is_refused_without_saying_which_part_is_wrong(spoil: str) -> None:
    key = api_key(["jobs.read"])
    answer = Caller(key=spoil.format(key, key.split("_", 2)[2])).get("/jobs")
    assert (answer.status_code, code_of(answer)) == (401, "api_key.refused")


def test_a_key_stops_when_it_is_revoked_or_expires() -> None:
    owner = signed_in()
    soon = (clock.now() + timedelta(seconds=60)).isoformat()
    made = owner.post("/api-keys", {"name": "till", "permissions": ["jobs.read"], "expires_at": soon}).json()
    caller = Caller(key=made["key"])
    assert caller.get("/jobs").status_code == 200
    ApiKey.objects.update(expires_at=clock.now())
    assert caller.get("/jobs").status_code == 401
    ApiKey.objects.update(expires_at=None)
    assert caller.get("/jobs").status_code == 200
    assert owner.post(f"/api-keys/{made['api_key']['id']}/revoke").json()["revoked_at"] is not None
    assert caller.get("/jobs").status_code == 401


def test_a_key_notes_when_it_was_last_used() -> None:
    Caller(key=api_key(["jobs.read"])).get("/jobs")
    assert ApiKey.objects.get().last_used_at is not None


def test_a_key_gets_no_permission_its_maker_lacks_nor_one_that_keys_never_have() -> None:
    marketing = principal(Role.MARKETING)
    for wanted in (["orders.write"], ["keys.manage"], ["me.read"], ["no.such"]):
        with pytest.raises(PermissionNotGrantable):
            services.create_api_key(maker=marketing, name="k", permissions=wanted)
    owner = signed_in()
    for wanted in ("keys.manage", "staff.manage", "me.read"):
        answer = owner.post("/api-keys", {"name": "k", "permissions": [wanted]})
        assert (answer.status_code, code_of(answer)) == (422, "api_key.permission_not_grantable")
    assert not ApiKey.objects.exists()
    assert {"keys.manage", "staff.manage", "me.read"} == PERMISSIONS - GRANTABLE_TO_KEYS


def test_a_key_sees_no_store_its_maker_does_not_see() -> None:
    limited = principal(Role.OWNER, store_ids=[7])
    for store_id in (None, 8):
        with pytest.raises(StoreOutsideScope):
            services.create_api_key(maker=limited, name="k", permissions=["jobs.read"], store_id=store_id)
    services.create_api_key(maker=limited, name="k", permissions=["jobs.read"], store_id=7)


def test_a_key_needs_no_csrf_token() -> None:
    caller = Caller(key=api_key(["jobs.read"]))
    assert caller.post("/jobs/999/cancel").status_code == 404
