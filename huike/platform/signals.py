"""News for open browsers: small JSON messages over PostgreSQL NOTIFY, delivered on commit, lost without harm.

Whoever listens treats a message as "look again"; nothing depends on it arriving.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Final

from django.db import connection, transaction

CHANNEL: Final = "huike_news"
DAY: Final = "day"
"""The topic of midnight, the operator's: nobody tells it, whoever keeps streams open looks at the clock."""
QUIET_SECONDS: Final = 1.0
"""How long a process keeps quiet about a topic it nudged."""
_LIMIT_BYTES = 7_500  # PostgreSQL refuses payloads of 8,000 bytes


def tell(topic: str, data: dict[str, Any]) -> None:
    """Send `data` to everyone who listens to `topic` once the current transaction commits."""
    payload = json.dumps({"topic": topic, "data": data}, ensure_ascii=False, default=str)
    if len(payload.encode()) > _LIMIT_BYTES:
        payload = json.dumps({"topic": topic, "data": {}})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


class _Quiet:
    """When this process last nudged each topic; topics are few."""

    def __init__(self) -> None:
        self._nudged: dict[str, float] = {}
        self._lock = threading.Lock()

    def is_over(self, topic: str) -> bool:
        """Whether it may be told; from now on it may not for QUIET_SECONDS."""
        now = time.monotonic()
        with self._lock:
            over = now - self._nudged.get(topic, -QUIET_SECONDS) >= QUIET_SECONDS
            if over:
                self._nudged[topic] = now
        return over


_quiet = _Quiet()


def nudge(topic: str) -> None:
    """Have whoever watches `topic` look again, once the current transaction has committed.

    For what moves often: a process tells a topic once in QUIET_SECONDS, so that a rush is no storm of notifications.
    Whoever listens looks once more when that is over, and so sees what was kept quiet about.
    """
    transaction.on_commit(lambda: _nudge(topic), robust=True)


def _nudge(topic: str) -> None:
    if _quiet.is_over(topic):
        tell(topic, {"again": True})
