"""What the lake holds of messages: to whom, what became of them, nothing of what they said. `customer_id` is NULL for
people whose file was merged away or erased."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

MESSAGES = declare(
    TableSpec(
        name="messages",
        driving="messaging_message",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "campaign_id": "BIGINT",
            "channel": "VARCHAR",
            "purpose": "VARCHAR",
            "state": "VARCHAR",
            "reason": "VARCHAR",
            "created_at": "TIMESTAMPTZ",
            "sent_at": "TIMESTAMPTZ",
            "delivered_at": "TIMESTAMPTZ",
            "opened_at": "TIMESTAMPTZ",
            "clicked_at": "TIMESTAMPTZ",
            "bounced_at": "TIMESTAMPTZ",
            "unsubscribed_at": "TIMESTAMPTZ",
            "complained_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, c.id, d.campaign_id, d.channel::text, d.purpose::text, d.state::text,
                   NULLIF(d.reason, '')::text, d.created_at, d.sent_at, d.delivered_at, d.opened_at, d.clicked_at,
                   d.bounced_at, d.unsubscribed_at, d.complained_at
              FROM messaging_message d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("created_at", "id"),
    )
)
