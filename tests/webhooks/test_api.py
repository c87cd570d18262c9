"""Webhooks as their owner sees them over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse

from huike.catalog.models import Store
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from huike.webhooks.models import Delivery, Endpoint, Secret
from tests.people import Caller, api_key, code_of, signed_in

pytestmark = pytest.mark.django_db

HOOK = {"url": "https://shop.example.com/hook", "event_types": ["order.placed", "customer.created"]}


def content(answer: HttpResponse) -> Any:
    assert answer.status_code < 300, answer.content
    return json.loads(answer.content)


def test_a_secret_is_shown_once_and_kept_sealed() -> None:
    owner = signed_in()
    made = content(owner.post("/webhooks", HOOK))
    assert made["secret"].startswith("whsec_")
    assert made["webhook"]["event_types"] == ["customer.created", "order.placed"]
    assert (made["webhook"]["health"], made["webhook"]["includes_person"]) == ("new", False)
    bare = made["secret"].removeprefix("whsec_")
    for path in ("/webhooks", f"/webhooks/{made['webhook']['id']}"):
        assert bare not in owner.get(path).content.decode()
    assert bare not in Secret.objects.get().sealed
    assert bare not in str(list(AuditEntry.objects.values()))


def test_a_rotation_shows_a_new_secret_and_both_ages() -> None:
    owner = signed_in()
    made = content(owner.post("/webhooks", HOOK))
    rotated = content(owner.post(f"/webhooks/{made['webhook']['id']}/rotate-secret", {"overlap_hours": 2}))
    assert rotated["secret"] != made["secret"]
    assert [secret["ends_at"] is None for secret in rotated["webhook"]["secrets"]] == [True, False]
    again = content(owner.post(f"/webhooks/{made['webhook']['id']}/rotate-secret", {"overlap_hours": 0}))
    assert len(again["webhook"]["secrets"]) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "https://127.0.0.1/"}, "webhook.url_refused"),
        ({"url": "https://a:b@shop.example.com/"}, "webhook.url_refused"),
        ({"event_types": ["order.exploded"]}, "webhook.unknown_event_type"),
        ({"event_types": []}, "invalid"),
        ({"colour": "red"}, "invalid"),
    ],
)
def test_a_wrong_webhook_is_refused_and_leaves_no_trace(change: dict[str, Any], code: str) -> None:
    owner = signed_in()
    made = content(owner.post("/webhooks", HOOK))["webhook"]
    assert code_of(owner.post("/webhooks", {**HOOK, **change})) == code
    assert code_of(owner.patch(f"/webhooks/{made['id']}", change)) == code
    assert content(owner.get(f"/webhooks/{made['id']}")) == made
    assert Endpoint.objects.count() == 1


def test_whoever_is_limited_to_stores_has_no_webhooks() -> None:
    store = Store.objects.create(code="S1", name="一店")
    made = content(signed_in().post("/webhooks", HOOK))["webhook"]
    for limited in (signed_in(Role.OWNER, store_ids=[store.pk]), Caller(key=api_key(store_id=store.pk))):
        assert content(limited.get("/webhooks"))["items"] == []
        assert code_of(limited.post("/webhooks", HOOK)) == "webhook.whole_house_only"
        for path in ("", "/deliveries", "/deliveries/1"):
            assert code_of(limited.get(f"/webhooks/{made['id']}{path}")) == "webhook.not_found"
        for verb in ("enable", "disable", "test", "rotate-secret", "deliveries/1/replay"):
            assert code_of(limited.post(f"/webhooks/{made['id']}/{verb}")) == "webhook.not_found"
        replay = {"what": "all", "starts_at": "2026-01-01T00:00:00Z"}
        assert code_of(limited.post(f"/webhooks/{made['id']}/replay", replay)) == "webhook.not_found"
        assert code_of(limited.delete(f"/webhooks/{made['id']}")) == "webhook.not_found"
    assert Endpoint.objects.get().is_enabled


def test_personal_data_is_sent_only_by_the_word_of_somebody_who_may_see_it() -> None:
    blind = Caller(key=api_key({"webhooks.manage"}))
    assert code_of(blind.post("/webhooks", {**HOOK, "includes_person": True})) == "webhook.person_not_for_you"
    made = content(signed_in().post("/webhooks", {**HOOK, "includes_person": True}))["webhook"]
    moved = blind.patch(f"/webhooks/{made['id']}", {"url": "https://elsewhere.example.com/"})
    assert code_of(moved) == "webhook.person_not_for_you"
    assert Endpoint.objects.get().url == HOOK["url"]
    assert content(blind.patch(f"/webhooks/{made['id']}", {"description": "x"}))["description"] == "x"
    assert content(blind.patch(f"/webhooks/{made['id']}", {"includes_person": False}))["includes_person"] is False


def test_a_test_event_is_queued_and_shown_with_its_body() -> None:
    owner = signed_in(name="Mei")
    made = content(owner.post("/webhooks", HOOK))["webhook"]
    queued = content(owner.post(f"/webhooks/{made['id']}/test"))
    assert (queued["state"], queued["type"], queued["body"]["data"]) == ("pending", "webhook.test", {"sent_by": "Mei"})
    listed = content(owner.get(f"/webhooks/{made['id']}/deliveries?state=pending"))["items"]
    assert [row["id"] for row in listed] == [queued["id"]]
    assert content(owner.get(f"/webhooks/{made['id']}/deliveries?state=failed"))["items"] == []
    assert content(owner.get(f"/webhooks/{made['id']}"))["waiting"] == 1
    assert code_of(owner.post(f"/webhooks/{made['id']}/deliveries/{queued['id']}/replay")) == "webhook_delivery.waiting"


def test_a_webhook_turned_off_waits_and_one_removed_is_gone_with_its_log() -> None:
    owner = signed_in()
    made = content(owner.post("/webhooks", HOOK))["webhook"]
    owner.post(f"/webhooks/{made['id']}/test")
    off = content(owner.post(f"/webhooks/{made['id']}/disable"))
    assert (off["health"], off["disabled_reason"], off["waiting"]) == ("off", "person", 1)
    assert code_of(owner.post(f"/webhooks/{made['id']}/test")) == "webhook.off"
    assert content(owner.post(f"/webhooks/{made['id']}/enable"))["health"] == "new"
    assert owner.delete(f"/webhooks/{made['id']}").status_code == 204
    assert (Endpoint.objects.count(), Delivery.objects.count(), Secret.objects.count()) == (0, 0, 0)
    assert list(AuditEntry.objects.filter(subject_kind="webhook").order_by("pk").values_list("action", flat=True)) == [
        "create_webhook",
        "disable_webhook",
        "enable_webhook",
        "delete_webhook",
    ]


def test_every_type_is_described_with_its_schema() -> None:
    types = {row["name"]: row for row in content(signed_in().get("/webhooks/event-types"))}
    assert types["order.placed"]["data_schema"]["required"] == ["customer_id", "order_id"]
    assert types["order.placed"]["is_about_person"] is True
    assert types["segment.refreshed"]["is_about_person"] is False
