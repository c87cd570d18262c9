"""Saved views of list pages."""

from __future__ import annotations

import pytest

from huike.staff.models import SavedView
from huike.staff.rules import Role
from tests.people import Caller, api_key, code_of, signed_in

pytestmark = pytest.mark.django_db

VIEW = {"page": "customers", "name": "沉睡会员", "query": "last_order_before=2026-01-01&order=-spent"}


def test_a_view_is_its_owners_unless_she_shares_it() -> None:
    lin, wang = signed_in(Role.MARKETING, name="Lin"), signed_in(Role.CLERK, name="Wang")
    view = lin.post("/views", VIEW).json()
    assert view | {"mine": True, "owner_name": "Lin", "shared": False} == view
    assert wang.get("/views?page=customers").json() == []
    lin.patch(f"/views/{view['id']}", {"shared": True})
    seen = wang.get("/views?page=customers").json()
    assert [(v["name"], v["mine"], v["owner_name"]) for v in seen] == [("沉睡会员", False, "Lin")]
    assert wang.get("/views?page=orders").json() == []


def test_a_shared_view_is_changed_and_deleted_by_its_owner_only() -> None:
    lin, wang = signed_in(Role.MARKETING), signed_in(Role.OWNER)
    view_id = lin.post("/views", VIEW | {"shared": True}).json()["id"]
    for answer in (wang.patch(f"/views/{view_id}", {"name": "mine now"}), wang.delete(f"/views/{view_id}")):
        assert (answer.status_code, code_of(answer)) == (404, "view.not_found")
    assert SavedView.objects.get().name == "沉睡会员"
    assert lin.delete(f"/views/{view_id}").status_code == 204
    assert not SavedView.objects.exists()


def test_two_views_of_one_page_have_two_names() -> None:
    lin = signed_in(Role.MARKETING)
    lin.post("/views", VIEW)
    other = lin.post("/views", VIEW | {"name": "other"}).json()
    assert code_of(lin.post("/views", VIEW)) == "view.name_taken"
    assert code_of(lin.patch(f"/views/{other['id']}", {"name": VIEW["name"]})) == "view.name_taken"
    assert lin.post("/views", VIEW | {"page": "orders"}).status_code == 201


def test_a_key_has_no_views() -> None:
    assert Caller(key=api_key()).get("/views").status_code == 403
