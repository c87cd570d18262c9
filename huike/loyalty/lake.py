"""What the lake holds of members: who is one since when, and in which tier she was when."""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

# Of an instant the last word counts: a tier holds from `starts_at` until anything said later begins.
MEMBER_TIERS = declare(
    TableSpec(
        name="member_tiers",
        driving="loyalty_member",
        key="id",
        columns={
            "id": "BIGINT",
            "programme_id": "BIGINT",
            "customer_id": "BIGINT",
            "joined_at": "TIMESTAMPTZ",
            "tier": "VARCHAR",
            "starts_at": "TIMESTAMPTZ",
            "ends_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, d.programme_id, c.id, d.joined_at, t.to_tier::text, t.effective_at, t.ends_at
              FROM loyalty_member d
              JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
              LEFT JOIN LATERAL (
                       SELECT t.to_tier, t.effective_at,
                              (SELECT min(l.effective_at) FROM loyalty_tier_change l
                                WHERE l.member_id = d.id AND l.id > t.id) AS ends_at
                         FROM loyalty_tier_change t WHERE t.member_id = d.id) t
                     ON t.ends_at IS NULL OR t.ends_at > t.effective_at
             WHERE true
        """,
        order_by=("customer_id", "id"),
    )
)

# As she stands now, for rules: one row a member.
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
              JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("customer_id",),
    )
)
