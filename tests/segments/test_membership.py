"""Member lists as a marketing manager meets them: when they are asked, what became of them, fixed lists, overlap."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from huike.customers.models import Customer
from huike.kernel.scope import EVERYTHING, Scope
from huike.lake.engine import close_engine
from huike.lake.engines.duckdb import DuckDBReading
from huike.lake.errors import QueryTooLarge, QueryTooSlow
from huike.lake.sync import LakeWriter
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry, Job, OutboxEvent
from huike.platform.signals import CHANNEL
from huike.segments.membership import algebra, services
from huike.segments.membership.algebra import How
from huike.segments.membership.lists import make_fixed_list
from huike.segments.membership.refreshing import sweep
from huike.segments.membership.rules import Cadence, is_due, latest_slot, next_slot
from huike.segments.membership.services import ask, forget_old, keep, members_in
from huike.segments.membership.tasks import fill_fixed_list, refresh_due
from huike.segments.models import FixedMember, Segment, Snapshot
from huike.segments.services import freeze_audience
from huike.staff.rules import Role
from tests.lake import world
from tests.people import Caller, code_of, signed_in

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")
IN_SHANGHAI = {"field": "city", "op": "eq", "value": "上海"}
IS_NEW = {"field": "tags", "op": "contains", "value": "new"}
IS_VIP = {"field": "tags", "op": "contains", "value": "vip"}


@pytest.fixture
def people(transactional_db: None) -> Iterator[list[int]]:
    """Twenty customers: every second in Shanghai; of each three, one is nothing, one a VIP, one a VIP and new."""
    close_engine()
    world.drop_lake()
    ids = world.make_customers(20)
    copy()
    yield ids
    close_engine()
    world.drop_lake()


def copy() -> None:
    with LakeWriter() as writer:
        writer.round()


def segment(name: str, root: dict[str, Any], **more: Any) -> Segment:
    """With its first list."""
    made = Segment.objects.create(name=name, rule={"version": 1, "as_of": None, "root": root}, **more)
    keep(made.pk, ask(made, clock.now()))
    made.refresh_from_db()
    return made


def members(of: Segment) -> set[int]:
    of.refresh_from_db()
    return set(members_in(of.snapshot))


def told(name: str) -> list[dict[str, Any]]:
    events = OutboxEvent.objects.filter(name=f"segments.{name}").order_by("pk")
    return [event.payload for event in events]


def body(answer: Any) -> Any:
    assert answer.status_code < 300, answer.content
    return json.loads(answer.content)


@pytest.fixture
def manager(people: list[int]) -> Caller:
    return signed_in(Role.MARKETING)


# When it is asked


@pytest.mark.parametrize(
    ("cadence", "now", "latest", "following"),
    [
        (Cadence.QUARTERS, "2026-05-01T03:16:10+00:00", "2026-05-01T03:15:00+00:00", "2026-05-01T03:30:00+00:00"),
        (Cadence.QUARTERS, "2026-05-01T03:15:00+00:00", "2026-05-01T03:15:00+00:00", "2026-05-01T03:30:00+00:00"),
        (Cadence.HOURLY, "2026-05-01T03:59:59+00:00", "2026-05-01T03:00:00+00:00", "2026-05-01T04:00:00+00:00"),
        # Three in the morning in Shanghai is 19:00 UTC of the day before.
        (Cadence.NIGHTLY, "2026-05-01T18:59:59+00:00", "2026-04-30T19:00:00+00:00", "2026-05-01T19:00:00+00:00"),
        (Cadence.NIGHTLY, "2026-05-01T19:00:00+00:00", "2026-05-01T19:00:00+00:00", "2026-05-02T19:00:00+00:00"),
        (Cadence.BY_HAND, "2026-05-01T19:00:00+00:00", None, None),
    ],
)
def test_slots_are_those_of_the_operators_clock(
    cadence: Cadence, now: str, latest: str | None, following: str | None
) -> None:
    at = datetime.fromisoformat(now)
    slots = (latest_slot(cadence, 3, at, SHANGHAI), next_slot(cadence, 3, at, SHANGHAI))
    assert [slot and slot.isoformat() for slot in slots] == [latest, following]


def test_an_hour_of_a_zone_half_an_hour_off_begins_on_its_own_clock() -> None:
    at = datetime(2026, 5, 1, 3, 40, tzinfo=UTC)  # 9:10 in Kolkata
    assert latest_slot(Cadence.HOURLY, 3, at, ZoneInfo("Asia/Kolkata")) == datetime(2026, 5, 1, 3, 30, tzinfo=UTC)


@given(
    cadence=st.sampled_from([Cadence.QUARTERS, Cadence.HOURLY, Cadence.NIGHTLY]),
    hour=st.integers(0, 23),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC"]),
)
def test_a_slot_that_was_used_is_not_due_again_until_the_next(
    cadence: Cadence, hour: int, now: datetime, zone: str
) -> None:
    place = ZoneInfo(zone)
    latest, following = latest_slot(cadence, hour, now, place), next_slot(cadence, hour, now, place)
    assert latest is not None
    assert following is not None
    assert latest <= now < following
    assert latest_slot(cadence, hour, following, place) == following
    assert not is_due(cadence, hour, now, now, place)
    assert is_due(cadence, hour, now, following, place)
    assert is_due(cadence, hour, None, now, place)


def test_a_schedule_is_set_and_shown(manager: Caller, people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    answer = manager.call("PUT", f"/segments/{shanghai.pk}/schedule", {"cadence": "hourly", "follows_changes": False})
    shown = body(answer)
    assert (shown["cadence"], shown["follows_changes"], shown["count"], shown["sizes"]) == ("hourly", False, 10, [10])
    assert AuditEntry.objects.get(action="schedule_segment").details["cadence"] == "hourly"
    refused = manager.call("PUT", f"/segments/{shanghai.pk}/schedule", {"cadence": "hourly", "at_hour": 24})
    assert refused.status_code == 422
    analyst = signed_in(Role.ANALYST)
    assert analyst.call("PUT", f"/segments/{shanghai.pk}/schedule", {"cadence": "by_hand"}).status_code == 403
    shanghai.refresh_from_db()
    assert shanghai.cadence == "hourly"


def test_what_is_due_is_asked_and_what_is_neither_due_nor_stirred_is_not(people: list[int]) -> None:
    now = clock.now()
    due = segment("due", IN_SHANGHAI, cadence=Cadence.HOURLY, follows_changes=False)
    by_hand = segment("by hand", IN_SHANGHAI, cadence=Cadence.BY_HAND, follows_changes=False)
    follows = segment("follows", IN_SHANGHAI, cadence=Cadence.BY_HAND)
    Customer.objects.filter(pk=people[0]).update(city="上海")
    copy()

    first = sweep(now + timedelta(seconds=5))
    assert (first.patched, members(by_hand)) == ([follows.pk], set(people[1::2]))
    assert members(follows) == {people[0], *people[1::2]}
    later = sweep(now + timedelta(hours=1))
    assert due.pk in {*later.patched, *later.whole}
    assert members(due) == {people[0], *people[1::2]}
    assert members(by_hand) == set(people[1::2])


def test_each_minutes_look_waits_for_the_first_copy(people: list[int]) -> None:
    segment("S", IN_SHANGHAI)
    close_engine()
    world.drop_lake()
    refresh_due(timestamp=0)
    assert Segment.objects.get().state == "ready"


# Who entered and left


def test_who_entered_and_left_is_told_in_lots_and_can_be_looked_up(
    manager: Caller, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "TOLD_AT_ONCE", 2)
    shanghai = segment("Shanghai", IN_SHANGHAI)
    assert told("customers_entered") == []  # a first list is not a movement
    Customer.objects.filter(pk__in=people[:5:2]).update(city="上海", name="来客")
    Customer.objects.filter(pk=people[19]).update(city="杭州", name="去客")
    copy()
    sweep(clock.now())

    snapshot = Snapshot.objects.get(because="people")
    common = {"segment_id": shanghai.pk, "snapshot_id": snapshot.pk}
    assert told("customers_entered") == [
        {**common, "customer_ids": [people[0], people[2]]},
        {**common, "customer_ids": [people[4]]},
    ]
    assert told("customers_left") == [{**common, "customer_ids": [people[19]]}]
    assert [told("segment_refreshed")[-1][key] for key in ("count", "entered", "left")] == [12, 3, 1]
    listed = body(manager.get(f"/segments/{shanghai.pk}/snapshots"))["items"]
    assert [(row["because"], row["count"], row["entered"], row["left"], row["knows_who"]) for row in listed] == [
        ("people", 12, 3, 1, True),
        ("first", 10, 10, 0, False),
    ]
    path = f"/segments/{shanghai.pk}/snapshots/{snapshot.pk}/customers"
    first = body(manager.get(f"{path}?limit=2"))
    rest = body(manager.get(f"{path}?limit=2&cursor={first['next_cursor']}"))
    assert [row["id"] for row in first["items"] + rest["items"]] == people[:5:2]
    assert (first["total"], rest["next_cursor"]) == (3, None)
    assert [row["name"] for row in body(manager.get(f"{path}?moved=left"))["items"]] == ["去客"]
    other = segment("Other", IS_NEW)
    assert code_of(manager.get(f"/segments/{other.pk}/snapshots/{snapshot.pk}/customers")) == (
        "segment.snapshot_not_found"
    )


def test_a_person_of_one_store_sees_who_of_hers_moved_and_no_counts(people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    Customer.objects.filter(pk=people[0]).update(city="上海", home_store_id=7)
    Customer.objects.filter(pk=people[2]).update(city="上海", home_store_id=8)
    copy()
    sweep(clock.now())
    limited = signed_in(Role.MARKETING, store_ids=[7])
    snapshot = Snapshot.objects.get(because="people")
    page = body(limited.get(f"/segments/{shanghai.pk}/snapshots/{snapshot.pk}/customers"))
    assert ([row["id"] for row in page["items"]], page["total"]) == ([people[0]], None)
    listed = body(limited.get(f"/segments/{shanghai.pk}/snapshots"))["items"][0]
    assert (listed["count"], listed["entered"], listed["left"]) == (None, None, None)
    assert code_of(limited.get(f"/segments/{shanghai.pk}/history")) == "segment.scope_limited"
    shown = body(limited.get(f"/segments/{shanghai.pk}/membership"))
    assert (shown["count"], shown["week_change"], shown["sizes"]) == (None, None, None)


def test_nobody_enters_when_the_rule_is_changed(manager: Caller, people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    everybody = {"version": 1, "root": {"all": []}}
    assert manager.call("PATCH", f"/segments/{shanghai.pk}", {"rule": everybody, "version": 1}).status_code == 200
    services.refresh(shanghai.pk)
    assert told("customers_entered") == []
    newest = Snapshot.objects.latest("pk")
    assert (newest.because, newest.count, newest.entered) == ("rule", 20, 10)


def test_the_history_has_a_size_for_each_day_and_leaves_out_what_moved_nobody(
    manager: Caller, people: list[int]
) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    now = clock.now()
    Snapshot.objects.update(taken_at=now - timedelta(days=3))

    def moved(days_ago: int, because: str, count: int, entered: int, left: int) -> None:
        Snapshot.objects.create(
            segment=shanghai, rule_revision=1, as_of=now, lake_snapshot_id=1, because=because, count=count,
            taken_at=now - timedelta(days=days_ago), entered=entered, left=left,
        )  # fmt: skip

    moved(2, "people", 12, 3, 1)
    moved(2, "people", 11, 0, 1)
    moved(0, "rule", 20, 9, 0)
    days = body(manager.get(f"/segments/{shanghai.pk}/history?days=6"))
    assert [(day["count"], day["entered"], day["left"], day["rule_changed"]) for day in days] == [
        (10, 0, 0, False),
        (11, 3, 2, False),
        (11, 0, 0, False),
        (20, 0, 0, True),
    ]


def test_old_histories_are_forgotten_by_the_rule_and_the_newest_list_never(manager: Caller, people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    Customer.objects.filter(pk=people[0]).update(city="上海")
    copy()
    sweep(clock.now())
    moved = Snapshot.objects.get(because="people")
    now = clock.now()
    assert forget_old(now + services.WHO_KEPT - timedelta(days=1)) == 0
    assert forget_old(now + services.WHO_KEPT + timedelta(days=1)) == 1
    path = f"/segments/{shanghai.pk}/snapshots/{moved.pk}/customers"
    assert code_of(manager.get(path)) == "segment.moves_forgotten"
    assert forget_old(now + services.SIZES_KEPT + timedelta(days=1)) == 1
    assert Snapshot.objects.get() == moved
    assert members(shanghai) == {people[0], *people[1::2]}


def test_only_the_newest_snapshot_has_the_whole_list(people: list[int]) -> None:
    segment("Shanghai", IN_SHANGHAI)
    Customer.objects.filter(pk=people[0]).update(city="上海")
    copy()
    sweep(clock.now())
    assert [row.members is None for row in Snapshot.objects.order_by("pk")] == [True, False]


# What fails


def test_a_segment_that_fails_says_why_and_holds_up_no_other(
    manager: Caller, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    good = segment("good", IN_SHANGHAI)
    large, slow = segment("large", IS_NEW), segment("slow", IS_VIP)
    gone = Segment.objects.create(
        name="gone", rule={"version": 1, "as_of": None, "root": {"field": "fields.nothing", "op": "is_set"}}
    )
    ways = {large.pk: QueryTooLarge(), slow.pk: QueryTooSlow()}
    real = ask

    def asked(of: Segment, at: datetime) -> services.Answer:
        if of.pk in ways:
            raise ways[of.pk]
        return real(of, at)

    monkeypatch.setattr("huike.segments.membership.refreshing.ask", asked)
    Customer.objects.filter(pk=people[0]).update(city="上海")
    with LakeWriter() as writer:
        writer.rebuild()  # nobody can be patched
    swept = sweep(now + timedelta(days=1))
    assert (swept.whole, set(swept.failed)) == ([good.pk], {large.pk, slow.pk, gone.pk})
    shown = {row["id"]: row for row in body(manager.get("/segments"))["items"]}
    assert {id: (row["state"], row["error"], row["count"]) for id, row in shown.items()} == {
        good.pk: ("ready", None, 11),
        large.pk: ("failed", "lake.query_too_large", 6),
        slow.pk: ("failed", "lake.query_too_slow", 13),
        gone.pk: ("failed", "segment.rule_invalid", None),
    }
    assert shown[gone.pk]["sentence"]["en"] == "The rule asks about something that is no longer there"
    # They wait for their turn, and are well again once they can be asked.
    assert sweep(now + timedelta(days=1, minutes=1)).failed == []
    ways.clear()
    assert {large.pk, slow.pk} <= set(sweep(now + timedelta(days=1, minutes=20)).whole)
    assert set(Segment.objects.exclude(pk=gone.pk).values_list("state", "error_code")) == {("ready", "")}


def test_a_rule_the_engine_chokes_on_fails_alone_among_patches(people: list[int]) -> None:
    """Its column is gone from the lake: a real failure of the one question about all changed customers."""
    now = clock.now()
    good, bad = segment("good", IN_SHANGHAI), segment("bad", {"field": "occupation", "op": "is_set"})
    with LakeWriter() as writer:
        Customer.objects.filter(pk=people[0]).update(city="上海")
        writer.round()
        writer._database.execute("ALTER TABLE lake.customers DROP COLUMN occupation")
    swept = sweep(now + timedelta(minutes=1))
    assert (swept.patched, swept.failed) == ([good.pk], [bad.pk])
    bad.refresh_from_db()
    assert (bad.state, bad.error_code) == ("failed", "internal")


# Rivals


def test_a_patch_of_a_list_that_no_longer_stands_is_not_kept(people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    stale = ask(shanghai, clock.now())
    patch = replace(stale, patched=shanghai.snapshot_id, members=BitMap64([1]))
    Customer.objects.filter(pk=people[0]).update(city="上海")
    copy()
    services.refresh(shanghai.pk)
    assert not keep(shanghai.pk, patch).is_new
    assert not keep(shanghai.pk, stale).is_new  # nor a whole answer asked earlier
    assert members(shanghai) == {people[0], *people[1::2]}


def test_an_answer_to_a_rule_that_was_changed_meanwhile_leaves_the_segment_waiting(people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    late = ask(shanghai, clock.now())
    Segment.objects.update(rule_revision=2, state="refreshing")
    keep(shanghai.pk, late)
    shanghai.refresh_from_db()
    assert shanghai.state == "refreshing"
    Segment.objects.all().update(snapshot=None)
    Segment.objects.all().delete()
    assert keep(shanghai.pk, late).snapshot is None


# Fixed lists and overlap


def three(people: list[int]) -> list[Segment]:
    return [segment("Shanghai", IN_SHANGHAI), segment("New", IS_NEW), segment("VIP", IS_VIP)]


def test_a_segment_is_frozen_with_who_made_it_and_of_what(manager: Caller, people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    made = body(manager.post("/segments/fixed", {"name": "五月名单", "segment_ids": [shanghai.pk]}))
    assert (made["kind"], made["count"], made["state"], made["next_at"]) == ("fixed", 10, "ready", None)
    assert made["made_from"] == {
        "how": "union",
        "segments": [{"id": shanghai.pk, "name": "Shanghai", "exists": True}],
        "regions": [[shanghai.pk]],
    }
    assert made["created_by"]["name"] == "marketing 0"
    assert AuditEntry.objects.get(action="make_fixed_list").details["count"] == 10
    Customer.objects.filter(pk=people[1]).update(city="杭州")
    copy()
    sweep(clock.now())
    fixed_list = Segment.objects.get(pk=made["id"])
    assert members(fixed_list) == set(people[1::2])
    assert members(shanghai) == set(people[3::2])
    # It is a segment like any other: shown, searched, listed, asked about.
    shown = body(manager.get(f"/segments/{fixed_list.pk}"))
    assert (shown["kind"], shown["sentence"]["zh"]) == ("fixed", "固定名单 包含 五月名单")
    listed = body(manager.get(f"/segments/{fixed_list.pk}/members"))
    assert ([row["id"] for row in listed["items"]], listed["total"]) == (people[1::2], 10)
    assert manager.delete(f"/segments/{shanghai.pk}").status_code == 204
    assert body(manager.get(f"/segments/{fixed_list.pk}/membership"))["made_from"]["segments"][0]["exists"] is False
    assert manager.delete(f"/segments/{fixed_list.pk}").status_code == 204
    assert not FixedMember.objects.exists()


def test_a_rule_may_ask_for_a_fixed_list(manager: Caller, people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    made = make_fixed_list(name="L", description="", segment_ids=[shanghai.pk], actor=SYSTEM, scope=EVERYTHING)
    copy()
    rule = {"version": 1, "root": {"all": [{"field": "fixed_lists", "op": "contains", "value": made.pk}, IS_NEW]}}
    assert body(manager.post("/segments/count", {"rule": rule}))["count"] == 3
    assert body(manager.get("/segments/values?field=fixed_lists")) == [{"value": made.pk, "label": "L", "count": 10}]


def test_a_fixed_list_has_no_rule_to_change_and_no_schedule(manager: Caller, people: list[int]) -> None:
    made = make_fixed_list(
        name="L", description="", segment_ids=[segment("S", IN_SHANGHAI).pk], actor=SYSTEM, scope=EVERYTHING
    )
    everybody = {"version": 1, "root": {"all": []}}
    assert code_of(manager.call("PATCH", f"/segments/{made.pk}", {"rule": everybody, "version": 1})) == "segment.fixed"
    assert code_of(manager.call("PUT", f"/segments/{made.pk}/schedule", {"cadence": "hourly"})) == "segment.fixed"
    assert manager.call("PATCH", f"/segments/{made.pk}", {"name": "M"}).status_code == 200
    made.refresh_from_db()
    assert (made.name, made.cadence, made.rule["root"]["field"]) == ("M", "by_hand", "fixed_lists")


def test_who_is_merged_away_or_erased_leaves_a_fixed_list(people: list[int]) -> None:
    made = make_fixed_list(
        name="L", description="", segment_ids=[segment("S", IN_SHANGHAI).pk], actor=SYSTEM, scope=EVERYTHING
    )
    copy()
    sweep(clock.now())
    Customer.objects.filter(pk=people[1]).update(state="erased")
    Customer.objects.filter(pk=people[3]).update(state="merged", merged_into_id=people[0])
    copy()
    now = clock.now()
    swept = sweep(now)
    assert made.pk in swept.patched
    assert members(made) == set(people[5::2])
    assert told("customers_left")[-1]["customer_ids"] == [people[1], people[3]]
    # Of the erased no row is left; the merge can be undone.
    assert not FixedMember.objects.filter(customer_id=people[1]).exists()
    Customer.objects.filter(pk=people[3]).update(state="active", merged_into_id=None)
    copy()
    sweep(now + timedelta(minutes=1))
    assert members(made) == set(people[3::2])


def test_a_fixed_list_is_an_audience_before_the_lake_has_its_rows(people: list[int]) -> None:
    made = make_fixed_list(
        name="L", description="", segment_ids=[segment("S", IN_SHANGHAI).pk], actor=SYSTEM, scope=EVERYTHING
    )
    vips = segment("VIP", IS_VIP)
    Customer.objects.filter(pk=people[3]).update(home_store_id=7)
    Customer.objects.filter(pk=people[1]).update(state="erased")
    with LakeWriter() as writer:
        writer.round()
        writer._database.execute("DELETE FROM lake.fixed_members")
    one_store = Scope(all_stores=False, store_ids=frozenset({7}))
    assert list(freeze_audience(segment_id=made.pk).ids) == people[3::2]
    assert list(freeze_audience(segment_id=made.pk, scope=one_store).ids) == [people[3]]
    without = freeze_audience(segment_id=made.pk, exclude_segment_ids=[vips.pk]).ids
    assert list(without) == [id for place, id in enumerate(people) if place % 2 and place % 3 == 0 and place != 1]
    assert list(freeze_audience(segment_id=vips.pk, exclude_segment_ids=[made.pk]).ids) == [
        id for place, id in enumerate(people) if place % 3 and place % 2 == 0
    ]


def test_a_large_list_is_written_by_a_task_and_waits_until_then(
    manager: Caller, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huike.segments.membership.lists.WRITTEN_AT_ONCE", 5)
    shanghai = segment("Shanghai", IN_SHANGHAI)
    made = body(manager.post("/segments/fixed", {"name": "L", "segment_ids": [shanghai.pk]}))
    assert (made["state"], made["count"], FixedMember.objects.count()) == ("refreshing", 10, 0)
    assert made["id"] not in {*sweep(clock.now()).whole}
    job = Job.objects.get(kind="segments.fill_fixed_list")
    fill_fixed_list(job_id=job.pk, segment_id=made["id"])
    job.refresh_from_db()
    assert (job.state, job.result, FixedMember.objects.count()) == ("succeeded", {"count": 10}, 10)
    assert Segment.objects.get(pk=made["id"]).state == "ready"


def test_lists_are_made_of_what_segments_have_in_common_and_what_not(manager: Caller, people: list[int]) -> None:
    shanghai, new, vip = (made.pk for made in three(people))
    ids = [shanghai, new, vip]

    def made(how: str, **more: Any) -> set[int]:
        told = {"name": how + str(more), "segment_ids": ids, "how": how, **more}
        return members(Segment.objects.get(pk=body(manager.post("/segments/fixed", told))["id"]))

    in_shanghai = set(people[1::2])
    news = {id for place, id in enumerate(people) if place % 3 == 2}
    vips = {id for place, id in enumerate(people) if place % 3}
    assert made("union") == in_shanghai | news | vips
    assert made("intersection") == in_shanghai & news & vips
    assert made("difference") == in_shanghai - news - vips
    assert made("regions", regions=[[shanghai], [vip, shanghai]]) == in_shanghai - news
    assert made("regions", regions=[]) == set()


def test_an_overlap_has_every_pair_and_every_region(manager: Caller, people: list[int]) -> None:
    shanghai, new, vip = three(people)
    overlap = body(manager.get(f"/segments/overlap?id={shanghai.pk}&id={new.pk}&id={vip.pk}"))
    assert [(row["name"], row["size"]) for row in overlap["segments"]] == [("Shanghai", 10), ("New", 6), ("VIP", 13)]
    assert [(row["one"], row["other"], row["count"]) for row in overlap["pairs"]] == [
        (shanghai.pk, new.pk, 3),
        (shanghai.pk, vip.pk, 7),
        (new.pk, vip.pk, 6),
    ]
    assert {tuple(row["inside"]): row["count"] for row in overlap["regions"]} == {
        (shanghai.pk,): 3,
        (new.pk,): 0,
        (vip.pk,): 3,
        (shanghai.pk, new.pk): 0,
        (shanghai.pk, vip.pk): 4,
        (new.pk, vip.pk): 3,
        (shanghai.pk, new.pk, vip.pk): 3,
    }


def test_overlap_and_lists_of_a_person_of_one_store_are_among_her_customers(people: list[int]) -> None:
    shanghai, _, vip = three(people)
    Customer.objects.filter(pk__in=people[:4]).update(home_store_id=7)
    copy()
    limited = signed_in(Role.MARKETING, store_ids=[7])
    overlap = body(limited.get(f"/segments/overlap?id={shanghai.pk}&id={vip.pk}"))
    assert [row["size"] for row in overlap["segments"]] == [2, 2]
    assert [row["count"] for row in overlap["regions"]] == [1, 1, 1]
    made = body(limited.post("/segments/fixed", {"name": "mine", "segment_ids": [shanghai.pk, vip.pk]}))
    assert made["count"] is None
    assert members(Segment.objects.get(pk=made["id"])) == {people[1], people[2], people[3]}


def test_what_cannot_be_combined_is_refused_and_leaves_nothing(manager: Caller, people: list[int]) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    bare = Segment.objects.create(name="bare", rule=shanghai.rule)
    for ids, code in (
        ([bare.pk], "segment.not_refreshed"),
        ([10**9], "segment.not_found"),
        ([shanghai.pk, shanghai.pk], "segment.too_many"),
    ):
        refused = manager.post("/segments/fixed", {"name": "L", "segment_ids": ids})
        assert code_of(refused) == code
        asked = "&".join(f"id={id}" for id in ids)
        assert code_of(manager.get(f"/segments/overlap?{asked}")) == code
    taken = manager.post("/segments/fixed", {"name": "SHANGHAI", "segment_ids": [shanghai.pk]})
    assert code_of(taken) == "segment.name_taken"
    analyst = signed_in(Role.ANALYST)
    assert analyst.post("/segments/fixed", {"name": "L", "segment_ids": [shanghai.pk]}).status_code == 403
    assert not Segment.objects.filter(kind="fixed").exists()
    assert not FixedMember.objects.exists()


SETS = st.lists(st.frozensets(st.integers(1, 30), max_size=20), min_size=1, max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(sets=SETS, data=st.data())
def test_regions_are_apart_and_make_up_everything(sets: list[frozenset[int]], data: st.DataObject) -> None:
    members = {id: BitMap64(found) for id, found in enumerate(sets, start=1)}
    ids = list(members)
    regions = algebra.regions_of(ids)
    found = [set(algebra.in_region(region, members)) for region in regions]
    assert sum(map(len, found)) == len(set().union(*found)) == len(set().union(*sets))

    def made(how: How, chosen: Any = ()) -> set[int]:
        return set(algebra.in_regions(algebra.chosen_regions(how, ids, chosen), members))

    assert made(How.UNION) == set().union(*sets)
    assert made(How.INTERSECTION) == set(frozenset.intersection(*sets))
    assert made(How.DIFFERENCE) == set(sets[0].difference(*sets[1:]))
    some = data.draw(st.lists(st.sampled_from(regions), unique=True))
    assert made(How.REGIONS, some) == set().union(*(found[regions.index(region)] for region in some))
    pairs = algebra.common_to_each_pair(members)
    assert all(count == len(sets[one - 1] & sets[other - 1]) for (one, other), count in pairs.items())


# What open browsers hear


def test_a_refresh_tells_how_far_it_is_and_then_how_many_there_are(
    people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    shanghai = segment("Shanghai", IN_SHANGHAI)
    Customer.objects.filter(pk=people[0]).update(city="上海")
    copy()
    monkeypatch.setattr(services, "TOLD_EVERY_SECONDS", 0.001)
    ask_at_once = DuckDBReading.ids

    def ask_slowly(reading: DuckDBReading, expression: Any) -> BitMap64:
        time.sleep(0.2)  # a question over so few is over before anything can be told
        return ask_at_once(reading, expression)

    monkeypatch.setattr(DuckDBReading, "ids", ask_slowly)
    monkeypatch.setattr(DuckDBReading, "progress", lambda _: 0.254)
    parameters = {k: v for k, v in connection.get_connection_params().items() if k in _WHERE}
    with psycopg.connect(**parameters, autocommit=True) as browser:
        browser.execute(f"LISTEN {CHANNEL}")
        services.refresh(shanghai.pk)
        news = [json.loads(heard.payload) for heard in browser.notifies(timeout=0.5)]
    heard = [said["data"] for said in news if said["topic"] == f"segment:{shanghai.pk}"]
    *progress, last = heard
    assert last == {"id": shanghai.pk, "state": "ready", "count": 11}
    assert progress
    assert all(said == {"id": shanghai.pk, "state": "refreshing", "done": 0.25} for said in progress)


_WHERE = {"dbname", "user", "password", "host", "port"}
