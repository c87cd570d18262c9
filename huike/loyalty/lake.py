"""What the lake holds of members: who is one since when, in which tier she was when, and what her value is made of."""

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

# What balances are made of: a row for each lot, and one for what is owed. A lot begins to count when it matures and
# ends when it expires, whether or not the ledger has posted that: what was written off stays in its amount, so that
# posting changes no row. What is held for a payment under way does not count.
VALUE_LOTS = declare(
    TableSpec(
        name="value_lots",
        driving="ledger_account",
        key="account_id",
        columns={
            "id": "BIGINT",
            "account_id": "BIGINT",
            "customer_id": "BIGINT",
            "asset": "VARCHAR",
            "currency": "VARCHAR",
            "kind": "VARCHAR",
            "amount": "BIGINT",
            "came_at": "TIMESTAMPTZ",
            "matures_at": "TIMESTAMPTZ",
            "expires_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT v.id, d.id, c.id, split_part(a.key, ':', 1)::text,
                   CASE WHEN a.key LIKE 'money:%' THEN split_part(a.key, ':', 2) END::text,
                   v.kind::text, v.amount::bigint, v.came_at, v.matures_at, v.expires_at
              FROM ledger_account d
              JOIN ledger_asset a ON a.id = d.asset_id AND (a.key LIKE 'points:%' OR a.key LIKE 'money:%')
              JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             CROSS JOIN LATERAL (
                   SELECT l.id, l.kind, l.pending + l.available + coalesce(w.amount, 0) AS amount,
                          l.came_at, l.matures_at, l.expires_at
                     FROM ledger_lot l
                     LEFT JOIN LATERAL (
                          SELECT -sum(e.amount) AS amount
                            FROM ledger_entry e
                            JOIN ledger_transaction t ON t.id = e.transaction_id AND t.kind = 'expire'
                           WHERE e.lot_id = l.id AND l.expires_at IS NOT NULL) w ON true
                    WHERE l.account_id = d.id
                    UNION ALL
                   SELECT NULL, 'owed', d.owed, d.opened_at, NULL, NULL) v
             WHERE v.amount <> 0
        """,
        order_by=("customer_id", "account_id"),
    )
)
