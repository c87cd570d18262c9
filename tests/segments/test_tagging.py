"""Tags follow a segment's member list, and leave alone what people put on by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from pyroaring import BitMap64

from huike.customers.models import AutomaticTag, Customer
from huike.platform import clock, outbox
from huike.platform.audit import SYSTEM
from huike.platform.outbox import announce
from huike.segments import handlers
from huike.segments.events import SegmentRefreshed
from huike.segments.models import Segment, Snapshot, TagRule
from huike.segments.tagging import services
from huike.staff.rules import Role
from tests.people import code_of, signed_in

pytestmark = pytest.mark.django_db


def body(response: Any) -> Any:
    return json.loads(response.content)


def customer(name: str, *tags: str) -> int:
    return int(Customer.objects.create(name=name, tags=list(tags)).pk)


def segment(name: str = "常客") -> Segment:
    return Segment.objects.create(name=name, rule={"version": 1, "as_of": None, "root": {"all": []}})


def refreshed(of: Segment, *members: int) -> None:
    now = clock.now()
    found = Snapshot.objects.create(
        segment=of, rule_revision=1, as_of=now, lake_snapshot_id=1, taken_at=now, count=len(members), entered=0, left=0,
        members=BitMap64(members).serialize(),
    )  # fmt: skip
    Segment.objects.filter(pk=of.pk).update(snapshot=found)
    announce(
        SegmentRefreshed(
            occurred_at=now, segment_id=of.pk, snapshot_id=found.pk, previous_snapshot_id=None, count=len(members),
            entered=0, left=0,
        )
    )  # fmt: skip


def tags() -> dict[str, list[str]]:
    return dict(Customer.objects.values_list("name", "tags"))


def test_members_carry_the_tag_and_those_who_left_do_not() -> None:
    a, b, c = customer("甲"), customer("乙", "新客", "常客"), customer("丙")
    regulars = segment()
    owner = signed_in(Role.OWNER)
    rule = body(owner.call("PUT", "/tag-rules", {"tag": "常客", "segment_id": regulars.pk}))
    assert (rule["ran_at"], rule["put"]) == (None, None)
    assert services.run(rule["id"]).ran_at is None  # type: ignore[union-attr]  # no member list yet
    refreshed(regulars, a, b)
    services.run(rule["id"])
    assert tags() == {"甲": ["常客"], "乙": ["新客", "常客"], "丙": []}
    assert AutomaticTag.objects.get().customer_id == a
    refreshed(regulars, c)
    services.run(rule["id"])
    assert {name: sorted(told) for name, told in tags().items()} == {
        "甲": [],
        "乙": ["常客", "新客"],
        "丙": ["常客"],
    }
    (listed,) = body(owner.get("/tag-rules"))
    assert (listed["put"], listed["taken"], listed["segment"]["name"]) == (1, 1, "常客")
    services.run(rule["id"])
    assert body(owner.get("/tag-rules"))[0]["put"] == 0


def test_a_refresh_starts_the_rules_of_its_segment() -> None:
    one, other = segment(), segment("别人")
    wanted = TagRule.objects.create(tag="常客", segment=one)
    TagRule.objects.create(tag="别人", segment=other)
    event = outbox.StoredEvent(1, SegmentRefreshed.name, {"segment_id": one.pk}, None, clock.now())
    handlers.tag_members([event, event])
    jobs = ProcrastinateJob.objects.filter(task_name="segments.run_tag_rule")
    assert [job.args for job in jobs] == [{"rule_id": wanted.pk}]


def test_ending_a_rule_takes_off_what_it_put_on_and_nothing_else() -> None:
    a, b = customer("甲"), customer("乙", "常客")
    regulars = segment()
    rule = services.set_rule("常客", regulars.pk, actor=SYSTEM)
    refreshed(regulars, a, b)
    services.run(rule.pk)
    owner = signed_in(Role.OWNER)
    assert owner.delete(f"/tag-rules/{rule.pk}").status_code == 204
    assert tags() == {"甲": [], "乙": ["常客"]}
    assert owner.delete(f"/tag-rules/{rule.pk}").status_code == 404


def test_one_tag_follows_one_segment() -> None:
    services.set_rule("常客", segment().pk, actor=SYSTEM)
    refused = signed_in(Role.OWNER).call("PUT", "/tag-rules", {"tag": "常客", "segment_id": segment("别人").pk})
    assert (refused.status_code, code_of(refused)) == (409, "tag_rule.taken")
    clerk = signed_in(Role.CLERK)
    assert clerk.call("PUT", "/tag-rules", {"tag": "x", "segment_id": 1}).status_code == 403
