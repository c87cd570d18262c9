"""What this room holds about a person: what other systems were told of her, and what they answered."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, Trace, hold, trace


def declare() -> None:
    hold(
        Holding(
            name="webhook_attempts",
            table="webhooks_attempt",
            titles=("推送尝试", "Attempts to tell other systems of you"),
            of="t.delivery_id IN (SELECT d.id FROM webhooks_delivery d WHERE d.customer_id = ANY(%(ids)s))",
            columns={"at": "t.at", "outcome": "t.outcome", "status": "t.status"},
            rank=10,
        ),
        Holding(
            name="webhook_deliveries",
            table="webhooks_delivery",
            titles=("推送给其他系统的事件", "What other systems were told of you"),
            columns={
                "type": "t.type",
                "data": "t.data",
                "occurred_at": "t.occurred_at",
                "state": "t.state",
                "to": "(SELECT split_part(e.url, '/', 3) FROM webhooks_endpoint e WHERE e.id = t.endpoint_id)",
            },
        ),
    )
    trace(
        Trace(table="webhooks_attempt", columns=("detail", "response"), names=True),
        Trace(table="webhooks_delivery", columns=("data",), names=True),
    )
