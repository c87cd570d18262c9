"""Events in: each becomes one delivery per endpoint that asked for its type."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from huike.platform import clock
from huike.platform.outbox import StoredEvent, handler
from huike.platform.signals import nudge
from huike.webhooks.catalogue import PUBLIC, public_event_of
from huike.webhooks.models import Endpoint

# What waits for another of its customer is due no earlier than that, so that the search for due ones does not meet it.
_INSERT: Final = """
INSERT INTO webhooks_delivery
       (endpoint_id, event_id, message_id, type, customer_id, data, occurred_at, state, due_at, tries, attempts_count,
        last_outcome, created_at)
SELECT n.endpoint_id, n.event_id, n.message_id, n.type, n.customer_id, n.data, n.occurred_at, 'pending',
       GREATEST(%(now)s::timestamptz,
                (SELECT max(p.due_at) FROM webhooks_delivery p
                  WHERE p.endpoint_id = n.endpoint_id AND p.customer_id = n.customer_id AND p.state = 'pending')),
       0, 0, '', %(now)s::timestamptz
  FROM jsonb_to_recordset(%(rows)s::jsonb)
       AS n(place int, endpoint_id bigint, event_id bigint, message_id text, type text, customer_id bigint, data jsonb,
            occurred_at timestamptz)
 ORDER BY n.place
ON CONFLICT (endpoint_id, event_id) DO NOTHING
"""


@handler("webhooks.queue", events=[event.source for event in PUBLIC.values()])
def queue_deliveries(events: Sequence[StoredEvent]) -> None:
    queue(events, endpoints=list(Endpoint.objects.filter(is_enabled=True)))


def queue(events: Iterable[StoredEvent], *, endpoints: Sequence[Endpoint]) -> int:
    """Queue what these endpoints asked for, in the order given; how many were new."""
    rows = []
    for event in events:
        public = public_event_of(event.name)
        wanting = [endpoint for endpoint in endpoints if public.name in endpoint.event_types]
        if wanting:
            data = public.data_of(event)
            rows += [
                _row(endpoint.pk, public.name, data, event.customer_id, event.occurred_at, event_id=event.id)
                for endpoint in wanting
            ]
    return insert(rows)


def _row(
    endpoint_id: int,
    event_type: str,
    data: dict[str, Any],
    customer_id: int | None,
    occurred_at: datetime,
    *,
    event_id: int | None,
) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint_id,
        "event_id": event_id,
        "message_id": new_message_id(),
        "type": event_type,
        "customer_id": customer_id,
        "data": data,
        "occurred_at": occurred_at.isoformat(),
    }


def new_message_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


def insert(rows: Sequence[dict[str, Any]]) -> int:
    """Write rows as `_row` makes them, in order; how many were new."""
    if not rows:
        return 0
    placed = json.dumps([{"place": place, **row} for place, row in enumerate(rows)])
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, {"rows": placed, "now": clock.now()})
        count = int(cursor.rowcount)
    for endpoint_id in sorted({row["endpoint_id"] for row in rows}):
        nudge(topic_of(endpoint_id))
    return count


def topic_of(endpoint_id: int) -> str:
    """What a page listens to that shows an endpoint and its deliveries."""
    return f"webhook:{endpoint_id}"
