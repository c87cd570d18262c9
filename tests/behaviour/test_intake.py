"""The inbox digested: each event once, each with whoever it belongs to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from huike.behaviour import intake, visitors
from huike.behaviour.models import CustomerEvent, DayCount, Delivery, Sample, Visitor
from huike.customers.models import Customer, Identity
from huike.platform.models import OutboxEvent
from tests.behaviour.world import (
    NOW,
    digest,
    events,
    identify,
    known_as,
    partitions,
    put,
    send,
    shop,
    track,
)
from tests.tills import till

pytestmark = pytest.mark.django_db


def counts() -> dict[tuple[str, str], int]:
    return {(row.outcome, row.reason): row.events_count for row in DayCount.objects.all()}


def test_an_event_is_kept_with_all_it_told() -> None:
    send(track("茶 Tasted", id="m1", properties={"kind": "乌龙"}, context={"ip": "10.0.0.1", "page": {"path": "/a"}}))
    (event,) = events()
    assert (event.kind, event.name, event.properties, event.context) == (
        "track",
        "茶 Tasted",
        {"kind": "乌龙"},
        {"page": {"path": "/a"}},
    )
    assert event.occurred_at == event.received_at == NOW
    assert not Delivery.objects.exists()
    assert counts() == {("taken", ""): 1}


def test_a_repetition_is_counted_and_not_kept_when_it_comes_in_the_same_lot_or_later() -> None:
    send(track(id="m1"), track(id="m1"))
    send(track(id="m1"), track(id="m2"))
    assert len(events()) == 2
    assert counts() == {("taken", ""): 2, ("repeated", ""): 2}


def test_a_repetition_is_recognised_when_the_month_has_changed() -> None:
    send(track(id="m1"), at=datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    send(track(id="m1"), at=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert len(events()) == 1


def test_the_same_message_id_of_another_source_is_another_event() -> None:
    send(track(id="m1"))
    send(track(id="m1"), tracked=shop("other-shop"))
    assert len(events()) == 2


def test_a_refused_event_is_shown_with_its_reason() -> None:
    send({"type": "track", "event": "Lost"}, "x", track())
    assert counts() == {("taken", ""): 1, ("refused", "nobody"): 1, ("refused", "not_an_object"): 1}
    refused = Sample.objects.filter(outcome="refused").order_by("id")
    assert [(row.reason, row.kind, row.told) for row in refused] == [
        ("nobody", "track", {"type": "track", "event": "Lost"}),
        ("not_an_object", "", "x"),
    ]


def test_a_body_that_cannot_be_digested_is_set_aside_and_stops_nobody() -> None:
    put(b"not json at all")
    send(track())
    assert len(events()) == 1
    (left,) = Delivery.objects.all()
    assert left.fault is not None
    assert left.fault.startswith("JSONDecodeError")
    assert counts() == {("taken", ""): 1, ("refused", "undigested"): 1}


def test_nothing_is_written_when_the_digestion_fails_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    put(json.dumps({"batch": [track(userId="u1")]}).encode())

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr(intake, "_note", fail)
    monkeypatch.setattr(intake, "_set_aside", fail)
    with pytest.raises(RuntimeError):
        intake.digest_next()
    assert events() == []
    assert not Visitor.objects.exists()
    assert Delivery.objects.filter(fault__isnull=True).count() == 1


def test_months_are_made_when_needed_and_dropped_when_over() -> None:
    send(track(id="old"), at=datetime(2024, 9, 30, tzinfo=UTC))
    send(track(id="kept"), at=datetime(2024, 10, 1, tzinfo=UTC))
    intake.tidy(now=NOW)
    assert {"behaviour_event_202410", "behaviour_event_202611", "behaviour_event_202701"} <= partitions()
    assert "behaviour_event_202409" not in partitions()
    assert len(events()) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lake_tombstone WHERE table_name = 'behaviour_event' AND key IS NOT NULL")
        assert cursor.fetchone() == (1,)


def test_the_customer_is_found_by_the_id_the_source_knows_her_by() -> None:
    li = known_as("u1", source=shop().source)
    send(track(userId="u1"), track(userId="u2"), track(anonymousId="u1"))
    assert [event.customer_id for event in events()] == [li.pk, None, None]


def test_what_a_stranger_did_becomes_the_customers_when_she_is_identified() -> None:
    li = known_as("u1", source=shop().source)
    send(track("Before", anonymousId="a1"))
    send({**identify("u1"), "anonymousId": "a1"}, track("After", anonymousId="a1"))
    assert [(event.name, event.customer_id) for event in events()] == [
        ("Before", li.pk),
        ("Identified", li.pk),
        ("After", li.pk),
    ]
    told = OutboxEvent.objects.get(name="behaviour.visitor_claimed")
    assert (told.customer_id, told.payload["events_count"]) == (li.pk, 1)


def test_history_is_claimed_by_the_sweep_when_an_order_makes_the_person_known() -> None:
    send(track(anonymousId="a1"))
    send({**identify("u1"), "anonymousId": "a1"})
    assert {event.customer_id for event in events()} == {None}
    li = known_as("u1", source=shop().source)
    assert visitors.claim_known(now=NOW) == 2
    assert {event.customer_id for event in events()} == {li.pk}
    assert visitors.claim_known(now=NOW) == 0


def test_the_first_person_keeps_her_history_when_a_second_uses_the_same_browser() -> None:
    source = shop().source
    li, wang = known_as("u1", source=source), known_as("u2", source=source)
    send(track("One", anonymousId="a1"), {**identify("u1"), "anonymousId": "a1"})
    send({**identify("u2"), "anonymousId": "a1"}, track("Two", anonymousId="a1"))
    by_name = {event.name: event.customer_id for event in events()}
    assert (by_name["One"], by_name["Two"]) == (li.pk, wang.pk)


def test_alias_links_what_was_done_before() -> None:
    li = known_as("u1", source=shop().source)
    send(track(anonymousId="a9"))
    send({"type": "alias", "userId": "u1", "previousId": "a9", "messageId": "al"})
    assert {event.customer_id for event in events()} == {li.pk}


def test_a_browsers_traits_make_find_and_change_nobody() -> None:
    zhang = Customer.objects.create(name="张伟", phone="+8613812345678", email="z@example.com")
    Identity.objects.create(customer=zhang, kind="phone", value="+8613812345678", verified=True)
    traits = {"phone": "13812345678", "email": "thief@example.com", "name": "Thief"}
    send(identify("u9", traits=traits), track(userId="u9"))
    assert {event.customer_id for event in events()} == {None}
    assert Customer.objects.count() == 1
    zhang.refresh_from_db()
    assert (zhang.name, zhang.email) == ("张伟", "z@example.com")
    assert Identity.objects.count() == 1
    assert Visitor.objects.get(value="u9").traits == traits


def test_a_trusted_source_finds_and_makes_customers_and_overwrites_nothing() -> None:
    trusted = shop("server", trusted=True)
    zhang = Customer.objects.create(name="张伟", phone="+8613812345678")
    Identity.objects.create(customer=zhang, kind="phone", value="+8613812345678", verified=True)
    send(
        identify("u9", traits={"phone": "13812345678", "name": "Somebody Else", "email": "not an address"}),
        identify("u10", traits={"email": "New@Example.com", "name": "新人"}),
        identify("u11", traits={"email": 5}),
        tracked=trusted,
    )
    zhang.refresh_from_db()
    assert zhang.name == "张伟"
    assert set(zhang.identities.values_list("kind", "value")) == {("phone", "+8613812345678"), ("external", "u9")}
    newcomer = Customer.objects.get(name="新人")
    assert set(newcomer.identities.values_list("kind", "value")) == {
        ("email", "new@example.com"),
        ("external", "u10"),
    }
    assert [event.customer_id for event in events()][:2] == [zhang.pk, newcomer.pk]


def test_group_and_screen_are_kept_as_events() -> None:
    send(
        {"type": "group", "userId": "u1", "groupId": "g1", "traits": {"name": "青禾"}, "messageId": "g"},
        {"type": "screen", "anonymousId": "a1", "name": "Home", "properties": {"x": 1}, "messageId": "s"},
    )
    assert [(event.name, event.properties) for event in events()] == [
        ("Grouped", {"group_id": "g1", "traits": {"name": "青禾"}}),
        ("Screen Viewed", {"name": "Home", "x": 1}),
    ]


def test_text_no_database_holds_is_replaced() -> None:
    send(track("a\x00b\ud800", id="n", anonymousId="x\x00", properties={"k\x00": ["\udfff", 1e400]}))
    (event,) = events()
    assert event.name == "a\ufffdb\ufffd"
    assert event.properties == {"k\ufffd": ["\ufffd", None]}
    assert Visitor.objects.get().value == "x\ufffd"


def test_samples_are_few_when_events_are_many() -> None:
    for lot in range(12):
        send(*(track(id=f"{lot}-{number}") for number in range(60)))
    assert Sample.objects.count() == 240
    intake.tidy(now=NOW)
    assert Sample.objects.count() == 200
    assert counts() == {("taken", ""): 720}


def test_events_of_a_merged_or_erased_file_belong_to_nobody_new() -> None:
    li = known_as("u1", source=shop().source)
    Customer.objects.filter(pk=li.pk).update(state="erased")
    send(track(userId="u1"))
    assert [event.customer_id for event in events()] == [None]


def test_whichever_order_two_bodies_come_in_the_events_end_with_the_same_customer() -> None:
    li = known_as("u1", source=till("web-shop"))
    link = {**identify("u1"), "anonymousId": "a1"}
    for first, second in ((track(id="x1"), link), (link, track(id="x2"))):
        send(first)
        send(second)
    assert set(CustomerEvent.objects.values_list("customer_id", flat=True)) == {li.pk}


def test_the_time_of_the_day_count_is_the_operators(settings: Any) -> None:
    send(track(), at=NOW.replace(hour=17) - timedelta(days=1))
    assert DayCount.objects.get().day_on.isoformat() == "2026-11-22"


def test_digesting_again_finds_nothing() -> None:
    send(track())
    digest()
    assert intake.digest_next() == 0
