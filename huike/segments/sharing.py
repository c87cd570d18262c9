"""One answer for all who ask the same thing of the same data at once: hundreds of pages that are told the lake moved
cost the engine one question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Answer = TypeVar("Answer")

SHARED_FOR = timedelta(seconds=5)
"""So much older than the question an answer may be. (Data that changed makes another key.)"""
MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class _Asked(Generic[Answer]):
    asked_at: datetime
    answer: Future[Answer]

    def serves(self, now: datetime) -> bool:
        """Whether it is on its way, or was asked a moment ago."""
        return not self.answer.done() or timedelta(0) <= now - self.asked_at <= SHARED_FOR


class Shared(Generic[Answer]):
    """Answers by what was asked; of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[Hashable, _Asked[Answer]] = OrderedDict()

    def answer(self, key: Hashable, ask: Callable[[], Answer], *, now: datetime) -> Answer:
        """What `ask` says, or said to somebody else who asked a moment ago, or will say to somebody who is asking.
        What it raises, it raises to all who wait, and is forgotten."""
        with self._lock:
            known = self._asked.get(key)
            mine = _Asked(now, Future[Answer]()) if known is None or not known.serves(now) else None
            if mine is not None:
                self._asked[key] = mine
                self._asked.move_to_end(key)
                while len(self._asked) > MOST_ANSWERS:
                    self._asked.popitem(last=False)
        if mine is None:
            assert known is not None  # noqa: S101 - else it would be mine
            return known.answer.result()
        try:
            found = ask()
        except BaseException as error:
            with self._lock:
                if self._asked.get(key) is mine:
                    del self._asked[key]
            mine.answer.set_exception(error)
            raise
        mine.answer.set_result(found)
        return found
