"""Segments over HTTP, as a marketing manager and as those who may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pyroaring import BitMap64

from huike.behaviour.models import Cart, CheckIn
from huike.customers.models import Consent, Customer, Source, Suppression
from huike.lake.engine import close_engine
from huike.lake.models import Freshness, Moved
from huike.lake.sync import LakeWriter
from huike.platform import clock
from huike.platform.models import AuditEntry, Job, OutboxEvent
from huike.segments.membership.tasks import refresh_segment
from huike.segments.models import Segment, Snapshot
from huike.segments.services import freeze_audience
from huike.staff.models import ScopeEntry, User
from tests.lake import world

IN_SHANGHAI = {"version": 1, "root": {"field": "city", "op": "eq", "value": "上海"}}
EVERYBODY = {"version": 1, "root": {"all": []}}


@pytest.fixture
def people(transactional_db: None) -> Iterator[list[int]]:
    """Twenty customers, every second of them in Shanghai, in the lake."""
    close_engine()
    world.drop_lake()
    ids = world.make_customers(20)
    with LakeWriter() as writer:
        writer.round()
    yield ids
    close_engine()
    world.drop_lake()


def signed_in(role: str, *, store_ids: list[int] | None = None) -> Client:
    user = User.objects.create(
        email=f"{role}@example.org", name=role, role=role, all_stores=store_ids is None, is_active=True
    )
    for store_id in store_ids or []:
        ScopeEntry.objects.create(user=user, kind="store", target_id=store_id)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def manager(people: list[int]) -> Client:
    return signed_in("marketing")


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    return client.generic(
        method, f"/api/v1{path}", "" if body is None else json.dumps(body), content_type="application/json"
    )


def run_jobs() -> None:
    """What the worker would do now."""
    for queued in ProcrastinateJob.objects.filter(task_name="segments.refresh_segment").order_by("id"):
        if Job.objects.filter(pk=queued.args["job_id"], state="queued").exists():
            refresh_segment(**queued.args)


def test_a_rule_is_counted_with_each_of_its_branches(manager: Client) -> None:
    rule = {"version": 1, "root": {"all": [IN_SHANGHAI["root"], {"field": "tags", "op": "contains", "value": "new"}]}}
    answer = send(manager, "POST", "/segments/count", {"rule": rule})

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["count"], body["total"]) == (3, 20)
    assert body["branches"] == [{"path": "root.all.0", "count": 10}, {"path": "root.all.1", "count": 6}]
    assert body["fresh_at"] is not None


def test_a_funnel_tells_how_each_condition_narrows_those_before_it(manager: Client) -> None:
    nowhere = {"field": "city", "op": "eq", "value": "Atlantis"}
    new = {"field": "tags", "op": "contains", "value": "new"}
    rule = {"version": 1, "root": {"all": [IN_SHANGHAI["root"], new, nowhere]}}
    body = send(manager, "POST", "/segments/count", {"rule": rule, "funnel": True}).json()

    assert body["funnel"] == [
        {"path": "root.all.0", "left": 10, "without": 0},
        {"path": "root.all.1", "left": 3, "without": 0},
        {"path": "root.all.2", "left": 0, "without": 3},
    ]
    assert [branch["count"] for branch in body["branches"]] == [10, 6, 0]
    either = {"version": 1, "root": {"any": [new]}}
    assert send(manager, "POST", "/segments/count", {"rule": either, "funnel": True}).json()["funnel"] == []
    assert send(manager, "POST", "/segments/count", {"rule": rule}).json()["funnel"] == []


def test_every_fault_is_named_by_its_path_when_a_rule_is_not_sound(manager: Client) -> None:
    rule = {
        "version": 1,
        "root": {
            "all": [
                {"field": "shoe_size", "op": "eq", "value": 43},
                {
                    "bought": {
                        "measure": "orders",
                        "op": "gte",
                        "value": 2,
                        "window": {"last": {"n": 0, "unit": "days"}},
                    }
                },
            ]
        },
    }
    answer = send(manager, "POST", "/segments/count", {"rule": rule})

    assert answer.status_code == 422
    body = answer.json()
    assert body["code"] == "segment.rule_invalid"
    assert [(fault["where"], fault["code"]) for fault in body["errors"]] == [
        ("root.all.0.field", "rule.field_unknown"),
        ("root.all.1.bought.window.last.n", "rule.not_a_count"),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"version": 2, "root": {"all": []}},
        {"version": 1, "root": []},
        {"version": 1, "root": {"all": [], "any": []}},
        {"version": 1, "root": {"field": "city", "op": "gt", "value": "a"}},
        {"version": 1, "root": {"field": "city", "op": "eq"}},
        {"version": 1, "root": {"field": "birth_on", "op": "eq", "value": "9999-99-99"}},
        {"version": 1, "root": {"field": "orders_count", "op": "eq", "value": True}},
        {"version": 1, "root": {"field": "orders_count", "op": "eq", "value": 1e300}},
        {"version": 1, "root": {"field": "spent", "op": "eq", "value": 1.5}},
        {"version": 1, "root": {"field": "spent", "op": "eq", "value": 1, "currency": "yuan"}},
        {"version": 1, "root": {"field": "orders_count", "op": "between", "value": [3, 1]}},
        {"version": 1, "root": {"bought": {"measure": "orders", "op": "is_set"}}},
        {"version": 1, "as_of": "yesterday", "root": {"all": []}},
    ],
)
def test_nothing_is_asked_when_a_rule_is_not_sound(manager: Client, rule: dict[str, Any]) -> None:
    answer = send(manager, "POST", "/segments", {"name": "Broken", "rule": rule})

    assert answer.status_code == 422
    assert answer.json()["code"] == "segment.rule_invalid"
    assert not Segment.objects.exists()
    assert not Job.objects.exists()


def test_a_rule_nested_without_end_is_refused(manager: Client) -> None:
    root: dict[str, Any] = {"all": []}
    for _ in range(100):
        root = {"not": root}
    answer = send(manager, "POST", "/segments/count", {"rule": {"version": 1, "root": root}})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "rule.too_deep"


def test_a_sample_shows_masked_people_who_match(manager: Client, people: list[int]) -> None:
    Customer.objects.filter(pk__in=people).update(email="someone@example.org")
    answer = send(manager, "POST", "/segments/preview", {"rule": IN_SHANGHAI, "limit": 4})

    assert answer.status_code == 200, answer.content
    rows = answer.json()["items"]
    assert len(rows) == 4
    assert {row["city"] for row in rows} == {"上海"}
    assert all("someone@" not in row["email"] for row in rows)
    assert rows == send(manager, "POST", "/segments/preview", {"rule": IN_SHANGHAI, "limit": 4}).json()["items"]


def test_a_customer_is_explained(manager: Client, people: list[int]) -> None:
    rule = {
        "version": 1,
        "root": {"any": [IN_SHANGHAI["root"], {"bought": {"measure": "orders", "op": "gte", "value": 1}}]},
    }
    answer = send(manager, "POST", "/segments/explain", {"rule": rule, "customer_id": people[0]})

    body = answer.json()
    assert (body["holds"], body["root"]["kind"]) == (False, "any")
    assert [(child["kind"], child["holds"], child["value"]) for child in body["root"]["children"]] == [
        ("field", False, None),
        ("bought", False, None),
    ]
    assert send(manager, "POST", "/segments/explain", {"rule": rule, "customer_id": 10**12}).status_code == 404


def test_a_rule_is_said_in_both_languages(manager: Client) -> None:
    rule = {
        "version": 1,
        "root": {
            "all": [
                {
                    "bought": {
                        "measure": "orders",
                        "op": "gte",
                        "value": 2,
                        "window": {"last": {"n": 90, "unit": "days"}},
                    }
                },
                {"field": "city", "op": "in", "value": ["上海", "杭州"]},
                {"bought": {"measure": "net", "op": "gt", "value": 50_000, "currency": "GBP"}},
            ]
        },
    }
    body = send(manager, "POST", "/segments/sentence", {"rule": rule}).json()

    assert body["zh"] == "近 90 天内购买 ≥ 2 次，且 城市 是 上海 或 杭州，且 累计消费 > £500"
    assert body["en"] == (
        "Bought at least 2 times in the last 90 days, and city is 上海 or 杭州, and spent more than £500 in all"
    )


def test_the_parts_of_a_sentence_are_the_sentence(manager: Client) -> None:
    other = send(manager, "POST", "/segments", {"name": "老客", "rule": IN_SHANGHAI}).json()["id"]
    began = {"cart": {"verb": "began"}}
    rule = {
        "version": 1,
        "root": {
            "all": [
                {
                    "sequence": {
                        "first": began,
                        "then": {"bought": {}},
                        "followed": False,
                        "within": {"n": 1, "unit": "days"},
                    }
                },
                {"not": {"segment": other}},
                {"consent": {"channel": "sms", "purpose": "marketing"}},
                {"bucket": {"salt": "tea", "from": 0, "to": 12.5}},
            ]
        },
    }
    said = send(manager, "POST", "/segments/sentence", {"rule": rule}).json()

    for language in ("zh", "en"):
        assert "".join(part["text"] for part in said[f"{language}_parts"]) == said[language]
    assert said["zh"] == (
        "开始购物车，之后 1 天内没有购买，且 不属于人群「老客」，且 可用短信触达（营销），"
        "且 随机分组「tea」在 0% 到 12.5%"
    )
    standing_out = [(part["kind"], part["text"]) for part in said["en_parts"] if part["kind"] in {"field", "value"}]
    assert standing_out == [
        ("field", "Began a cart"), ("field", "bought nothing"), ("value", "within 1 day"),
        ("field", "is not in the segment"), ("value", "老客"),
        ("field", "may be reached by"), ("value", "SMS"), ("value", "marketing"),
        ("value", "0% to 12.5%"), ("field", "random split"), ("value", "tea"),
    ]  # fmt: skip


def test_a_count_says_what_to_listen_to_and_knows_of_what_came_since(manager: Client, people: list[int]) -> None:
    twice = {
        "bought": {"measure": "orders", "op": "gte", "value": 1, "where": [{"field": "brand", "op": "ne", "value": 1}]}
    }
    rule = {"version": 1, "root": {"any": [IN_SHANGHAI["root"], twice]}}
    counted = send(manager, "POST", "/segments/count", {"rule": rule}).json()
    assert counted["topics"] == ["lake:customers", "lake:lines", "lake:orders", "lake:products", "day"]
    assert send(manager, "POST", "/segments/preview", {"rule": IN_SHANGHAI}).json()["topics"] == [
        "lake:customers",
        "day",
    ]
    first = send(manager, "POST", "/segments/count", {"rule": IN_SHANGHAI}).json()
    # Who asks the same of the same data is told the same answer.
    assert send(manager, "POST", "/segments/count", {"rule": IN_SHANGHAI}).json() == first

    Customer.objects.filter(pk__in=people[:3]).update(city="上海")
    with LakeWriter() as writer:
        writer.round()
    moved_at = Moved.objects.get(pk="customers").moved_at.isoformat().replace("+00:00", "Z")
    assert first["fresh_at"] < moved_at
    again = send(manager, "POST", "/segments/count", {"rule": IN_SHANGHAI}).json()
    assert (first["count"], again["count"]) == (10, 12)
    assert again["fresh_at"] >= moved_at
    limited = signed_in("analyst", store_ids=[7])
    assert send(limited, "POST", "/segments/count", {"rule": IN_SHANGHAI}).json()["count"] == 0


def test_real_values_are_offered_with_their_counts(manager: Client) -> None:
    cities = send(manager, "GET", "/segments/values?field=city").json()
    tags = send(manager, "GET", "/segments/values?field=tags&q=VI").json()

    assert cities == [{"value": "上海", "label": "上海", "count": 10}]
    assert tags == [{"value": "vip", "label": "vip", "count": 13}]
    assert send(manager, "GET", "/segments/values?field=nothing").status_code == 404


def test_a_segment_has_its_members_when_it_was_created_and_its_job_is_done(manager: Client, people: list[int]) -> None:
    created = send(manager, "POST", "/segments", {"name": "Shanghai", "rule": IN_SHANGHAI})
    assert created.status_code == 201, created.content
    segment_id = created.json()["id"]
    assert (created.json()["state"], created.json()["count"]) == ("refreshing", None)
    assert send(manager, "GET", f"/segments/{segment_id}/members").status_code == 409

    run_jobs()

    segment = send(manager, "GET", f"/segments/{segment_id}").json()
    assert (segment["state"], segment["count"], segment["error"]) == ("ready", 10, None)
    first = send(manager, "GET", f"/segments/{segment_id}/members?limit=6").json()
    second = send(manager, "GET", f"/segments/{segment_id}/members?limit=6&cursor={first['next_cursor']}").json()
    assert [row["id"] for row in first["items"] + second["items"]] == people[1::2]
    assert (first["total"], second["next_cursor"]) == (10, None)
    found = send(manager, "GET", f"/segments/{segment_id}/members?q=Customer 11").json()
    assert [row["id"] for row in found["items"]] == [people[11]]
    job = Job.objects.get()
    assert (job.state, job.result) == ("succeeded", {"count": 10, "entered": 10, "left": 0})


def test_who_entered_and_left_is_told_when_a_segment_is_refreshed_again(manager: Client, people: list[int]) -> None:
    segment_id = send(manager, "POST", "/segments", {"name": "Shanghai", "rule": IN_SHANGHAI}).json()["id"]
    run_jobs()
    Customer.objects.filter(pk__in=people[:3]).update(city="上海")
    Customer.objects.filter(pk=people[19]).update(city="杭州")
    with LakeWriter() as writer:
        writer.round()

    assert send(manager, "POST", f"/segments/{segment_id}/refresh").status_code == 202
    run_jobs()

    newest = Snapshot.objects.order_by("-pk").first()
    assert newest is not None
    assert (newest.count, newest.entered, newest.left) == (11, 2, 1)
    assert set(BitMap64.deserialize(bytes(newest.members))) == {*people[1:19:2], people[0], people[2]}
    told = OutboxEvent.objects.filter(name="segments.segment_refreshed").order_by("pk").last()
    assert told is not None
    assert (told.payload["entered"], told.payload["left"]) == (2, 1)


def test_the_old_list_stands_when_a_refresh_fails(manager: Client) -> None:
    segment_id = send(manager, "POST", "/segments", {"name": "Shanghai", "rule": IN_SHANGHAI}).json()["id"]
    run_jobs()
    close_engine()
    world.drop_lake()
    Freshness.objects.create(pk=1, fresh_at=clock.now())

    send(manager, "POST", f"/segments/{segment_id}/refresh")
    run_jobs()

    segment = send(manager, "GET", f"/segments/{segment_id}").json()
    assert (segment["state"], segment["error"], segment["count"]) == ("failed", "lake.empty", 10)


def test_a_segment_made_before_the_first_copy_waits_for_it(manager: Client) -> None:
    close_engine()
    world.drop_lake()
    segment_id = send(manager, "POST", "/segments", {"name": "Shanghai", "rule": IN_SHANGHAI}).json()["id"]
    assert send(manager, "POST", "/segments/count", {"rule": IN_SHANGHAI}).json()["code"] == "lake.empty"
    run_jobs()
    assert send(manager, "GET", f"/segments/{segment_id}").json()["state"] == "refreshing"
    assert ProcrastinateJob.objects.filter(scheduled_at__isnull=False).count() == 1

    with LakeWriter() as writer:
        writer.round()
    run_jobs()
    segment = send(manager, "GET", f"/segments/{segment_id}").json()
    assert (segment["state"], segment["count"]) == ("ready", 10)


def test_a_changed_rule_is_refreshed_and_a_changed_name_is_not(manager: Client) -> None:
    segment_id = send(manager, "POST", "/segments", {"name": "A", "rule": IN_SHANGHAI}).json()["id"]
    run_jobs()
    send(manager, "PATCH", f"/segments/{segment_id}", {"name": "B"})
    assert Job.objects.count() == 1
    send(manager, "PATCH", f"/segments/{segment_id}", {"rule": EVERYBODY, "version": 1})
    run_jobs()

    segment = send(manager, "GET", f"/segments/{segment_id}").json()
    assert (segment["name"], segment["count"]) == ("B", 20)
    assert AuditEntry.objects.filter(action="change_segment").count() == 2


def test_two_segments_never_share_a_name(manager: Client) -> None:
    send(manager, "POST", "/segments", {"name": "Shanghai", "rule": IN_SHANGHAI})
    answer = send(manager, "POST", "/segments", {"name": "SHANGHAI", "rule": EVERYBODY})

    assert (answer.status_code, answer.json()["code"]) == (409, "segment.name_taken")
    assert Segment.objects.count() == 1


def test_a_segment_is_gone_with_its_lists_when_it_is_deleted(manager: Client) -> None:
    segment_id = send(manager, "POST", "/segments", {"name": "A", "rule": IN_SHANGHAI}).json()["id"]
    run_jobs()

    assert send(manager, "DELETE", f"/segments/{segment_id}").status_code == 204
    assert not Snapshot.objects.exists()
    assert send(manager, "GET", f"/segments/{segment_id}").status_code == 404


def test_a_person_of_one_store_sees_only_its_customers(people: list[int]) -> None:
    Customer.objects.filter(pk__in=people[:5]).update(home_store_id=7)
    with LakeWriter() as writer:
        writer.round()
    owner = signed_in("marketing")
    limited = signed_in("analyst", store_ids=[7])
    segment_id = send(owner, "POST", "/segments", {"name": "All", "rule": EVERYBODY}).json()["id"]
    run_jobs()

    counted = send(limited, "POST", "/segments/count", {"rule": EVERYBODY}).json()
    members = send(limited, "GET", f"/segments/{segment_id}/members").json()
    shown = send(limited, "GET", f"/segments/{segment_id}").json()

    assert (counted["count"], counted["total"]) == (5, 5)
    assert [row["id"] for row in members["items"]] == people[:5]
    assert (members["total"], shown["count"]) == (None, None)
    outside = {"rule": EVERYBODY, "customer_id": people[9]}
    assert send(limited, "POST", "/segments/explain", outside).status_code == 404


def test_a_rule_does_not_name_people_of_other_stores(people: list[int]) -> None:
    Customer.objects.filter(pk=people[0]).update(home_store_id=7, name="王一")
    Customer.objects.filter(pk=people[1]).update(home_store_id=8, name="李二")
    limited = signed_in("analyst", store_ids=[7])

    said = [
        send(limited, "POST", "/segments/sentence", {"rule": {"version": 1, "as_of": None, "root": root}}).json()["zh"]
        for root in ({"field": "referrer", "op": "eq", "value": customer_id} for customer_id in people[:2])
    ]

    assert "王一" in said[0]
    assert "李二" not in said[1]
    assert str(people[1]) in said[1]


def test_an_audience_is_frozen_without_those_of_excluded_segments(manager: Client, people: list[int]) -> None:
    excluded = send(manager, "POST", "/segments", {"name": "Shanghai", "rule": IN_SHANGHAI}).json()["id"]

    audience = freeze_audience(rule=EVERYBODY, exclude_segment_ids=[excluded])

    assert list(audience.ids) == people[::2]
    assert audience.lake_snapshot_id > 0


def test_a_clerk_may_not_ask(people: list[int]) -> None:
    assert send(signed_in("clerk"), "POST", "/segments/count", {"rule": EVERYBODY}).status_code == 403
    assert send(Client(), "POST", "/segments/count", {"rule": EVERYBODY}).status_code == 401


def rule_over(segment_id: int) -> dict[str, Any]:
    return {"version": 1, "root": {"any": [{"segment": segment_id}, {"field": "city", "op": "eq", "value": "杭州"}]}}


def test_a_segment_may_speak_of_another(manager: Client, people: list[int]) -> None:
    first = send(manager, "POST", "/segments", {"name": "上海人", "rule": IN_SHANGHAI}).json()

    counted = send(
        manager, "POST", "/segments/count", {"rule": {"version": 1, "root": {"not": {"segment": first["id"]}}}}
    )

    assert (counted.json()["count"], counted.json()["total"]) == (10, 20)
    said = send(manager, "POST", "/segments/sentence", {"rule": rule_over(first["id"])}).json()
    assert said["zh"] == "属于人群「上海人」，或 城市 是 杭州"


def test_a_rule_about_a_segment_that_is_not_there_is_refused(manager: Client) -> None:
    refused = send(manager, "POST", "/segments", {"name": "x", "rule": rule_over(10**6)})

    assert refused.status_code == 422
    assert [(e["where"], e["code"]) for e in refused.json()["errors"]] == [
        ("root.any.0.segment", "rule.segment_unknown")
    ]
    assert not Segment.objects.exists()


def test_a_rule_made_from_one_that_is_gone_is_refused_and_changes_nothing(manager: Client) -> None:
    made = send(manager, "POST", "/segments", {"name": "A", "rule": IN_SHANGHAI}).json()
    assert made["version"] == 1
    path = f"/segments/{made['id']}"
    theirs = send(manager, "PATCH", path, {"rule": EVERYBODY, "version": 1}).json()
    assert theirs["version"] == 2

    mine = {"name": "B", "rule": {"version": 1, "root": {"any": []}}, "version": 1}
    refused = send(manager, "PATCH", path, mine)
    assert (refused.status_code, refused.json()["code"]) == (409, "segment.changed_meanwhile")
    assert refused.json()["params"] == {"version": 2}
    assert send(manager, "GET", path).json() == theirs
    assert AuditEntry.objects.filter(action="change_segment").count() == 1

    untold = send(manager, "PATCH", path, {"rule": IN_SHANGHAI})
    assert (untold.status_code, untold.json()["errors"][0]["code"]) == (422, "segment.version_needed")
    # The same rule is no change, whatever it was made from; and a name says nothing of rules.
    renamed = send(manager, "PATCH", path, {"name": "C", "rule": EVERYBODY, "version": 1}).json()
    assert (renamed["name"], renamed["version"]) == ("C", 2)
    assert send(manager, "PATCH", path, mine | {"version": 2}).json()["version"] == 3


def test_segments_may_not_stand_in_a_circle(manager: Client) -> None:
    first = send(manager, "POST", "/segments", {"name": "a", "rule": IN_SHANGHAI}).json()
    second = send(manager, "POST", "/segments", {"name": "b", "rule": rule_over(first["id"])}).json()
    third = send(manager, "POST", "/segments", {"name": "c", "rule": rule_over(second["id"])}).json()

    for of_itself in (first["id"], second["id"], third["id"]):
        refused = send(manager, "PATCH", f"/segments/{first['id']}", {"rule": rule_over(of_itself), "version": 1})
        assert (refused.status_code, refused.json()["code"]) == (409, "segment.in_circle")
    assert Segment.objects.get(pk=first["id"]).rule["root"] == IN_SHANGHAI["root"]


def test_a_segment_that_others_speak_of_stays(manager: Client) -> None:
    first = send(manager, "POST", "/segments", {"name": "a", "rule": IN_SHANGHAI}).json()
    second = send(manager, "POST", "/segments", {"name": "b", "rule": rule_over(first["id"])}).json()

    refused = send(manager, "DELETE", f"/segments/{first['id']}")
    assert (refused.status_code, refused.json()["code"], refused.json()["params"]["names"]) == (
        409,
        "segment.in_use",
        ["b"],
    )
    assert Segment.objects.filter(pk=first["id"]).exists()

    assert send(manager, "DELETE", f"/segments/{second['id']}").status_code == 204
    assert send(manager, "DELETE", f"/segments/{first['id']}").status_code == 204


def test_the_catalogue_tells_what_may_happen_to_people(manager: Client) -> None:
    catalogue = send(manager, "GET", "/segments/fields").json()

    kinds = {activity["key"]: [verb["key"] for verb in activity["verbs"]] for activity in catalogue["activities"]}
    assert kinds == {
        "did": ["did"],
        "cart": ["began", "checked_out", "abandoned", "ended"],
        "check_in": ["checked_in"],
        "message": ["sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained"],
        "coupon": ["issued", "redeemed", "expires"],
        "points": ["expires"],
        "stored_value": ["expires"],
        "supply": ["used_up"],
        "group": ["joined", "formed", "failed", "closes"],
        "voucher": ["issued", "redeemed", "expires"],
    }
    # What ends at a day to come is no step of what one did after another.
    steps = ["bought", "did", "cart", "check_in", "message", "coupon", "group", "voucher"]
    assert catalogue["sequence"]["steps"] == steps


def test_attributes_are_crossed_over_http(manager: Client, people: list[int]) -> None:
    body = {"dimensions": [{"field": "city"}, {"field": "has_email"}]}
    table = send(manager, "POST", "/segments/analysis/cross", body).json()

    assert table["whole"]["customers"] == 20
    assert {entry["key"]: entry["share"] for entry in table["axes"][0]} == {"上海": 0.5, None: 0.5}
    assert sum(cell["figures"]["customers"] for cell in table["cells"]) == 20


@pytest.mark.parametrize(
    ("path", "body", "where", "code"),
    [
        ("cross", {"dimensions": [{"field": "shoe"}]}, "dimensions.0.field", "rule.field_unknown"),
        ("cross", {"dimensions": [{"field": "city"}], "currency": "yen"}, "currency", "rule.currency_unknown"),
        ("cross", {"dimensions": [{"field": "city"}], "window": {"next": {"n": 1, "unit": "days"}}}, "window",
         "rule.window_ahead"),
        ("distribution", {"dimension": {"field": "city"}}, "dimension.field", "analysis.no_figure"),
        ("correlation", {"figures": ["frequency", "city"]}, "figures.1", "analysis.no_figure"),
        ("compare", {"first": {"version": 1, "root": {"segment": 10**6}}, "dimensions": [{"field": "city"}]},
         "root.segment", "rule.segment_unknown"),
    ],
)  # fmt: skip
def test_an_analysis_that_cannot_be_made_says_why(
    manager: Client, path: str, body: dict[str, Any], where: str, code: str
) -> None:
    refused = send(manager, "POST", f"/segments/analysis/{path}", body)
    assert refused.status_code == 422
    assert [(e["where"], e["code"]) for e in refused.json()["errors"]] == [(where, code)]


def test_a_condition_that_stands_twice_is_explained_twice(manager: Client, people: list[int]) -> None:
    granted = {"field": "email_marketing", "op": "eq", "value": "granted"}

    why = send(
        manager,
        "POST",
        "/segments/explain",
        {"rule": {"version": 1, "root": {"all": [granted, granted]}}, "customer_id": people[0]},
    )

    told = [child["value"] for child in why.json()["root"]["children"]]
    assert told == [Consent.objects.get(customer_id=people[0], channel="email", purpose="marketing").state] * 2


def test_every_kind_of_condition_says_what_it_looked_at(manager: Client, people: list[int]) -> None:
    her = people[0]
    source = Source.objects.create(key="shop", name="Shop", timezone="UTC", currency="CNY")
    began = datetime(2024, 5, 1, 8, tzinfo=UTC)
    for days, visitor in ((0, 1), (2, 2), (9, 3)):
        at = began + timedelta(days=days)
        Cart.objects.create(
            source_id=source.pk, visitor_id=visitor, customer_id=her, lines=[], items_count=1, began_at=at,
            last_activity_at=at, ended_at=at, end="expired",
        )  # fmt: skip
    CheckIn.objects.create(
        source=source, external_id="1", customer_id=her, kind="qr", checked_in_at=began + timedelta(days=3)
    )
    Suppression.objects.create(channel="email", address_hmac="x", customer_id=her, reason="bounced")
    with LakeWriter() as writer:
        writer.round()
    segments = [
        send(manager, "POST", "/segments", {"name": name, "rule": rule}).json()["id"]
        for name, rule in (("Everybody", EVERYBODY), ("In Shanghai", IN_SHANGHAI))
    ]
    run_jobs()
    cart, check_in = {"cart": {"verb": "began"}}, {"check_in": {"verb": "checked_in"}}
    conditions = [
        {"sequence": {"first": cart, "then": check_in}},
        {"sequence": {"first": cart, "then": check_in, "followed": False}},
        {"sequence": {"first": check_in, "then": {"bought": {}}}},
        {"sequence": {"first": {"bought": {}}, "then": cart}},
        {"segment": segments[1]},
        {"consent": {"channel": "email", "purpose": "marketing"}},
        {"consent": {"channel": "sms", "purpose": "marketing"}},
        {"bucket": {"salt": "tea", "from": 0, "to": 100}},
    ]
    body = {"rule": {"version": 1, "root": {"all": conditions}}, "customer_id": her}

    for now in (False, True):
        why = send(manager, "POST", "/segments/explain", {**body, "now": now}).json()
        *told, share = [(child["kind"], child["holds"], child["value"]) for child in why["root"]["children"]]
        assert told == [
            # Of the carts before a check-in the latest; of those after all, the last.
            ("sequence", True, steps(began + timedelta(days=2), began + timedelta(days=3))),
            ("sequence", True, steps(began + timedelta(days=9), None)),
            ("sequence", False, steps(began + timedelta(days=3), None)),
            ("sequence", False, steps(None, None)),
            ("segment", False, ["Everybody"]),
            ("consent", False, {"state": "granted", "given_at": world.BEGIN.isoformat(), "address": False,
                                "suppressed": True}),
            ("consent", False, {"state": None, "given_at": None, "address": False, "suppressed": False}),
        ]  # fmt: skip
        assert share == ("bucket", True, bucket_number("tea", her))


def steps(first: datetime | None, then: datetime | None) -> dict[str, str | None]:
    return {name: at.isoformat() if at else None for name, at in (("first_at", first), ("then_at", then))}


def bucket_number(salt: str, customer_id: int) -> float:
    drawn, prime = sha256(f"bucket\x1f{salt}".encode()).digest(), 2**31 - 1
    a, b = 1 + int.from_bytes(drawn[:8], "big") % (prime - 1), int.from_bytes(drawn[8:16], "big") % prime
    return (customer_id * a + b) % prime * 10_000 // prime / 100


def test_each_condition_of_a_rule_is_said_by_its_path(manager: Client) -> None:
    rule = {
        "version": 1,
        "root": {
            "all": [
                {"not": {"field": "city", "op": "eq", "value": "上海"}},
                {"bought": {"measure": "orders", "op": "eq", "value": 0}},
            ]
        },
    }
    said = send(manager, "POST", "/segments/sentence", {"rule": rule}).json()

    assert {node["path"]: node["zh"] for node in said["nodes"]} == {
        "root": said["zh"],
        "root.all.0": "不满足（城市 是 上海）",
        "root.all.0.not": "城市 是 上海",
        "root.all.1": "从未购买",
    }
