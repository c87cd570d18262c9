"""Events are told to every handler in order, none is skipped, and a handler that fails holds back only itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import ClassVar

import psycopg
import pytest
import time_machine
from django.db import transaction

from huike.platform import health, outbox
from huike.platform.audit import SYSTEM, record
from huike.platform.models import AuditEntry, OutboxCursor, OutboxEvent
from huike.platform.outbox import DomainEvent, StoredEvent, announce, drain

AT = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brewed(DomainEvent):
    name: ClassVar[str] = "test.brewed"
    cups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spilt(DomainEvent):
    name: ClassVar[str] = "test.spilt"


def brewed(cups: int) -> Brewed:
    return Brewed(cups=cups, occurred_at=AT)


Listen = Callable[[str], list[int]]


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> Listen:
    """Register a handler that notes the cups it is told of. Handlers of the product are not there."""
    monkeypatch.setattr(outbox, "_handlers", {})

    def register(name: str) -> list[int]:
        heard: list[int] = []

        @outbox.handler(name, events=[Brewed])
        def note(events: Sequence[StoredEvent]) -> None:
            heard.extend(event.payload["cups"] for event in events)

        return heard

    return register


def other_connection() -> psycopg.Connection:
    return psycopg.connect(os.environ["HUIKE_DATABASE_URL"])


WRITE = "INSERT INTO platform_outbox_event (name, payload, occurred_at) VALUES ('test.brewed', %s, now()) RETURNING id"


@pytest.mark.django_db(transaction=True)
def test_each_handler_gets_every_event_of_its_kinds_once_and_in_order(listen: Listen) -> None:
    one, two = listen("one"), listen("two")
    announce(brewed(1), Spilt(occurred_at=AT), brewed(2))
    announce(brewed(3))
    assert drain() == 6
    assert drain() == 0
    assert one == two == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_when_the_transaction_that_announced_it_fails(listen: Listen) -> None:
    heard = listen("one")
    with transaction.atomic():
        announce(brewed(1))
        transaction.set_rollback(True)
    assert drain() == 0
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_an_event_committed_late_is_told_where_a_cursor_over_ids_would_skip_it(listen: Listen) -> None:
    heard = listen("one")
    with other_connection() as slow:
        late_id = slow.execute(WRITE, ['{"cups": 1}']).fetchone()[0]
        announce(brewed(2))
        # The naive reader: everything committed, by id, remembering the greatest id seen.
        seen = list(OutboxEvent.objects.order_by("id").values_list("id", flat=True))
        greatest = max(seen)
        assert late_id not in seen
        assert greatest > late_id
        # Ours waits for the transaction that is still running.
        assert drain() == 0
        slow.commit()
    assert not OutboxEvent.objects.filter(id__gt=greatest).exists(), "the naive reader never sees the late one"
    assert drain() == 2
    assert heard == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_never_ends_holds_back_what_came_after_it_only(listen: Listen) -> None:
    heard = listen("one")
    announce(brewed(1))
    with other_connection() as slow:
        slow.execute("SELECT pg_current_xact_id()")
        announce(brewed(2))
        assert drain() == 1
        assert heard == [1]
    assert drain() == 1
    assert heard == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_failing_handler_holds_back_only_itself_and_says_so(listen: Listen) -> None:
    heard = listen("fine")
    attempts: list[int] = []

    @outbox.handler("broken", events=[Brewed])
    def fail(events: Sequence[StoredEvent]) -> None:
        attempts.append(len(events))
        record(SYSTEM, "half_done", subject_kind="test")
        raise RuntimeError("no tea")

    announce(brewed(1))
    with time_machine.travel(AT, tick=False) as clock:
        drain()
        assert (heard, attempts) == ([1], [1])
        assert not AuditEntry.objects.exists()
        cursor = OutboxCursor.objects.get(handler="broken")
        assert (cursor.failures, cursor.last_error) == (1, "RuntimeError: no tea")
        assert cursor.retry_at == AT + timedelta(seconds=2)
        drain()
        assert attempts == [1]
        clock.shift(2)
        drain()
        assert attempts == [1, 1]
        assert OutboxCursor.objects.get(handler="broken").retry_at == AT + timedelta(seconds=2 + 4)
    state = {handler.handler: (handler.behind, handler.failures) for handler in health.handlers()}
    assert state == {"broken": (1, 2), "fine": (0, 0)}


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_recovers_goes_on_where_it_stopped(listen: Listen) -> None:
    broken = True
    heard: list[int] = []

    @outbox.handler("moody", events=[Brewed])
    def moody(events: Sequence[StoredEvent]) -> None:
        if broken:
            raise RuntimeError
        heard.extend(event.payload["cups"] for event in events)

    announce(brewed(1), brewed(2))
    with time_machine.travel(AT) as clock:
        drain()
        broken = False
        clock.shift(10)
        drain()
    assert heard == [1, 2]
    cursor = OutboxCursor.objects.get(handler="moody")
    assert (cursor.failures, cursor.last_error, cursor.retry_at) == (0, "", None)


@pytest.mark.django_db(transaction=True)
def test_batches_follow_each_other_without_gap_or_overlap(listen: Listen) -> None:
    heard = listen("one")
    with transaction.atomic():
        for number in range(10):
            announce(brewed(number))
    while drain(batch_size=3):
        pass
    assert heard == list(range(10))


@pytest.mark.django_db(transaction=True)
def test_events_everybody_has_been_told_of_are_forgotten_and_others_are_kept(listen: Listen) -> None:
    listen("one")
    announce(brewed(1))
    drain()
    announce(brewed(2))
    later = datetime.now(UTC) + timedelta(days=1)
    assert outbox.forget_told(older_than=datetime.now(UTC) - timedelta(days=1)) == 0
    assert outbox.forget_told(older_than=later) == 1
    assert [event.payload for event in OutboxEvent.objects.all()] == [{"cups": 2}]


def test_two_handlers_cannot_share_a_name(listen: Listen) -> None:
    listen("one")
    with pytest.raises(ValueError, match="one"):
        listen("one")


@pytest.mark.django_db(transaction=True)
def test_a_handler_nobody_speaks_to_is_moved_past_the_words_of_others(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_STRIDE", 0)
    heard = listen("tea")
    with transaction.atomic():
        announce(Spilt(occurred_at=AT))
    drain()
    spilt = OutboxEvent.objects.get()
    assert OutboxCursor.objects.get(handler="tea").xid >= spilt.xid
    with transaction.atomic():
        announce(brewed(3))
    drain()
    assert heard == [3]


@pytest.mark.django_db(transaction=True)
def test_an_event_without_listeners_is_forgotten_though_others_wait(listen: Listen) -> None:
    listen("tea")
    with transaction.atomic():
        announce(Spilt(occurred_at=AT), brewed(1))
    assert outbox.forget_told(older_than=datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert [event.name for event in OutboxEvent.objects.all()] == ["test.brewed"]


@pytest.mark.django_db(transaction=True)
def test_the_loop_tells_what_is_announced_while_it_idles(listen: Listen) -> None:
    heard = listen("tea")
    stop = Event()
    loop = Thread(target=outbox.run_forever, args=(stop,), kwargs={"idle_seconds": 0.01})
    loop.start()
    try:
        for cups in (1, 2):
            with transaction.atomic():
                announce(brewed(cups))
            deadline = monotonic() + 30
            while len(heard) < cups and monotonic() < deadline:
                stop.wait(0.01)
    finally:
        stop.set()
        loop.join()
    assert heard == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_handler_of_few_at_once_keeps_what_was_told_before_a_batch_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "_handlers", {})
    batches: list[list[int]] = []

    @outbox.handler("few", events=[Brewed], at_once=2)
    def note(events: Sequence[StoredEvent]) -> None:
        record(SYSTEM, "brew", subject_kind="cup", subject_id=events[0].payload["cups"])
        batches.append([event.payload["cups"] for event in events])
        if 5 in batches[-1] and len(batches) == 3:
            raise RuntimeError("spilt")

    announce(*(brewed(cups) for cups in range(1, 8)))
    assert drain() == 4
    assert batches == [[1, 2], [3, 4], [5, 6]]
    assert list(AuditEntry.objects.order_by("id").values_list("subject_id", flat=True)) == [1, 3]
    OutboxCursor.objects.update(retry_at=None)
    assert drain() == 3
    assert batches[3:] == [[5, 6], [7]]
