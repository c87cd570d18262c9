"""Engines answer questions. A question is an Ibis expression over the declared tables; what it means does not depend
on who answers it (`tests/segments/test_meaning.py` holds the three to one answer)."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from pyroaring import BitMap64

from huike.platform.config import get_config

LONGEST_QUESTION_SECONDS = 60.0


class Questions(Protocol):
    """What can be asked. Raises QueryTooLarge, QueryTooSlow, QueryCancelled, LakeUnavailable."""

    @property
    def fresh_at(self) -> datetime | None:
        """Everything committed before this instant is in the answers."""

    def count(self, expression: Any) -> int:
        """The number of rows of a table expression, or the value of a scalar one."""

    def ids(self, expression: Any) -> BitMap64:
        """The values of a one-column expression of non-negative integers, as a set."""

    def table(self, expression: Any) -> pa.Table:
        """The rows themselves. For small answers: they are held in memory."""

    def cancel(self) -> None:
        """Stop the running question, from any thread; it raises QueryCancelled."""


class Reading(Questions, Protocol):
    """Questions answered from one state of the lake."""

    @property
    def snapshot_id(self) -> int:
        """The lake's own number of the state."""

    def progress(self) -> float | None:
        """How far the running question is, from 0 to 1, asked from another thread; None where that cannot be told."""


class Engine(Protocol):
    """Answers about everybody, from the lake."""

    name: str

    def reading(self, *, timeout_seconds: float = LONGEST_QUESTION_SECONDS) -> AbstractContextManager[Reading]:
        """Open the lake's latest state. Raises LakeEmpty, LakeUnavailable."""

    def close(self) -> None:
        """Let go of connections and memory; the next reading opens again."""


_engines: dict[str, Engine] = {}
_lock = threading.Lock()


def get_engine() -> Engine:
    """The engine of this deployment (`HUIKE_ENGINE`)."""
    name = get_config().engine
    with _lock:
        if name not in _engines:
            _engines[name] = _made(name)
        return _engines[name]


def close_engine() -> None:
    """Let go of what engines hold open: before a database is dropped, or its server stops."""
    for engine in list(_engines.values()):
        engine.close()


def _made(name: str) -> Engine:
    # Each brings a library that a process which does not use it need not load.
    if name == "spark":
        from huike.lake.engines.spark import SparkEngine

        return SparkEngine()
    from huike.lake.engines.duckdb import DuckDBEngine

    return DuckDBEngine()
