"""Every domain event stands on a side: told outside in a promised shape, or kept inside."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jsonschema

from huike.platform.outbox import DomainEvent, StoredEvent
from huike.webhooks.catalogue import KEPT_INSIDE, PUBLIC, PublicEvent
from tests.webhooks.world import NOON

_EXAMPLES = {"int": 7, "int | None": None, "str": "granted", "list[int]": [7], "bool": True}


def _domain_events() -> set[str]:
    return {event.name for event in DomainEvent.__subclasses__() if event.__module__.startswith("huike.")}


def example(event: PublicEvent) -> StoredEvent:
    members = {f.name: _EXAMPLES.get(str(f.type)) for f in dataclasses.fields(event.source)}
    payload = {name: value for name, value in members.items() if name not in {"customer_id", "occurred_at"}}
    return StoredEvent(1, event.source.name, payload, 12, NOON)


def test_every_domain_event_is_told_outside_or_kept_inside_on_purpose() -> None:
    told = {event.source.name for event in PUBLIC.values()}
    assert told | KEPT_INSIDE == _domain_events()
    assert not told & KEPT_INSIDE


def test_what_is_told_fits_the_promised_schema_and_holds_nothing_more() -> None:
    for event in PUBLIC.values():
        data = event.data_of(example(event))
        jsonschema.validate(data, event.json_schema)
        assert data.keys() == event.json_schema["properties"].keys(), event.name


def test_every_public_event_has_words_in_both_languages() -> None:
    texts = Path(__file__).parents[2] / "web/src/features/webhooks/text"
    for language in ("zh", "en"):
        words = (texts / f"events.{language}.ts").read_text()
        assert [name for name in PUBLIC if f'"{name}": "' not in words] == []


def test_a_member_that_a_domain_event_gains_is_not_told_by_itself() -> None:
    event = PUBLIC["order.placed"]
    richer = dataclasses.replace(example(event), payload={"order_id": 3, "buyer_phone": "+8613800138000"})
    assert event.data_of(richer) == {"customer_id": 12, "order_id": 3}
