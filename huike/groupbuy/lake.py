"""What the lake holds of deals: who takes part in which group and what became of it; whose vouchers, until when they
can be used; no codes. `customer_id` is NULL for people whose file was merged away or erased.

`missing` is how many people a group lacks that she has a seat in and that still forms, `open_until` its deadline;
`failed_at` is of those only who had a seat at the end. `usable_until` is when a voucher with uses left stops,
`redeemed_at` when it was used last.
"""

from __future__ import annotations

from huike.lake.registry import TableSpec, declare

PARTICIPATIONS = declare(
    TableSpec(
        name="participations",
        driving="groupbuy_participation",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "group_id": "BIGINT",
            "deal_id": "BIGINT",
            "merchant_id": "BIGINT",
            "state": "VARCHAR",
            "quantity": "BIGINT",
            "amount_minor": "BIGINT",
            "currency": "VARCHAR",
            "asked_at": "TIMESTAMPTZ",
            "seated_at": "TIMESTAMPTZ",
            "missing": "BIGINT",
            "open_until": "TIMESTAMPTZ",
            "formed_at": "TIMESTAMPTZ",
            "failed_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, c.id, d.group_id, d.deal_id, l.merchant_id, d.state::text, d.quantity::bigint, d.amount_minor,
                   g.currency::text, d.joined_at, d.seated_at,
                   CASE WHEN d.state = 'seated' AND g.state = 'forming' THEN (g.size - g.seats)::bigint END,
                   CASE WHEN d.state = 'seated' AND g.state = 'forming' THEN g.deadline_at END,
                   CASE WHEN d.state = 'confirmed' THEN g.ended_at END,
                   CASE WHEN d.reason = 'failed' THEN g.ended_at END
              FROM groupbuy_participation d
              JOIN groupbuy_group g ON g.id = d.group_id
              JOIN groupbuy_deal l ON l.id = d.deal_id
              LEFT JOIN customers_customer c ON c.id = d.customer_id AND c.state = 'active'
             WHERE true
        """,
        order_by=("asked_at", "id"),
    )
)

VOUCHERS = declare(
    TableSpec(
        name="vouchers",
        driving="groupbuy_voucher",
        key="id",
        columns={
            "id": "BIGINT",
            "customer_id": "BIGINT",
            "participation_id": "BIGINT",
            "deal_id": "BIGINT",
            "merchant_id": "BIGINT",
            "state": "VARCHAR",
            "uses": "BIGINT",
            "uses_left": "BIGINT",
            "price_minor": "BIGINT",
            "left_minor": "BIGINT",
            "currency": "VARCHAR",
            "issued_at": "TIMESTAMPTZ",
            "valid_from": "TIMESTAMPTZ",
            "valid_until": "TIMESTAMPTZ",
            "usable_until": "TIMESTAMPTZ",
            "redeemed_at": "TIMESTAMPTZ",
        },
        select="""
            SELECT d.id, c.id, d.participation_id, d.deal_id, l.merchant_id, d.state::text, d.uses::bigint,
                   CASE WHEN d.state IN ('issued', 'partly_used') THEN (d.uses - d.used)::bigint ELSE 0::bigint END,
                   d.price_minor, d.left_minor, l.currency::text, d.issued_at, d.valid_from, d.valid_until,
                   CASE WHEN d.state IN ('issued', 'partly_used') THEN d.valid_until END, r.redeemed_at
              FROM groupbuy_voucher d
              JOIN groupbuy_participation p ON p.id = d.participation_id
              JOIN groupbuy_deal l ON l.id = d.deal_id
              LEFT JOIN customers_customer c ON c.id = p.customer_id AND c.state = 'active'
              LEFT JOIN LATERAL (
                   SELECT max(occurred_at) AS redeemed_at
                     FROM groupbuy_redemption WHERE voucher_id = d.id AND undone_at IS NULL) r ON true
             WHERE true
        """,
        order_by=("issued_at", "id"),
    )
)
