"""News for open browsers: small JSON messages over PostgreSQL NOTIFY, delivered on commit, lost without harm.

Whoever listens treats a message as "look again"; nothing depends on it arriving.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

CHANNEL = "huike_news"
_LIMIT_BYTES = 7_500  # PostgreSQL refuses payloads of 8,000 bytes


def tell(topic: str, data: dict[str, Any]) -> None:
    """Send `data` to everyone who listens to `topic` once the current transaction commits."""
    payload = json.dumps({"topic": topic, "data": data}, ensure_ascii=False, default=str)
    if len(payload.encode()) > _LIMIT_BYTES:
        payload = json.dumps({"topic": topic, "data": {}})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
