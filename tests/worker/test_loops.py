"""A loop is led by one worker at a time, is started again when it fails, and ends when told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import psycopg
import pytest

from huike.platform.models import LoopHeartbeat
from huike.worker import loops
from huike.worker.loops import LoopRunner

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 120.0


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:g} s: {what}"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(loops, "FIRST_PAUSE_SECONDS", 0.05)


@contextmanager
def worker(name: str, loop: Callable[[Event], None]) -> Iterator[Event]:
    """A worker's runner of one loop; its stop event."""
    stop = Event()
    runner = LoopRunner(name, loop, stop=stop)
    runner.thread.start()
    try:
        yield stop
    finally:
        stop.set()
        runner.thread.join(PATIENCE_SECONDS)
        assert not runner.thread.is_alive()


def test_only_one_worker_leads_when_two_run() -> None:
    leading: list[str] = []

    def loop_of(name: str) -> Callable[[Event], None]:
        def loop(stop: Event) -> None:
            leading.append(name)
            stop.wait()
            leading.remove(name)

        return loop

    with worker("drain", loop_of("first")) as first_stops:
        until(lambda: leading == ["first"], "the first leads")
        with worker("drain", loop_of("second")):
            until(lambda: LoopHeartbeat.objects.filter(name="drain").exists(), "the leader gives a sign of life")
            assert leading == ["first"]
            first_stops.set()
            until(lambda: leading == ["second"], "the second takes over")
    assert leading == []


def test_loop_is_started_again_and_its_failure_shown_when_it_fails() -> None:
    runs: list[int] = []

    def loop(stop: Event) -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise ValueError("no such river")
        stop.wait()

    with worker("drain", loop):
        until(lambda: len(runs) == 2, "the loop runs again")
    heartbeat = LoopHeartbeat.objects.get(name="drain")
    assert heartbeat.last_error == "ValueError: no such river"
    assert heartbeat.failed_at is not None


def test_other_worker_takes_over_when_the_leader_loses_its_connection(superuser_connection: psycopg.Connection) -> None:
    ended = Event()
    runs: list[int] = []

    def loop(stop: Event) -> None:
        runs.append(len(runs))
        stop.wait()
        ended.set()

    with worker("drain", loop):
        until(lambda: runs == [0], "the loop runs")
        superuser_connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
        until(lambda: runs == [0, 1], "the loop is led again")
        assert ended.is_set()
