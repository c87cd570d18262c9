"""docs/algorithms/tracking.md §2 to §4, as pure rules."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.behaviour import rules
from huike.behaviour.rules import Refused, Taken

RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(*told: Any, kind: str = "batch", delivery: int = 1, received_at: datetime = RECEIVED) -> list[Any]:
    body = {"batch": list(told)} if kind == "batch" else told[0]
    size = len(json.dumps(body))
    return list(
        rules.read_body(body, kind=kind, source_id=7, delivery_id=delivery, received_at=received_at, body_bytes=size)
    )


def reason(told: Any) -> str:
    (refused,) = read(told)
    assert isinstance(refused, Refused)
    return refused.reason


def track(**told: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Tea Tasted", "anonymousId": "a1", **told}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("a word", "not_an_object"),
        (None, "not_an_object"),
        (track(type="buy"), "type_unknown"),
        (track(type=["track"]), "type_unknown"),
        ({"type": "track", "event": "Tea Tasted"}, "nobody"),
        (track(anonymousId="undefined"), "nobody"),
        (track(anonymousId=True), "nobody"),
        (track(anonymousId="x" * 201), "nobody"),
        (track(event="  "), "name_missing"),
        (track(event=3), "name_missing"),
        (track(properties=[1]), "properties_wrong"),
        (track(context="x"), "properties_wrong"),
        (track(properties={"a": "x" * 33_000}), "too_large"),
        (track(timestamp="1970-01-01T00:00:00Z"), "too_old"),
    ],
)
def test_an_event_is_refused_with_its_reason_when_it_cannot_be_kept(told: Any, why: str) -> None:
    assert reason(told) == why


def test_the_others_of_a_body_are_taken_when_one_is_refused() -> None:
    first, second, third = read(track(event="One"), 5, track(event="Two"))
    assert (first.name, second.reason, third.name) == ("One", "not_an_object", "Two")


@pytest.mark.parametrize(
    ("sent_at", "timestamp", "occurred_at"),
    [
        ("2026-11-22T15:00:00Z", "2026-11-22T14:59:50Z", RECEIVED - timedelta(seconds=10)),
        ("2026-11-22T12:00:00Z", "2026-11-20T09:00:00Z", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        (None, "2026-11-22T13:00:00Z", RECEIVED),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:05Z", RECEIVED),
        ("2026-11-22T12:00:00Z", "yesterday", RECEIVED),
        (None, "2026-11-22T19:59:00+08:00", RECEIVED - timedelta(minutes=1)),
        (None, 1795348740000, datetime(2026, 11, 22, 11, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", RECEIVED),
    ],
)
def test_the_clients_clock_is_set_right(sent_at: str | None, timestamp: Any, occurred_at: datetime) -> None:
    (event,) = read(track(sentAt=sent_at, timestamp=timestamp))
    assert event.occurred_at == occurred_at


def test_the_sent_at_of_the_batch_counts_for_its_events() -> None:
    body = {"sentAt": "2026-11-22T15:00:00Z", "batch": [track(timestamp="2026-11-22T14:00:00Z")]}
    (event,) = rules.read_body(body, kind="batch", source_id=7, delivery_id=1, received_at=RECEIVED, body_bytes=100)
    assert isinstance(event, Taken)
    assert event.occurred_at == RECEIVED - timedelta(hours=1)


def test_traits_are_read_where_either_client_puts_them() -> None:
    (segment,) = read({"type": "identify", "userId": "u1", "traits": {"email": "a@b.cn"}})
    (rudder,) = read({"type": "identify", "userId": "u1", "context": {"traits": {"email": "a@b.cn"}}})
    assert segment.traits == rudder.traits == {"email": "a@b.cn"}


def test_events_without_id_are_the_same_by_content_only_when_they_tell_a_time() -> None:
    dated = track(timestamp="2026-11-22T11:00:00Z")
    assert read(dated)[0].message_key == read(dated, delivery=2)[0].message_key
    assert read(track())[0].message_key != read(track(), delivery=2)[0].message_key
    assert len({event.message_key for event in read(track(), track())}) == 2


def test_the_message_id_decides_when_it_is_told() -> None:
    one, other = read(track(messageId="m1"), track(messageId="m1", event="Other"))
    assert one.message_key == other.message_key


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    [
        "type",
        "event",
        "userId",
        "anonymousId",
        "messageId",
        "properties",
        "traits",
        "context",
        "timestamp",
        "sentAt",
        "previousId",
        "groupId",
        "batch",
    ]
)
kinds = st.sampled_from([*sorted(rules.KINDS), "batch"])
event_like = st.dictionaries(names, json_values | kinds | st.just("a1"), max_size=9)


@given(body=json_values | event_like | st.fixed_dictionaries({"batch": st.lists(event_like, max_size=3)}), kind=kinds)
def test_any_json_is_read_without_failing_and_can_be_stored(body: Any, kind: str) -> None:
    for event in rules.read_body(body, kind=kind, source_id=1, delivery_id=1, received_at=RECEIVED, body_bytes=40_000):
        stored = event.properties_json if isinstance(event, Taken) else rules.storable_json(event.told)
        assert "\\u0000" not in stored
        stored.encode()
        json.loads(stored, parse_constant=lambda name: pytest.fail(name))
        if isinstance(event, Taken):
            (event.name + (event.user_id or "") + (event.anonymous_id or "")).encode()
            assert event.occurred_at <= RECEIVED


@given(body=st.binary(max_size=200) | st.text().map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        rules.parse_body(body)


def test_a_tower_of_brackets_is_refused() -> None:
    with pytest.raises(ValueError):
        rules.parse_body(b"[" * 100_000)
