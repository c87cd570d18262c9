"""Who asks the same of the same data at once is given one answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from huike.segments.sharing import MOST_ANSWERS, SHARED_FOR, Shared

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_twenty_who_ask_at_once_cost_one_question() -> None:
    shared: Shared[int] = Shared()
    asked, may_answer = count(), threading.Event()

    def ask() -> int:
        next(asked)
        assert may_answer.wait(10)
        return 42

    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(shared.answer, "rule", ask, now=NOW) for _ in range(20)]
        # Who comes while it is asked waits for it, however long that is.
        late = pool.submit(shared.answer, "rule", ask, now=NOW + timedelta(minutes=1))
        may_answer.set()
        assert [answer.result(10) for answer in [*waiting, late]] == [42] * 21
    assert next(asked) <= 2


def test_an_answer_serves_for_a_moment_and_other_data_makes_another() -> None:
    shared: Shared[int] = Shared()
    numbers = count(1)

    def answer(key: str, after: timedelta) -> int:
        return shared.answer(key, lambda: next(numbers), now=NOW + after)

    assert [answer("a", timedelta(0)), answer("a", SHARED_FOR), answer("b", timedelta(0))] == [1, 1, 2]
    assert answer("a", SHARED_FOR + timedelta(microseconds=1)) == 3
    # A clock that went back: what it says is not of this moment.
    assert answer("a", timedelta(0)) == 4


def test_a_failure_is_told_to_all_who_wait_and_not_kept() -> None:
    shared: Shared[int] = Shared()
    may_fail = threading.Event()

    def fail() -> int:
        assert may_fail.wait(10)
        raise LookupError("the lake is away")

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(shared.answer, "rule", fail, now=NOW) for _ in range(4)]
        may_fail.set()
        for answer in waiting:
            with pytest.raises(LookupError):
                answer.result(10)
    assert shared.answer("rule", lambda: 7, now=NOW) == 7


def test_only_so_many_answers_are_kept() -> None:
    shared: Shared[int] = Shared()
    numbers = count()
    for key in range(MOST_ANSWERS + 1):
        shared.answer(key, lambda: next(numbers), now=NOW)
    assert shared.answer(MOST_ANSWERS, lambda: -1, now=NOW) == MOST_ANSWERS
    assert shared.answer(0, lambda: -1, now=NOW) == -1
