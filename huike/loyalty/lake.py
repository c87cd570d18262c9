"""What the lake holds of members: the tier each has now, and the log of tiers, to which is only ever added: of two rows
about one instant the one with the greater `id` counts.

`customer_id` is NULL for files that were merged away or erased.
"""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

MEMBERS = declare(
    TableSpec(
        name="members",
        driving="loyalty_member",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "joined_at": "TIMESTAMPTZ",
            "tier": "VARCHAR",
            "tier_since_at": "TIMESTAMPTZ",
            "tier_until_at": "TIMESTAMPTZ",
            "tier_is_granted": "BOOLEAN",
        },
        select="""
            SELECT d.id, c.id, d.joined_at, d.tier::text, d.tier_since_at, d.tier_until_at, d.tier_is_granted
              FROM loyalty_member d
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("customer_id",),
    )
)

TIER_CHANGES = declare(
    TableSpec(
        name="tier_changes",
        driving="loyalty_tier_change",
        key="id",
        columns={
            "id": "BIGINT",
            "member_id": "BIGINT",
            "from_tier": "VARCHAR",
            "to_tier": "VARCHAR",
            "effective_at": "TIMESTAMPTZ",
            "until_at": "TIMESTAMPTZ",
            "is_granted": "BOOLEAN",
            "reason": "VARCHAR",
            "decided_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, d.member_id, d.from_tier::text, d.to_tier::text, d.effective_at, d.until_at, d.is_granted,
                   d.reason::text, d.decided_at
              FROM loyalty_tier_change d
             WHERE true
        """,
        order_by=("effective_at", "id"),
    )
)
