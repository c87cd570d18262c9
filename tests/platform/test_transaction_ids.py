"""A database restored on a new server: what readers of changes had read stays read, what they had not is still to
come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import psycopg
import pytest

from huike.catalog.models import Store
from huike.platform import outbox
from huike.platform.models import OutboxCursor, OutboxEvent
from huike.platform.outbox import DomainEvent, StoredEvent
from huike.platform.transaction_ids import make_past

pytestmark = pytest.mark.django_db(transaction=True)

OTHER_SERVER = 10**12
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TillOpened(DomainEvent):
    name: ClassVar[str] = "tests.till_opened"
    number: int


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the only handler of this house was told."""
    monkeypatch.setattr(outbox, "_handlers", {})
    heard: list[int] = []

    def hear(events: Sequence[StoredEvent]) -> None:
        heard.extend(event.payload["number"] for event in events)

    outbox.handler("tests.hear", events=[TillOpened])(hear)
    return heard


def test_each_event_is_told_once_and_in_order_when_the_server_changed(
    told: list[int], owner_connection: psycopg.Connection
) -> None:
    outbox.announce(*(TillOpened(number=number, occurred_at=NOON) for number in (1, 2, 3, 4)))
    first, second, third, fourth = OutboxEvent.objects.order_by("id")
    # Committed in another order than written, as on the old server.
    for event, xid in ((first, 1), (third, 2), (second, 3), (fourth, 4)):
        OutboxEvent.objects.filter(pk=event.pk).update(xid=OTHER_SERVER + xid)
    OutboxCursor.objects.create(handler="tests.hear", xid=OTHER_SERVER + 2, event_id=third.pk)
    assert outbox.drain() == 0

    with owner_connection.transaction():
        make_past(owner_connection)
    outbox.announce(TillOpened(number=5, occurred_at=NOON))
    while outbox.drain():
        pass
    assert told == [2, 4, 5]


def test_rows_are_changes_of_the_past_when_the_server_changed(owner_connection: psycopg.Connection) -> None:
    from_there = Store.objects.create(code="sh-01", name="上海", change_xid=OTHER_SERVER)
    from_here = Store.objects.create(code="sh-02", name="上海二")
    with owner_connection.transaction():
        make_past(owner_connection)
    assert Store.objects.get(pk=from_there.pk).change_xid == 0
    assert 0 < Store.objects.get(pk=from_here.pk).change_xid < OTHER_SERVER
    # And a change is still noticed.
    Store.objects.filter(pk=from_there.pk).update(name="上海一")
    assert 0 < Store.objects.get(pk=from_there.pk).change_xid < OTHER_SERVER
