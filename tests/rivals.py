"""A rival let in at an exact point of the code under test: what happens when somebody else acts then."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import pytest
from django.db import connection

from tests.database import as_superuser

T = TypeVar("T")
_PATIENCE_SECONDS = 30


@contextmanager
def beside(action: Callable[[], T]) -> Iterator[Callable[[], Future[T]]]:
    """Gives what starts the action in a thread with a connection of its own, once; at the end it has ended."""
    with ThreadPoolExecutor(1) as pool:
        begun: list[Future[T]] = []

        def run() -> T:
            try:
                return action()
            finally:
                connection.close()

        def start() -> Future[T]:
            if not begun:
                begun.append(pool.submit(run))
            return begun[0]

        yield start
        assert begun, "the rival was never let in"


def let_in_before(patch: pytest.MonkeyPatch, where: Any, name: str, rival: Callable[[], object]) -> None:
    """Call `rival` just before the first call of `where.name`."""
    called = getattr(where, name)
    rivals = [rival]

    def with_rival(*arguments: Any, **named: Any) -> Any:
        if rivals:
            rivals.pop()()
        return called(*arguments, **named)

    patch.setattr(where, name, with_rival)


def let_in_after(patch: pytest.MonkeyPatch, where: Any, name: str, rival: Callable[[], object]) -> None:
    """Call `rival` just after the first call of `where.name`."""
    called = getattr(where, name)
    rivals = [rival]

    def with_rival(*arguments: Any, **named: Any) -> Any:
        answer = called(*arguments, **named)
        if rivals:
            rivals.pop()()
        return answer

    patch.setattr(where, name, with_rival)


def until_it_waits(started: Future[Any]) -> None:
    """Come back when the rival waits for a lock that somebody holds, or is done."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with psycopg.connect(as_superuser(os.environ["HUIKE_DATABASE_URL"]), autocommit=True) as watcher:
        while not started.done():
            waiting = watcher.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if waiting:
                return
            assert time.monotonic() < deadline, "the rival neither waits nor ends"
            time.sleep(0.005)
