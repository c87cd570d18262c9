"""A shop that tracks what people do, for tests: a source, its key, bodies put into the inbox and digested."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from huike.behaviour import intake, sources
from huike.behaviour.models import CustomerEvent, Delivery, TrackedSource
from huike.customers.models import Customer, Identity, Source
from huike.platform.audit import SYSTEM
from tests.tills import till

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SHOP = "web-shop"


def shop(key: str = SHOP, **settings: Any) -> TrackedSource:
    """A tracked source; made once."""
    source = till(key)
    tracked = TrackedSource.objects.filter(pk=source.pk).first() or sources.track(source.pk, actor=SYSTEM)
    return sources.change(source.pk, settings, actor=SYSTEM) if settings else tracked


def write_key(tracked: TrackedSource) -> str:
    return str(tracked.write_keys.order_by("-pk").values_list("key", flat=True)[0])


def known_as(external_id: str, *, source: Source, name: str = "") -> Customer:
    """A customer whom this source knows by this id."""
    customer = Customer.objects.create(name=name or external_id)
    Identity.objects.create(customer=customer, kind="external", source=source, value=external_id, verified=True)
    return customer


def track(name: str = "Tea Tasted", *, id: str | None = None, **told: Any) -> dict[str, Any]:
    event = {"type": "track", "event": name, "messageId": id or f"m-{name}-{json.dumps(told, sort_keys=True)}", **told}
    return event if {"userId", "anonymousId"} & set(told) else {**event, "anonymousId": "a1"}


def identify(user_id: str, **told: Any) -> dict[str, Any]:
    return {
        "type": "identify",
        "userId": user_id,
        "messageId": f"i-{user_id}-{json.dumps(told, sort_keys=True)}",
        **told,
    }


def send(
    *events: Any, tracked: TrackedSource | None = None, at: datetime = NOW, sent_at: datetime | None = None
) -> None:
    """Put these events into the inbox as one batch received at `at`, and digest everything."""
    body: dict[str, Any] = {"batch": list(events)}
    if sent_at is not None:
        body["sentAt"] = sent_at.isoformat()
    put(json.dumps(body).encode(), tracked=tracked, at=at)
    digest()


def put(body: bytes, *, kind: str = "batch", tracked: TrackedSource | None = None, at: datetime = NOW) -> None:
    source_id = (tracked or shop()).pk
    Delivery.objects.create(source_id=source_id, kind=kind, body=body, received_at=at)


def digest() -> None:
    while intake.digest_next():
        pass


def events() -> list[CustomerEvent]:
    return list(CustomerEvent.objects.order_by("id"))


def cart_event(name: str, minutes: int = 0, *, who: str = "a1", **properties: Any) -> dict[str, Any]:
    """A cart event of somebody, so many minutes after NOW."""
    return {
        "type": "track",
        "event": name,
        "messageId": f"c-{who}-{name}-{minutes}-{json.dumps(properties, sort_keys=True)}",
        "anonymousId": who,
        "timestamp": (NOW + timedelta(minutes=minutes)).isoformat(),
        "properties": properties,
    }


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'behaviour_event'::regclass")
        return {row[0] for row in cursor.fetchall()}
